import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Redirections } from './redirections.ts';

test('an extension that was called, or that was named before, is not called again', () => {
  const redirections = new Redirections();
  redirections.note('201');
  expect(redirections.follows('201')).toBe(false);
  expect([redirections.follows('202'), redirections.follows('202')]).toEqual([true, false]);
  expect([redirections.hasCalled('201'), redirections.hasCalled('202')]).toEqual([true, false]);
});

test('whatever phones name, five redirections are followed at most', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[0-9]{1,3}$/), { maxLength: 50 }), (extensions) => {
      const redirections = new Redirections();
      const followed = extensions.filter((extension) => redirections.follows(extension));
      expect(followed).toEqual([...new Set(extensions)].slice(0, 5));
    }),
  );
});

test('the settings of a user are asked once', () => {
  const redirections = new Redirections();
  expect(['usr_1', 'usr_2', 'usr_1'].map((user) => redirections.enters(user))).toEqual([true, true, false]);
});

test('a call that others have sent on before is sent on less often', () => {
  const redirections = new Redirections(4);
  expect([redirections.follows('201'), redirections.follows('202')]).toEqual([true, false]);
});

test('several targets of one step count once, and each is called once', () => {
  const redirections = new Redirections(4);
  expect(['201', '202', '201'].map((target) => redirections.follows(target, 'follow-me of Ann'))).toEqual([
    ...[true, true, false],
  ]);
  expect(redirections.follows('203')).toBe(false);
});

import fc from 'fast-check';
import * as z from 'zod';
import { expect, test } from 'vitest';
import { BlockedCaller, blockedCallerFields, blockOf } from './blocked-caller.ts';
import type { BlockableCaller } from './call-handling.ts';

const entries = (...callers: readonly string[]): BlockedCaller[] =>
  callers.map((caller, at) => BlockedCaller.parse({ id: `block_${at}`, caller }));
const named = (...names: readonly string[]): BlockableCaller => ({ names, isAnonymous: false });
const anonymous: BlockableCaller = { names: [], isAnonymous: true };

test.each([
  ['the number itself before a prefix', ['+1900…', '+19005550100'], named('+19005550100'), 'block_1'],
  ['the longer prefix', ['+1…', '+1900…', '+19…'], named('+19005550100'), 'block_1'],
  ['the oldest of two equal ones', ['+1900…', '+1900…'], named('+19005550100'), 'block_0'],
  ['a name besides the number', ['203'], named('+46890510', '203'), 'block_0'],
  ['no number that only begins as one', ['+1900'], named('+19005550100'), undefined],
  ['who withholds its number', ['+1900…', 'anonymous'], anonymous, 'block_1'],
  ['no one that names a number as anonymous', ['anonymous'], named('+19005550100'), undefined],
  ['no anonymous caller by a prefix', ['+1…'], anonymous, undefined],
])('an entry blocks %s', (_text, callers, caller, expected) => {
  expect(blockOf(entries(...callers), caller)?.id).toBe(expected);
});

test('an entry has one of three actions, and a well-formed caller', () => {
  const shape = z.object(blockedCallerFields);
  const save = (fields: object) => shape.safeParse({ name: 'a', caller: '+1900*', ...fields });
  expect(save({}).data).toEqual({ name: 'a', caller: '+1900…', action: 'reject' });
  expect([{ action: 'busy' }, { action: { flow: 'flow_1' } }].map((each) => save(each).success)).toEqual([true, true]);
  const wrong = [{ action: 'drop' }, { action: { flow: '' } }, { caller: '*' }, { caller: '…' }, { caller: '+0…' }];
  expect(wrong.map((each) => save(each).success)).toEqual(wrong.map(() => false));
});

/** Digits of few kinds, so that prefixes and numbers often meet. */
const digits = (min: number, max: number) =>
  fc.array(fc.constantFrom('1', '2'), { minLength: min, maxLength: max }).map((all) => `+${all.join('')}`);
const caller = fc.oneof(
  fc.constant('anonymous'),
  digits(1, 4),
  digits(1, 3).map((prefix) => `${prefix}…`),
);

/** By a pattern for each entry instead of comparisons. */
const matches = ({ caller: entry }: BlockedCaller, { names, isAnonymous }: BlockableCaller): boolean => {
  if (entry === 'anonymous') return isAnonymous;
  const pattern = new RegExp(`^\\${entry.replace(/…$/, '.*')}$`);
  return names.some((name) => pattern.test(name));
};

test('whatever entries there are, one blocks if any names the caller, and none that names it is more precise', () => {
  fc.assert(
    fc.property(fc.array(caller, { maxLength: 8 }), fc.option(digits(1, 5)), (callers, name) => {
      const [list, who] = [entries(...callers), name === null ? anonymous : named(name)];
      const found = blockOf(list, who);
      const all = list.filter((entry) => matches(entry, who));
      expect(found === undefined).toBe(all.length === 0);
      if (found === undefined) return;
      expect(all).toContain(found);
      const exact = all.filter((entry) => !entry.caller.endsWith('…'));
      if (exact.length > 0) expect(found).toBe(exact[0]);
      else expect(found.caller.length).toBe(Math.max(...all.map((entry) => entry.caller.length)));
      expect(blockOf(list.toReversed(), who)).toBe(found);
    }),
  );
});

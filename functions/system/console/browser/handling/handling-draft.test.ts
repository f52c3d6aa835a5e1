import { expect, test } from 'vitest';
import { CallHandling, defaultCallHandling } from '#telephony/call-handling.ts';
import { bodyOf, draftOf, isSame, violationAt } from './handling-draft.ts';

const everything = CallHandling.parse({
  do_not_disturb: true,
  forward: { always: '+46701234567', busy: { type: 'voicemail', id: 'sales' }, unreachable: '203' },
  ring_seconds: 25,
  voicemail: false,
  follow_me: [{ number: '+46701234568', delay_seconds: 5, accept_key: null }],
  blocked: ['+1900*', 'anonymous'],
  schedule: 'sch_1',
  when_closed: { type: 'user', id: 'usr_1' },
  intercom: 'group',
});

test.each([defaultCallHandling, everything])('what is not edited is saved as it was', (saved) => {
  expect(CallHandling.parse(bodyOf(draftOf(saved)))).toEqual(saved);
  expect(Object.keys(bodyOf(draftOf(saved))).sort()).toEqual(Object.keys(saved).sort());
});

test('a number of seconds that was emptied gets its default', () => {
  const draft = { ...draftOf(everything), ring: '' };
  expect(CallHandling.parse(bodyOf(draft)).ring_seconds).toBe(defaultCallHandling.ring_seconds);
});

test('what the API says of a field is shown there, and at no field of a similar name', () => {
  const violations = [{ path: 'follow_me[10].number', message: 'must be a number' }];
  expect(violationAt(violations, 'follow_me[10]')).toBe('must be a number');
  expect(violationAt(violations, 'follow_me[1]')).toBeNull();
});

test('a field is compared by its value, and the others do not matter', () => {
  const before = draftOf(everything);
  const [first] = before.followMe;
  const changed = { ...before, ring: 30, followMe: first === undefined ? [] : [{ ...first, number: '204' }] };
  const fields = ['ring_seconds', 'follow_me[0].number', 'follow_me[0].delay_seconds', 'forward.busy', 'follow_me[7]'];
  expect(fields.map((field) => isSame(field, before, changed))).toEqual([false, false, true, true, true]);
});

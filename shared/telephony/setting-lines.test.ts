import { expect, test } from 'vitest';
import { defaultCallHandling } from './call-handling.ts';
import { isForwarding, isSwitchedOff, settingOfLine } from './setting-lines.ts';

test('a key names a setting of its user, or a schedule by its id', () => {
  expect(['dnd', 'forward', 'schedule/sched_1'].map(settingOfLine)).toEqual([
    { setting: 'dnd' },
    { setting: 'forward' },
    { setting: 'schedule', schedule: 'sched_1' },
  ]);
  const others = [
    'DND',
    'dnd/usr_1',
    'forward/',
    'schedule',
    'schedule/',
    'schedule/a/b',
    `schedule/${'a'.repeat(65)}`,
  ];
  expect(others.map(settingOfLine)).toEqual(others.map(() => undefined));
});

test('a user forwards while a forward is set that a code sets', () => {
  const forwarding = (forward: object) => isForwarding({ forward: { ...defaultCallHandling.forward, ...forward } });
  expect(
    [{}, { always: '300' }, { busy: '300' }, { no_answer: '300' }, { unreachable: '300' }].map(forwarding),
  ).toEqual([false, true, true, true, false]);
});

test('the night switch of a schedule is on while it is closed by hand', () => {
  expect((['closed', 'open', null] as const).map((override) => isSwitchedOff({ override }))).toEqual([
    true,
    false,
    false,
  ]);
});

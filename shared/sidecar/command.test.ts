import { expect, test } from 'vitest';
import { Command } from './command.ts';

const command = {
  kind: 'notify',
  id: 'cmd_01KAFB5Q4S0000000000000000',
  organization: 1001,
  device: 'dev_1',
  event: 'check-sync;reboot=true',
  timeout_seconds: 5,
};
const isAccepted = (change: object): boolean => Command.safeParse({ ...command, ...change }).success;

test('a NOTIFY needs an id, an organization, a device, an event and a timeout', () => {
  expect(isAccepted({})).toBe(true);
  const missing = ['id', 'organization', 'device', 'event', 'timeout_seconds'].map((field) =>
    isAccepted({ [field]: undefined }),
  );
  expect(missing).toEqual([false, false, false, false, false]);
});

test.each([
  ['timeout_seconds', [1, 22], [0, 23]],
  ['line', [1, 48], [0, 49]],
] as const)('the limits of %s are inclusive', (field, valid, invalid) => {
  expect([...valid, ...invalid].map((value) => isAccepted({ [field]: value }))).toEqual([true, true, false, false]);
});

test('header values cannot contain a line end', () => {
  expect([isAccepted({ event: 'a\r\nVia: b' }), isAccepted({ content_type: 'text/plain\n' })]).toEqual([false, false]);
});

test('a body has 4,096 characters at most', () => {
  expect([4_096, 4_097].map((length) => isAccepted({ body: 'x'.repeat(length) }))).toEqual([true, false]);
});

test('an unknown kind of command is rejected', () => {
  expect(isAccepted({ kind: 'reboot' })).toBe(false);
});

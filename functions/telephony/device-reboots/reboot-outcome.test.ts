import { expect, test } from 'vitest';
import { newDevice } from '../devices/device.ts';
import { outcomeOf, rebootEvent } from './reboot-outcome.ts';

const sentAt = '2026-11-20T10:00:00.000Z';
const at = (now: string, ...registeredAt: readonly string[]) =>
  outcomeOf({ registeredAt, sentAt, now: new Date(now), timeout: 5 * 60_000 });

test('a registration that began after the NOTIFY means that the device rebooted', () => {
  expect(at('2026-11-20T10:01:00.000Z', '2026-11-20T09:00:00.000Z', '2026-11-20T10:00:00.001Z')).toBe('rebooted');
});

test('an earlier registration means nothing until five minutes have passed', () => {
  expect(at('2026-11-20T10:04:59.999Z', sentAt)).toBe('waiting');
  expect(at('2026-11-20T10:05:00.000Z', sentAt)).toBe('failed');
  expect(at('2026-11-20T10:05:00.000Z')).toBe('failed');
});

test('a late registration counts even after five minutes', () => {
  expect(at('2026-11-20T10:06:00.000Z', '2026-11-20T10:05:30.000Z')).toBe('rebooted');
});

test('the event depends on the manufacturer', () => {
  const device = newDevice(
    { mac_address: '02:1A:2B:3C:4D:5E', manufacturer: 'Grandstream' },
    { id: 'dev_1', kind: 'phone', now: sentAt, kept: undefined, newUsername: () => 'a1' },
  );
  expect(rebootEvent(device)).toBe('sys-control');
});

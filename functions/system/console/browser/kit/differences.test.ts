import { expect, test } from 'vitest';
import { differencesOf } from './differences.ts';

test('what differs is named by its label, within objects, too', () => {
  const before = { name: 'Sales', ring_seconds: 20, ping: { enabled: true, timeout_ms: 5 }, version: 3 };
  const after = { ...before, name: 'Support', ping: { enabled: false, timeout_ms: 5 }, version: 4 };
  expect(differencesOf(before, after, ['name', 'ring_seconds', 'ping'])).toEqual([
    { label: 'Name', before: 'Sales', after: 'Support' },
    { label: 'Ping › In use', before: 'yes', after: 'no' },
  ]);
});

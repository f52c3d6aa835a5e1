import { expect, test } from 'vitest';
import { lifetimeOf } from './line-lifetime.ts';

test('a line ends with the session, within the limits of lines', () => {
  const now = Date.parse('2026-11-25T12:00:00Z');
  const ends = ['2026-11-25T20:00:00.500Z', '2026-11-25T12:00:01Z', '2026-11-25T11:00:00Z', '2026-11-27T12:00:00Z'];
  expect(ends.map((end) => lifetimeOf({ expires_at: end }, now))).toEqual([28_801, 60, 60, 86_400]);
});

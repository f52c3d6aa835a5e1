import { expect, test } from 'vitest';
import { newHealth } from './health.ts';
import { firstHour, hourOf, statisticsOf } from './statistics.ts';

const now = new Date('2026-11-20T12:34:56.000Z');
const hour = { webhook_id: 'wh_1', hour: '2026-11-20T12', shard: 0 };

test('figures are those of 24 hours, over all shards', () => {
  expect([hourOf(now), firstHour(now)]).toEqual(['2026-11-20T12', '2026-11-19T13']);
  const hours = [
    { ...hour, delivered: 2, last_success_at: '2026-11-20T12:01:00.000Z' },
    { ...hour, shard: 1, delivered: 3, failed: 1, last_success_at: '2026-11-20T12:02:00.000Z' },
  ];
  expect(statisticsOf(hours, { ...newHealth, last_failure_at: '2026-11-18T12:00:00.000Z' })).toEqual({
    delivered_24h: 5,
    failed_24h: 1,
    last_success_at: '2026-11-20T12:02:00.000Z',
    last_failure_at: '2026-11-18T12:00:00.000Z',
  });
  expect(statisticsOf([], newHealth)).toMatchObject({ delivered_24h: 0, last_success_at: null });
});

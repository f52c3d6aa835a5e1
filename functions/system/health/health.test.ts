import { expect, test } from 'vitest';
import { statusOf } from './health.ts';

const ok = { status: 'ok', latency_ms: 1 } as const;
const down = { status: 'down', latency_ms: 2_000 } as const;

test('all that is needed answers: ok', () => {
  expect(statusOf({ database: ok, queue: ok })).toBe('ok');
});

test('without the database or the queue the platform is down', () => {
  expect(statusOf({ database: down, queue: ok })).toBe('down');
  expect(statusOf({ database: ok, queue: down })).toBe('down');
});

test('without phones and trunks the rest goes on', () => {
  expect(statusOf({ database: ok, queue: ok, sip: down })).toBe('degraded');
});

test('what was not looked at is no fault', () => {
  expect(statusOf({})).toBe('ok');
});

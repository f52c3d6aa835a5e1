import { expect, test } from 'vitest';
import { statusOf } from './health.ts';

const ok = { status: 'ok', latency_ms: 1 } as const;
const down = { status: 'down', latency_ms: 2_000 } as const;

test('the platform is ok when all dependencies answer', () => {
  expect(statusOf({ database: ok, queue: ok })).toBe('ok');
});

test('without the database or the queue the platform is down', () => {
  expect(statusOf({ database: down, queue: ok })).toBe('down');
  expect(statusOf({ database: ok, queue: down })).toBe('down');
});

test('without the sidecar, or with late timers, the platform is degraded', () => {
  expect(statusOf({ database: ok, queue: ok, sip: down })).toBe('degraded');
  expect(statusOf({ database: ok, queue: ok, sip: ok, timers: down })).toBe('degraded');
});

test('a dependency that was not checked is no fault', () => {
  expect(statusOf({})).toBe('ok');
});

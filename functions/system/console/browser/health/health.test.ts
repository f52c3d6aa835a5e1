import { expect, test } from 'vitest';
import { rowsOf, verdictOf, type Health } from './health.ts';

const ok = { status: 'ok', latency_ms: 12 } as const;
const down = { status: 'down', latency_ms: 2_000 } as const;
const healthy: Health = {
  ...{ version: '0.1.0', uptime_s: 60, status: 'ok' },
  checks: { database: ok, queue: ok, sip: ok, timers: ok },
};

const statesOf = (health: Health): readonly string[] => rowsOf(health).map(({ name, state }) => `${name} ${state}`);

test('a platform whose parts answer works, and nothing is to be done', () => {
  expect(verdictOf(healthy)).toEqual({ text: 'The platform works.', color: 'green' });
  expect(rowsOf(healthy).map(({ remedy }) => remedy)).toEqual(['', '', '', '']);
});

test('a part that takes a second is slow, which is no failure', () => {
  const slow: Health = {
    ...healthy,
    checks: { database: { ...ok, latency_ms: 1_000 }, queue: { ...ok, latency_ms: 999 } },
  };
  expect(statesOf(slow)).toEqual(['Database slow', 'Call records works']);
  expect(verdictOf(slow)).toEqual({ text: 'The platform works, but slowly.', color: 'yellow' });
});

test('a part that is down is named, with what to do', () => {
  const degraded: Health = { ...healthy, status: 'degraded', checks: { ...healthy.checks, sip: down } };
  expect(verdictOf(degraded)).toEqual({ text: 'The platform works in part. Down: Phone service', color: 'yellow' });
  expect(rowsOf(degraded).filter(({ remedy }) => remedy !== '')).toMatchObject([
    { name: 'Phone service', state: 'down', remedy: expect.stringContaining('SIP service') as string },
  ]);
  const dead: Health = { ...healthy, status: 'down', checks: { ...healthy.checks, database: down, queue: down } };
  expect(verdictOf(dead)).toEqual({
    ...{ text: 'The platform does not work. Down: Database, Call records', color: 'red' },
  });
});

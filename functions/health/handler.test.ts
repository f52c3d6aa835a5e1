import type { Context } from 'aws-lambda';
import { expect, test } from 'vitest';
import { keptQueues, plainOutside } from '../../test/outside.fixture.ts';
import { eventOf } from '../../test/requests.fixture.ts';
import { Health } from './health.ts';
import { healthHandler } from './handler.ts';

/** A store that answers that nothing is there, and counts how often it was asked. */
function emptyStore() {
  const asked = { times: 0 };
  const store = { tableName: 'table', client: { send: async () => ((asked.times += 1), {}) } };
  return { asked, store };
}

const ask = async (handler: ReturnType<typeof healthHandler>, query: Record<string, string> = {}) => {
  const { statusCode, headers, body = '' } = await handler(eventOf('GET /health', { query }), {} as Context);
  return { status: statusCode, headers, health: Health.parse(JSON.parse(body)) };
};

const outsideWhere = (depth: () => Promise<number>) => ({ ...plainOutside(emptyStore().store), queues: { ...keptQueues(), depth } });

test('database and queue are looked at, and nothing of the inside is told', async () => {
  const { status, health } = await ask(healthHandler(plainOutside(emptyStore().store)));
  expect(status).toBe(200);
  expect(health).toEqual({
    status: 'ok', version: expect.stringMatching(/^\d+\.\d+\.\d+/), uptime_s: expect.any(Number),
    checks: { database: { status: 'ok', latency_ms: expect.any(Number) }, queue: { status: 'ok', latency_ms: expect.any(Number) } },
  });
});

test('without the database it is 503, and the cause is not told', async () => {
  const { status, health } = await ask(healthHandler(plainOutside()));
  expect(status).toBe(503);
  expect(health).toMatchObject({ status: 'down', checks: { database: { status: 'down' }, queue: { status: 'ok' } } });
  expect(JSON.stringify(health)).not.toContain('no store');
});

test('a queue that cannot be asked is down', async () => {
  const outside = outsideWhere(() => Promise.reject(new Error('AccessDenied')));
  expect((await ask(healthHandler(outside))).health).toMatchObject({ status: 'down', checks: { queue: { status: 'down' } } });
});

test('a dependency that does not answer within 2 s is down', async () => {
  const outside = outsideWhere(() => new Promise(() => undefined));
  expect((await ask(healthHandler(outside))).health.checks.queue?.status).toBe('down');
});

test('results are answered again for 5 s, also to those who ask at the same time', async () => {
  const { asked, store } = emptyStore();
  const outside = plainOutside(store);
  const handler = healthHandler(outside);
  await Promise.all([ask(handler), ask(handler)]);
  outside.now = new Date(outside.now.getTime() + 4_999);
  await ask(handler);
  expect(asked.times).toBe(1);
  outside.now = new Date(outside.now.getTime() + 1);
  await ask(handler);
  expect(asked.times).toBe(2);
});

test('live=1 looks at nothing', async () => {
  const { status, health } = await ask(healthHandler(plainOutside()), { live: '1' });
  expect(status).toBe(200);
  expect(health.checks).toEqual({});
});

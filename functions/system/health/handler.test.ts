import type { Context } from 'aws-lambda';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { toAttributes } from '#dynamodb/row.ts';
import { minuteOf, scheduleDue, sweepKey, sweepRow } from '#dynamodb/rows/due.ts';
import { sidecarTaskRow, sidecarTasks, type SidecarTaskItem } from '#dynamodb/rows/lease.ts';
import { overwrite } from '#dynamodb/write.ts';
import { minute } from '#schema/time.ts';
import { startStore } from '#test/support/store.fixture.ts';
import { memoryQueues, noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { eventOf } from '#test/support/requests.fixture.ts';
import { Health } from './health.ts';
import { healthHandler } from './handler.ts';

/**
 * A store in which nothing is but a task of the sidecar that lives for so many seconds; it counts how often it was
 * asked.
 */
function storeWith({ sidecarLives = 60 } = {}) {
  const asked = { times: 0 };
  const task: SidecarTaskItem = {
    kind: 'sidecar-task',
    id: 'task_1',
    address: '10.0.0.1:8081',
    until: testDependencies().now.getTime() + sidecarLives * 1_000,
    started_at: '2026-11-20T10:00:00.000Z',
    draining: false,
  };
  const send = async (command: object) => {
    asked.times += 1;
    return command instanceof QueryCommand && command.input.IndexName === undefined
      ? { Items: [toAttributes(sidecarTaskRow, 0, task)] }
      : {};
  };
  return { asked, store: { tableName: 'table', client: { send } } };
}

const ask = async (handler: ReturnType<typeof healthHandler>, query: Record<string, string> = {}) => {
  const { statusCode, headers, body = '' } = await handler(eventOf('GET /health', { query }), {} as Context);
  return { status: statusCode, headers, health: Health.parse(JSON.parse(body)) };
};

const dependenciesWhere = (depth: () => Promise<number>) => ({
  ...testDependencies(storeWith().store),
  queues: { ...memoryQueues(), depth },
});

test('database, queue and sidecar are checked, and no internals are shown', async () => {
  const { status, health } = await ask(healthHandler(testDependencies(storeWith().store)));
  expect(status).toBe(200);
  expect(health).toEqual({
    status: 'ok',
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    uptime_s: expect.any(Number),
    checks: Object.fromEntries(
      ['database', 'queue', 'sip', 'timers'].map((name) => [
        name,
        { status: 'ok', latency_ms: expect.any(Number) as number },
      ]),
    ),
  });
});

test('without the database it is 503, and the cause is not shown', async () => {
  const { status, health } = await ask(healthHandler(testDependencies()));
  expect(status).toBe(503);
  expect(health).toMatchObject({ status: 'down', checks: { database: { status: 'down' }, queue: { status: 'ok' } } });
  expect(JSON.stringify(health)).not.toContain('no store');
});

test('without a live task of the sidecar it is degraded, which is 503 too', async () => {
  const { status, health } = await ask(healthHandler(testDependencies(storeWith({ sidecarLives: -1 }).store)));
  expect([status, health]).toMatchObject([
    503,
    { status: 'degraded', checks: { database: { status: 'ok' }, sip: { status: 'down' } } },
  ]);
});

test('with a timer more than an hour behind the mark of the sweeper it is degraded', async () => {
  const { store, stop } = await startStore();
  const until = noon.getTime() + minute;
  const task: SidecarTaskItem = { ...sidecarTasks, id: 'task_1', address: '', until, started_at: '', draining: false };
  const timerAt = (at: string) => scheduleDue({ kind: 'any', at, org_id: 1000, subject: 'any' });
  const mark = overwrite(sweepRow, { ...sweepKey, minute: minuteOf(noon) });
  await commit(store, 0, [overwrite(sidecarTaskRow, task), mark, timerAt('2026-11-20T11:00:00.000Z')]);
  const present = async () => (await ask(healthHandler(testDependencies(store)))).health;
  expect((await present()).checks).toMatchObject({ timers: { status: 'ok' } });
  await commit(store, 0, [timerAt('2026-11-20T10:59:59.999Z')]);
  expect((await present()).checks).toMatchObject({ timers: { status: 'down' }, database: { status: 'ok' } });
  await stop();
});

test('a queue that cannot be measured is down', async () => {
  const dependencies = dependenciesWhere(() => Promise.reject(new Error('AccessDenied')));
  expect((await ask(healthHandler(dependencies))).health).toMatchObject({
    status: 'down',
    checks: { queue: { status: 'down' } },
  });
});

test('a dependency that does not answer within 2 s is down', async () => {
  const dependencies = dependenciesWhere(() => new Promise(() => undefined));
  expect((await ask(healthHandler(dependencies))).health.checks.queue?.status).toBe('down');
});

test('results are reused for 5 s, also by simultaneous requests', async () => {
  const { asked, store } = storeWith();
  const dependencies = testDependencies(store);
  const handler = healthHandler(dependencies);
  await ask(handler);
  const once = asked.times;
  await Promise.all([ask(handler), ask(handler)]);
  dependencies.now = new Date(dependencies.now.getTime() + 4_999);
  await ask(handler);
  expect(asked.times).toBe(once);
  dependencies.now = new Date(dependencies.now.getTime() + 1);
  await ask(handler);
  await Promise.all([ask(handler), ask(handler)]);
  expect(asked.times).toBe(2 * once);
});

test('live=1 checks nothing', async () => {
  const { status, health } = await ask(healthHandler(testDependencies()), { live: '1' });
  expect(status).toBe(200);
  expect(health.checks).toEqual({});
});

import { expect, test } from 'vitest';
import { healthHandler } from './health.ts';

const statusOf = async (path: string, isReady: boolean): Promise<number> =>
  (await healthHandler({ isReady })({ method: 'GET', path, authorization: '' }, '')).status;

test('a task is live even if it is not ready', async () => {
  expect([await statusOf('/live', false), await statusOf('/ready', false)]).toEqual([200, 503]);
});

test('a ready task says so', async () => {
  expect(await statusOf('/ready', true)).toBe(200);
});

test('another path is not found', async () => {
  expect(await statusOf('/', true)).toBe(404);
});

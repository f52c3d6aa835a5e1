import { expect, test } from 'vitest';
import { healthHandler } from './health.ts';

const statusOf = async (path: string, { isDraining = false, isOpen = true } = {}): Promise<number> => {
  const handle = healthHandler({ isDraining: () => isDraining, isOpen: () => isOpen });
  return (await handle({ method: 'GET', path, authorization: '' }, '')).status;
};

test('a task is live even if it is not ready', async () => {
  const draining = { isDraining: true };
  expect([await statusOf('/live', draining), await statusOf('/ready', draining)]).toEqual([200, 503]);
});

test('a task without its sockets is not ready', async () => {
  expect(await statusOf('/ready', { isOpen: false })).toBe(503);
});

test('a ready task says so', async () => {
  expect(await statusOf('/ready')).toBe(200);
});

test('another path is not found', async () => {
  expect(await statusOf('/')).toBe(404);
});

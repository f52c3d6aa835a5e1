import { expect, test } from 'vitest';
import { healthHandler } from './sidecar.ts';

const statusOf = async (path: string, { isStopping = false, isOpen = true } = {}): Promise<number> => {
  const handle = healthHandler({ isStopping: () => isStopping, isOpen: () => isOpen });
  return (await handle({ method: 'GET', path, authorization: '' }, '')).status;
};

test('a task that stops is live, and not ready', async () => {
  const stopping = { isStopping: true };
  expect([await statusOf('/live', stopping), await statusOf('/ready', stopping)]).toEqual([200, 503]);
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

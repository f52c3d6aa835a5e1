import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { canaryHandler } from './handler.ts';

let server: Server | undefined;
afterEach(() => server?.close());

const run = (url: string): Promise<void> =>
  canaryHandler({ ...testDependencies(), environment: { PUBLIC_URL: url } })({ time: '2026-11-21T20:00:00Z' });

/** The URL of an API that answers `/health` with the status. */
async function apiAnswering(status: number): Promise<string> {
  server = createServer(({ url }, response) => response.writeHead(url === '/health' ? status : 404).end()).listen(0);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a healthy API passes', async () => {
  await expect(run(await apiAnswering(200))).resolves.toBeUndefined();
});

test('an API that answers 503, or not at all, fails the run', async () => {
  const url = await apiAnswering(503);
  await expect(run(url)).rejects.toThrow('/health answers 503');
  server?.closeAllConnections();
  server?.close();
  await expect(run(url)).rejects.toThrow();
});

test('a stage without a public URL is not asked', async () => {
  await expect(run('https://trunkline.dev.invalid')).resolves.toBeUndefined();
});

import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SecretName } from '#contract/effects.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { eventOf } from '#test/support/requests.fixture.ts';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import { startStore, type TestStore } from '#test/support/store.fixture.ts';
import { provisioningHandler } from './handler.ts';

let running: TestStore;
beforeAll(async () => {
  running = await startStore();
});
afterAll(() => running.stop());

test('an address is rejected after 20 misses in ten minutes, and other addresses are not', async () => {
  const dependencies = {
    ...testDependencies(running.store),
    secrets: rotatedSecret<SecretName>(),
    environment: { PUBLIC_URL: 'https://api.example.com' },
  };
  const handler = provisioningHandler(dependencies);
  const guess = async (ip: string): Promise<number | undefined> => {
    const event = eventOf('GET /provision/{deviceId}/{secret}/{file}', {
      params: { deviceId: 'dev_none', secret: 'guess', file: 'a.cfg' },
      ip,
    });
    return (await handler(event, {} as Context)).statusCode;
  };
  const statuses: (number | undefined)[] = [];
  for (let at = 0; at < 21; at += 1) statuses.push(await guess('192.0.2.1'));
  expect([statuses.slice(0, 20).every((status) => status === 404), statuses.at(-1), await guess('192.0.2.2')]).toEqual([
    true,
    429,
    404,
  ]);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AwsEndpoint } from '#infra/local/aws/aws-endpoint.ts';
import { clientsFor, startOnSharedStore } from '#infra/local/aws/endpoint-fixture.ts';
import { secretsFromEnvironment, type Secrets } from './secrets.ts';

const version = 'signing-key-generation-000000000001';
let endpoint: AwsEndpoint;
let secrets: Secrets;

beforeAll(async () => {
  endpoint = await startOnSharedStore();
  secrets = secretsFromEnvironment(
    { SECRET_SIGNING_KEYS: 'toy-keys' },
    clientsFor(endpoint, endpoint.credentialsFor('toy-trunks')).secrets,
  );
});
afterAll(() => endpoint.close());

test('of concurrent writers of a version one determines it for all', async () => {
  const values = await Promise.all(
    ['a', 'b', 'c', 'd'].map((value) => secrets.putOnce('signing-keys', version, value)),
  );
  expect(new Set(values).size).toBe(1);
  expect(await secrets.read('signing-keys', version)).toBe(values[0]);
  expect(await secrets.read('signing-keys')).toBe(values[0]);
});

test('a missing version is an error, and so is a secret that the environment does not name', async () => {
  await expect(secrets.read('signing-keys', 'signing-key-generation-000000000002')).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  await expect(secrets.read('operator-admin')).rejects.toThrow();
});

import { globSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { awsTimeouts } from './timeouts.ts';

test('an attempt ends at an endpoint that never answers, and another one begins', async () => {
  let connections = 0;
  const silent = createServer(() => (connections += 1)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 2,
    requestHandler: awsTimeouts(50),
  });
  await expect(client.send(new ListTablesCommand({}))).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(connections).toBe(2);
  client.destroy();
  silent.close();
});

test('every AWS client of the functions and the sidecar has timeouts', () => {
  const clients = ['functions', 'shared']
    .flatMap((folder) => globSync(`${folder}/**/*.ts`))
    .filter((file) => !/\.test\.|fixture/.test(file))
    .flatMap(
      (file) =>
        readFileSync(file, 'utf8').match(/new (DynamoDB|SQS|S3|SecretsManager|SESv2|SNS)Client\([^;]*?\)/g) ?? [],
    );
  expect(clients.length).toBeGreaterThan(4);
  expect(clients.filter((each) => !each.includes('requestHandler: awsTimeouts('))).toEqual([]);
});

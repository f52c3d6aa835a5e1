// Own store: tests how one starts, ends and is reached.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import type { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { remoteService, storeClient, type StoreClient } from './aws-call.ts';
import { startAwsEndpoint } from './aws-endpoint.ts';
import { startDynoxide, type Reach } from './dynoxide.ts';
import { clientsFor, optionsFor, resources, table, temporaryFolder } from './endpoint-fixture.ts';
import { permitsNamespaces } from './namespace.ts';

type Started = {
  readonly url: URL;
  readonly agent: Agent;
  readonly file: string;
  readonly client: StoreClient;
  readonly announced: string[];
};

async function start(reach: Reach | undefined, permits = permitsNamespaces): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), 'dynoxide-'));
  const file = join(folder, 'store.sqlite');
  const announced: string[] = [];
  const options = { file, announce: (line: string) => void announced.push(line), ...(reach && { reach }) };
  const { url, agent, stop } = await startDynoxide(options, permits);
  onTestFinished(async () => {
    agent.destroy();
    await stop();
    rmSync(folder, { recursive: true });
  });
  return { url, agent, file, announced, client: storeClient(remoteService(url, agent)) };
}

/** The network namespaces of the processes that serve a file, and of this one. */
function namespacesOf(file: string): { readonly store: readonly string[]; readonly own: string } {
  const serving = globSync('/proc/[0-9]*/cmdline').filter((each) => {
    const [program = '', ...parameters] = readable(each).split('\0');
    return program.endsWith('/dynoxide') && parameters.includes(file);
  });
  const store = serving.map((each) => readlinkSync(each.replace('cmdline', 'ns/net')));
  return { store, own: readlinkSync('/proc/self/ns/net') };
}

const isPermitted = permitsNamespaces();
const listTables = 'DynamoDB_20120810.ListTables';

test.skipIf(!isPermitted)(
  'the store runs in a network namespace of its own, which only its agent reaches',
  async () => {
    const { client, file, url, announced } = await start(undefined);
    expect(await client(listTables, {})).toEqual({ TableNames: [] });
    const { store, own } = namespacesOf(file);
    expect(store).toHaveLength(1);
    expect(store).not.toContain(own);
    await expect(fetch(url)).rejects.toThrow('fetch failed');
    expect(announced).toEqual([]);
  },
);

test.skipIf(!isPermitted)('more requests at once than connections are all answered', async () => {
  const { client } = await start('namespace');
  const answers = await Promise.all(Array.from({ length: 100 }, () => client(listTables, {})));
  expect(answers).toHaveLength(100);
});

test.skipIf(!isPermitted)('connections that break are replaced', async () => {
  const { client, agent } = await start('namespace');
  for (let round = 0; round < 10; round += 1) {
    await client(listTables, {});
    for (const connection of Object.values(agent.freeSockets).flat()) connection?.destroy();
  }
  expect(await client(listTables, {})).toEqual({ TableNames: [] });
});

test('without namespaces it listens at a random address of loopback, and says so', async () => {
  const [one, other] = [await start(undefined, () => false), await start(undefined, () => false)];
  expect(await one.client(listTables, {})).toEqual({ TableNames: [] });
  expect(one.url.hostname).toMatch(/^127\./);
  expect(one.url.hostname).not.toBe(other.url.hostname);
  expect(one.announced).toEqual([expect.stringContaining('permits no network namespaces')]);
});

test('the store does not inherit settings', async () => {
  process.env['ADMIN_PASSWORD'] = 'Correct-Horse-Battery-9';
  onTestFinished(() => void delete process.env['ADMIN_PASSWORD']);
  const { file } = await start('loopback');
  const environments = globSync('/proc/[0-9]*/cmdline')
    .filter((each) => readable(each).includes(file))
    .map((each) => readable(each.replace('cmdline', 'environ')));
  expect(environments.length).toBeGreaterThan(0);
  expect(environments.join()).not.toContain('Correct-Horse-Battery-9');
});

function readable(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The process has ended since.
    return '';
  }
}

describe('the store of an endpoint', () => {
  test('acknowledged writes survive kill -9, and the store ends with its parent', async () => {
    const folder = temporaryFolder();
    const writer = spawn(process.execPath, [join(import.meta.dirname, 'endpoint-writer-fixture.ts'), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let acknowledged = -1;
    for await (const line of createInterface({ input: writer.stdout })) {
      acknowledged = Number(line);
      if (acknowledged >= 100) break;
    }
    const died = once(writer, 'exit');
    writer.kill('SIGKILL');
    await died;

    const announcements: string[] = [];
    const again = await startAwsEndpoint(optionsFor(folder, { announce: (line) => announcements.push(line) }));
    const { dynamodb, sqs, secrets } = clientsFor(again, again.operator);
    const { Count } = await dynamodb.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: 'PK = :p',
        ExpressionAttributeValues: { ':p': { S: 'trunk#kept' } },
      }),
    );
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: again.queueUrl('toy-orders'),
        AttributeNames: ['ApproximateNumberOfMessages'],
      }),
    );
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: 'toy-keys' }));
    await again.close();
    rmSync(folder, { recursive: true });

    expect(Count).toBeGreaterThan(acknowledged);
    expect(Number(Attributes?.['ApproximateNumberOfMessages'])).toBeGreaterThan(acknowledged);
    expect(Number(SecretString)).toBeGreaterThanOrEqual(acknowledged);
    expect(announcements).toEqual([]);
  });

  test('a table with other keys than the template is rejected in one sentence', async () => {
    const folder = temporaryFolder();
    await (await startAwsEndpoint(optionsFor(folder))).close();
    const { GlobalSecondaryIndexes, ...properties } = table.properties;
    const changed = resources.map((resource) => (resource === table ? { ...table, properties } : resource));
    await expect(startAwsEndpoint(optionsFor(folder, { resources: changed }))).rejects.toThrow(
      /^The table toy-table .* has other keys or indexes than the template/,
    );
    rmSync(folder, { recursive: true });
  });

  test('an unreachable DYNAMODB_ENDPOINT is reported in one sentence', async () => {
    const folder = temporaryFolder();
    process.env['DYNAMODB_ENDPOINT'] = 'http://127.0.0.1:1';
    await expect(startAwsEndpoint(optionsFor(folder))).rejects.toThrow(
      'The DynamoDB store http://127.0.0.1:1 does not answer',
    );
    delete process.env['DYNAMODB_ENDPOINT'];
    rmSync(folder, { recursive: true });
  });

  test('a missing store binary is reported with what to do', async () => {
    const architecture = Object.getOwnPropertyDescriptor(process, 'arch') ?? {};
    Object.defineProperty(process, 'arch', { ...architecture, value: 'mips' });
    const folder = temporaryFolder();
    await expect(startAwsEndpoint(optionsFor(folder))).rejects.toThrow(
      /@dynoxide\/linux-mips\) is not installed: run npm ci, or set DYNAMODB_ENDPOINT/,
    );
    Object.defineProperty(process, 'arch', architecture);
    rmSync(folder, { recursive: true });
  });

  test('the store of DYNAMODB_ENDPOINT replaces the binary', async () => {
    const folder = temporaryFolder();
    const port = 20_000 + (process.pid % 10_000);
    const binary = join(import.meta.dirname, '../../../node_modules/@dynoxide/linux-x64/dynoxide');
    const store = spawn(binary, ['serve', '--port', String(port)], { stdio: ['ignore', 'ignore', 'pipe'] });
    await once(store.stderr, 'data');
    process.env['DYNAMODB_ENDPOINT'] = `http://127.0.0.1:${port}`;
    const other = await startAwsEndpoint(optionsFor(folder));
    delete process.env['DYNAMODB_ENDPOINT'];
    const { dynamodb } = clientsFor(other, other.credentialsFor('toy-trunks'));
    const key = { PK: { S: 'trunk#1' }, SK: { S: 's' } };
    await dynamodb.send(new PutItemCommand({ TableName: table.name, Item: key }));
    const [record] = await other.stream.read(null, 10);
    await other.close();
    store.kill();
    rmSync(folder, { recursive: true });
    expect(record?.dynamodb?.Keys).toEqual(key);
    expect(existsSync(join(folder, 'dynamodb.sqlite'))).toBe(false);
  });
});

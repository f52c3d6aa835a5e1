// Own cloud: replaces its table.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchWriteItemCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, expect, test } from 'vitest';
import { synthesizeLocal } from '#bin/start/assembly.ts';
import { bundledFunctions } from '#infra/bundle.ts';
import { startCloud, type Cloud } from '#infra/local/cloud.ts';
import { eventually } from '#test/support/eventually.ts';
import { adminPassword, connect, logIn, outputsFileIn } from '../cloud.ts';

const folder = mkdtempSync(join(tmpdir(), 'trunkline-restore-'));
const dataDir = join(folder, 'data');
let cloud: Cloud | undefined;
afterAll(async () => {
  await cloud?.close();
  rmSync(folder, { recursive: true });
});

/** The local cloud over the same data, with a table of this name. */
async function start(tableName: string) {
  const outdir = join(folder, tableName);
  const environment = { ADMIN_PASSWORD: adminPassword, PASSWORD_COST: '12', PUBLIC_URL: 'http://restored.example' };
  cloud = await startCloud({
    assembly: async () => {
      await synthesizeLocal(await bundledFunctions(), outdir, { tableName });
      return outdir;
    },
    dataDir,
    host: '127.0.0.1',
    port: 0,
    sipPort: 0,
    environment,
    announce: () => undefined,
  });
  const { Local: local = {} } = cloud.outputs;
  const table = new DynamoDBClient({
    endpoint: local['AwsEndpointUrl'] ?? '',
    region: local['Region'] ?? '',
    credentials: { accessKeyId: local['AccessKeyId'] ?? '', secretAccessKey: local['SecretAccessKey'] ?? '' },
  });
  const url = `http://127.0.0.1:${cloud.port}`;
  const ask = async (token: string, path: string, init: RequestInit = {}) => {
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      'content-type': 'application/json',
    };
    const answer = await fetch(url + path, { ...init, headers });
    return { status: answer.status, body: await answer.text() };
  };
  return { ask, table, url };
}

const itemsOf = async (table: DynamoDBClient, TableName: string) =>
  (await table.send(new ScanCommand({ TableName }))).Items ?? [];

async function logInAt(url: string): Promise<string> {
  const { outputs, ...of } = connect(outputsFileIn(dataDir));
  const api: typeof of.api = async (path, { json, ...extra } = {}) => {
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    const answer = await fetch(url + path, { ...extra, headers, body: JSON.stringify(json) });
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
  };
  return logIn({ api }, 'admin', adminPassword);
}

test('a copy of the table under another name takes the place of the first', async () => {
  const first = await start('trunkline-local-table');
  const token = await logInAt(first.url);
  const trunk = { organization_id: 'org_1000', host: 'sip.carrier.example' };
  const save = (name: string) => ({ method: 'PUT', body: JSON.stringify({ ...trunk, name }) });
  expect(await first.ask(token, '/siptrunk/carrier', save('Carrier'))).toMatchObject({ status: 201 });
  await cloud?.close();

  const second = await start('trunkline-local-table-2');
  const kept = await itemsOf(second.table, 'trunkline-local-table');
  expect((await second.ask(token, '/siptrunk')).status).toBe(401);
  for (let at = 0; at < kept.length; at += 25)
    await second.table.send(
      new BatchWriteItemCommand({
        RequestItems: {
          'trunkline-local-table-2': kept.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } })),
        },
      }),
    );
  const trunks = await eventually(async () => {
    const answer = await second.ask(token, '/siptrunk');
    if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.body}`);
    return answer.body;
  });
  expect(trunks).toContain('sip.carrier.example');
  expect(await second.ask(token, '/siptrunk/carrier', save('Another'))).toMatchObject({ status: 201 });
  expect(await itemsOf(second.table, 'trunkline-local-table')).toHaveLength(kept.length);
});

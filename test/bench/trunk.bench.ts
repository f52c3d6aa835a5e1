import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { monotonicFactory } from 'ulid';
import { trunkRow, type TrunkItem } from '#dynamodb/rows/trunk.ts';
import type { Store } from '#dynamodb/client.ts';
import { tableFor } from '#dynamodb/table.ts';
import { eventually } from '../support/eventually.ts';
import { adminPassword, logIn, type Cloud } from '../system/cloud.ts';
import { storeOf } from '../system/people.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { memoryCloud } from './memory-cloud.ts';
import { putAll } from './put-all.ts';
import { load, type Orders } from './steady-load.ts';
import { spreadOf } from './timing.ts';

/** `GET /siptrunk/{id}` over local HTTP with all store operations of the pipeline, in a table of 100,000 trunks. */

const operators = 1_000;
const records = 100_000;

/**
 * One trunk made as anybody makes one, and copies of it straight into the table. @returns some of the ids, spread over
 * all
 */
async function fill(store: Store, { api }: Cloud, token: string): Promise<string[]> {
  const made = await api('/siptrunk/new', {
    method: 'PUT',
    token,
    json: { name: 'Bench', type: 'carrier', host: 'sip.example.com' },
  });
  const {
    data: { id },
  } = made.body as { readonly data: { readonly id: string } };
  const pattern = await tableFor<'trunk'>(store, operators).get(trunkRow, { id });
  if (pattern === undefined) throw new Error('the trunk is not in the table');
  const ulid = monotonicFactory();
  const copies = Array.from({ length: records }, (_, at): TrunkItem => ({
    ...pattern,
    id: `trunk_${ulid()}`,
    name: `Bench ${at}`,
  }));
  await putAll(store, trunkRow, operators, copies);
  return copies.filter((_, at) => at % 50 === 0).map((copy) => copy.id);
}

/**
 * Waits until the stream's reader has seen it all and what it has seen is trimmed: the records shall be already
 * written.
 */
async function settled(dataDir: string): Promise<void> {
  const database = new DatabaseSync(join(dataDir, 'dynamodb.sqlite'), { readOnly: true });
  await eventually(
    () => Number(database.prepare('SELECT count(*) AS waiting FROM _stream_records').get()?.['waiting']) < 100,
    300_000,
  );
  database.close();
}

async function figuresAt(orders: Orders, rate: number, atMostYardsticks: number): Promise<Figure[]> {
  // Until as many environments run as the rate needs.
  await load(orders, rate, 8);
  const { times, failures } = await load(orders, rate, 20);
  const { p50, p99 } = spreadOf(times);
  const what = `GET /siptrunk/{id} at ${rate}/s, ${records} records`;
  return [
    { what: `${what}, p50`, measured: p50, unit: 'ms' },
    { what: `${what}, p99`, measured: p99, unit: 'ms', must: { atMostYardsticks } },
    {
      what: `${what}, answered of requested`,
      measured: times.length / (times.length + failures),
      unit: '×',
      must: { atLeast: 1 },
    },
  ];
}

const benchmark: Benchmark = async () => {
  const cloud = await memoryCloud();
  try {
    const token = await logIn(cloud, 'admin', adminPassword);
    const ids = await fill(storeOf(cloud.outputs), cloud, token);
    await settled(cloud.dataDir);
    const base = cloud.outputs.ApiUrl.replace(/\/$/, '').replace('localhost', '127.0.0.1');
    const orders = { token, addresses: ids.map((id) => `${base}/siptrunk/${id}`) };
    return [...(await figuresAt(orders, 200, 350)), ...(await figuresAt(orders, 400, 1_200))];
  } finally {
    await cloud.stop();
  }
};

export default benchmark;

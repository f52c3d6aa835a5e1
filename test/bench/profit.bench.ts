/** How fast `GET /profit/numbers` answers from 30 days of 3,000 numbers, over HTTP. */
import { randomUUID } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { numberSumsRow } from '#functions/billing/rows/number-sums.ts';
import { namesFor } from '#infra/names.ts';
import { toAttributes } from '#dynamodb/row.ts';
import { adminPassword, logIn, startCloud } from '../system/cloud.ts';
import type { Figure } from './benchmark.ts';
import { putAll } from './bulk-store.ts';
import { memoryCloud } from './memory-cloud.ts';
import { inTurn } from './steady-load.ts';
import { spreadOf } from './timing.ts';

const [days, numbers] = [30, 3_000];
/** Requests, one after the other, and those before them, with which all processes warm. */
const [requests, warming] = [11, 4];
const month = '2026-09';
const table = namesFor('local').table;

/** Each number has an item of half a month. */
function* itemsOf(organization: number): Generator<Readonly<Record<string, AttributeValue>>> {
  for (const half of [`${month}-01`, `${month}-16`])
    for (let at = 0; at < numbers; at += 1) {
      const key = { side: 'own', half, number: `+1415${String(5_550_000 + at)}`, shard: 0 } as const;
      const sums = { currency: 'USD', calls: 12, answered: 10, talk: 600 + at, billed: 600 + at, cost: 0n, unknown: 0 };
      const inHalf = Array.from({ length: days / 2 }, (_, day) => ({
        ...{ ...sums, charge: 1_234_567n, counted_day: dateOf(half, day) },
        day: dateOf(half, day),
      }));
      yield toAttributes(numberSumsRow, organization, { ...key, days: inHalf });
    }
}

const dateOf = (first: string, days: number): string =>
  `${month}-${String(Number(first.slice(8)) + days).padStart(2, '0')}`;

export default async function measure(): Promise<readonly Figure[]> {
  const empty = await memoryCloud();
  const { body } = await empty.api('/orgs', {
    method: 'PUT',
    token: await logIn(empty, 'admin', adminPassword),
    headers: { accept: 'application/json' },
    json: { name: randomUUID(), country: 'US', timezone: 'UTC' },
  });
  const { data } = body as { readonly data: { readonly org_id: number } };
  await empty.kill9();
  putAll(empty.dataDir, table, itemsOf(data.org_id), 300);
  const cloud = await startCloud({ DATA_DIR: empty.dataDir, RATE_LIMIT_SCALE: '1000' });
  try {
    const path = `/profit/numbers?org_id=${data.org_id}&start=${month}-01&end=${month}-${days}&limit=50`;
    const token = await logIn(cloud, 'admin', adminPassword);
    const answer = await cloud.api(path, { token, headers: { accept: 'application/json' } });
    if ((answer.body as { readonly data: { readonly total: number } }).data.total !== numbers)
      throw new Error(`not all numbers are in the answer: ${JSON.stringify(answer.body).slice(0, 300)}`);
    const url = cloud.outputs.ApiUrl.replace(/\/$/, '').replace('localhost', '127.0.0.1');
    const orders = { token, addresses: [`${url}${path}`] };
    await inTurn(orders, warming);
    const { times, failures } = await inTurn(orders, requests);
    const what = `GET /profit/numbers of ${numbers.toLocaleString('en')} numbers × ${days} days`;
    return [
      { what: `${what}, p50`, measured: spreadOf(times).p50, unit: 'ms', must: { atMostYardsticks: 35_000 } },
      { what: `${what}, answered of requested`, measured: 1 - failures / requests, unit: '×', must: { atLeast: 1 } },
    ];
  } finally {
    await cloud.stop();
    await empty.stop();
  }
}

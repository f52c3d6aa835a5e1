/** How fast `GET /profit/numbers` answers from 30 days of 3,000 numbers, over HTTP. */
import { randomUUID } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { numberDayRow } from '#functions/billing/cdr-ingest/row.ts';
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

function* sumsOf(organization: number): Generator<Readonly<Record<string, AttributeValue>>> {
  for (let at = 0; at < days * numbers; at += 1)
    yield toAttributes(numberDayRow, organization, {
      number: `+1415${String(5_550_000 + (at % numbers))}`,
      day: `${month}-${String(1 + Math.floor(at / numbers)).padStart(2, '0')}`,
      holder: organization,
      ...{ currency: 'USD', calls: 12, seconds: 600 + at, revenue: 1_234_567, cost: 10_000 + at, unknown: 0 },
    });
}

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
  putAll(empty.dataDir, table, sumsOf(data.org_id), 300);
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

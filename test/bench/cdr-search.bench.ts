/**
 * How fast `GET /cdr` answers its first page among 100,000 CDRs of one organization, over HTTP, whatever it is asked
 * by.
 */
import { randomUUID } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { readRecord } from '#functions/billing/cdr-ingest/cdr.ts';
import { calendarOf, fileCdr, type FiledCdr } from '#functions/billing/cdr-ingest/filed-cdr.ts';
import { newCdrWrites } from '#functions/billing/cdr-ingest/store.ts';
import { NOTHING_USED } from '#functions/billing/cdr-ingest/usage.ts';
import { namesFor } from '#infra/names.ts';
import { adminPassword, logIn, startCloud, type OwnCloud } from '../system/cloud.ts';
import type { Figure } from './benchmark.ts';
import { memoryCloud } from './memory-cloud.ts';
import { putAll } from './bulk-store.ts';
import { inTurn } from './steady-load.ts';
import { spreadOf } from './timing.ts';

const stored = 100_000;
/**
 * Requests of each kind, one after the other, from another process; and those before them, with which all processes
 * warm.
 */
const [requests, warming] = [1_000, 300];
const table = namesFor('local').table;

const now = Date.now();
const numbers = 200;
const trunks = 7;
const perBatch = 1_000;
const numberOf = (at: number): string => `+1415555${String(1_000 + (at % numbers))}`;

function cdrOf(organization: number, at: number): FiledCdr {
  // Spread over the last 20 hours, which the default range holds.
  const start = now - Math.floor((at * 20 * 3_600_000) / stored) - 600_000;
  const read = readRecord(
    {
      call_id: `call-${at}`,
      caller: numberOf(at),
      callee: numberOf(at * 31 + 7),
      start_time: new Date(start).toISOString(),
      end_time: new Date(start + 60_000).toISOString(),
      disposition: at % 3 === 0 ? 'BUSY' : 'ANSWERED',
      trunk_id: `trunk_${at % trunks}`,
      user_id: `usr_${at % 50}`,
    },
    organization,
  );
  if ('rejection' in read) throw new Error(JSON.stringify(read.rejection));
  const from = {
    message: `m${at}`,
    source: 'bench',
    sent_at: new Date(now).toISOString(),
    batch_id: `batch-${Math.floor(at / perBatch)}`,
    origin: 'platform' as const,
    accepted: false,
    organization,
  };
  const account = {
    organization,
    country: 'US',
    zone: 'UTC',
    since: new Date(now).toISOString(),
    seller: 1000,
    retention: 90,
    shards: 1,
    profile: null,
    tariff: null,
  };
  return fileCdr({ cdr: read.cdr, from, position: 0 }, account, {
    calendar: calendarOf(account, now, 0),
    usage: NOTHING_USED,
    carrier: null,
  });
}

function* itemsOf(organization: number): Generator<Readonly<Record<string, AttributeValue>>> {
  for (let at = 0; at < stored; at += 1)
    for (const write of newCdrWrites([cdrOf(organization, at)]))
      yield write.render(table, organization, 0).Put?.Item ?? {};
}

/** The filters of a first page, different each time, so that nothing is cached between two requests. */
const searches: Readonly<Record<string, (at: number) => Readonly<Record<string, string>>>> = {
  'a number': (at) => ({ number: numberOf(at * 13) }),
  'a caller': (at) => ({ caller: numberOf(at * 13) }),
  'a trunk': (at) => ({ trunk_id: `trunk_${at % trunks}` }),
  'a batch': (at) => ({ batch_id: `batch-${(at * 7) % (stored / perBatch)}` }),
  'nothing but time': (at) => ({ start: new Date(now - ((at % 19) + 1) * 3_600_000).toISOString() }),
};

type Asking = { readonly token: string; readonly base: string };

async function figuresOf(
  by: string,
  queryOf: (at: number) => Readonly<Record<string, string>>,
  { token, base }: Asking,
): Promise<Figure[]> {
  const addresses = Array.from(
    { length: requests },
    (_, at) => `${base}&${new URLSearchParams(queryOf(at)).toString()}`,
  );
  await inTurn({ token, addresses }, warming);
  const { times, failures } = await inTurn({ token, addresses }, requests);
  const { p50, p99 } = spreadOf(times);
  const what = `GET /cdr among ${stored.toLocaleString('en')}, first page, by ${by}`;
  return [
    { what: `${what}, p50`, measured: p50, unit: 'ms' },
    { what: `${what}, p99`, measured: p99, unit: 'ms', must: { atMostYardsticks: 590 } },
    { what: `${what}, answered of requested`, measured: 1 - failures / requests, unit: '×', must: { atLeast: 1 } },
  ];
}

/** A cloud with an organization that has all the CDRs. */
async function filledCloud(): Promise<{
  readonly cloud: OwnCloud;
  readonly organization: number;
  readonly stop: () => Promise<void>;
}> {
  const empty = await memoryCloud();
  const token = await logIn(empty, 'admin', adminPassword);
  const { body } = await empty.api('/orgs', {
    method: 'PUT',
    token,
    headers: { accept: 'application/json' },
    json: { name: randomUUID(), country: 'US', timezone: 'UTC' },
  });
  const {
    data: { org_id: organization },
  } = body as { readonly data: { readonly org_id: number } };
  await empty.kill9();
  putAll(empty.dataDir, table, itemsOf(organization));
  const cloud = await startCloud({ DATA_DIR: empty.dataDir, RATE_LIMIT_SCALE: '1000' });
  return { cloud, organization, stop: () => cloud.stop().then(() => empty.stop()) };
}

export default async function measure(): Promise<readonly Figure[]> {
  const { cloud, organization, stop } = await filledCloud();
  try {
    const token = await logIn(cloud, 'admin', adminPassword);
    const url = cloud.outputs.ApiUrl.replace(/\/$/, '').replace('localhost', '127.0.0.1');
    const base = `${url}/cdr?org_id=${organization}`;
    const { body } = await cloud.api(`/cdr?org_id=${organization}&number=${encodeURIComponent(numberOf(1))}`, {
      token,
      headers: { accept: 'application/json' },
    });
    if ((body as { readonly data: readonly unknown[] }).data.length !== 50)
      throw new Error('the first page is not full');
    const figures: Figure[] = [];
    for (const [by, queryOf] of Object.entries(searches))
      figures.push(...(await figuresOf(by, queryOf, { token, base })));
    return figures;
  } finally {
    await stop();
  }
}

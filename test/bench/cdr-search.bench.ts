/** How fast `GET /cdr` answers its first page among 100,000 CDRs of one organization, over HTTP, whatever it is asked by. */
import { randomUUID } from 'node:crypto';
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { readRecord } from '../../functions/cdr-ingest/cdr.ts';
import { booksOf, fileCdr, type FiledCdr } from '../../functions/cdr-ingest/filed-cdr.ts';
import { newCdrs } from '../../functions/cdr-ingest/store.ts';
import { NOTHING_USED } from '../../functions/cdr-ingest/usage.ts';
import { adminPassword, logIn, startCloud, type OwnCloud } from '../system/cloud.ts';
import type { Figure } from './benchmark.ts';
import { spreadOf } from './timing.ts';

const stored = 100_000;
const asked = 150;
const unmeasured = 20;
/** Items that DynamoDB takes at once, and such calls under way. */
const [atOnce, writers] = [25, 8];

const now = Date.now();
const numbers = 200;
const trunks = 7;
const perBatch = 1_000;
const numberOf = (at: number): string => `+1415555${String(1_000 + (at % numbers))}`;

function cdrOf(organization: number, at: number): FiledCdr {
  // Spread over the last 20 hours, which the default range holds.
  const start = now - Math.floor((at * 20 * 3_600_000) / stored) - 600_000;
  const read = readRecord({
    call_id: `call-${at}`, caller: numberOf(at), callee: numberOf(at * 31 + 7), start_time: new Date(start).toISOString(), end_time: new Date(start + 60_000).toISOString(),
    disposition: at % 3 === 0 ? 'BUSY' : 'ANSWERED', trunk_id: `trunk_${at % trunks}`, user_id: `usr_${at % 50}`,
  }, organization);
  if ('rejection' in read) throw new Error(JSON.stringify(read.rejection));
  const from = { message: `m${at}`, source: 'bench', sent_at: new Date(now).toISOString(), batch_id: `batch-${Math.floor(at / perBatch)}`, origin: 'platform' as const, accepted: false, organization };
  const account = { organization, country: 'US', since: new Date(now).toISOString(), seller: 1000, retention: 90, shards: 1, profile: null, tariff: null };
  return fileCdr({ cdr: read.cdr, from, position: 0 }, account, { books: booksOf(account, now, 0), usage: NOTHING_USED, carrier: null });
}

async function fill({ outputs }: OwnCloud, organization: number): Promise<void> {
  const client = new DynamoDBClient({
    endpoint: outputs['AwsEndpointUrl'] ?? '', region: outputs['Region'] ?? '',
    credentials: { accessKeyId: outputs['AccessKeyId'] ?? '', secretAccessKey: outputs['SecretAccessKey'] ?? '' },
  });
  const table = 'trunkline-local-table';
  let next = 0;
  const writer = async (): Promise<void> => {
    while (next < stored) {
      const from = next;
      next += atOnce;
      const cdrs = Array.from({ length: Math.min(atOnce, stored - from) }, (_, at) => cdrOf(organization, from + at));
      const puts = newCdrs(cdrs).map((write) => ({ PutRequest: { Item: write.render(table, organization).Put?.Item } }));
      for (let at = 0; at < puts.length; at += atOnce) await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: puts.slice(at, at + atOnce) } }));
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  client.destroy();
}

/** What a first page is asked by, anew each time: nothing is remembered between two. */
const searches: Readonly<Record<string, (at: number) => Readonly<Record<string, string>>>> = {
  'a number': (at) => ({ number: numberOf(at * 13) }),
  'a caller': (at) => ({ caller: numberOf(at * 13) }),
  'a trunk': (at) => ({ trunk_id: `trunk_${at % trunks}` }),
  'a batch': (at) => ({ batch_id: `batch-${(at * 7) % (stored / perBatch)}` }),
  'nothing but time': (at) => ({ start: new Date(now - (at % 19 + 1) * 3_600_000).toISOString() }),
};

export default async function measure(): Promise<readonly Figure[]> {
  const cloud = await startCloud({ RATE_LIMIT_SCALE: '1000' });
  try {
    const token = await logIn(cloud, 'admin', adminPassword);
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json', 'content-type': 'application/json' };
    const made = await fetch(`${cloud.outputs.ApiUrl}/orgs`, { method: 'PUT', headers, body: JSON.stringify({ name: randomUUID(), country: 'US', timezone: 'UTC' }) });
    const { data } = await made.json() as { data: { org_id: number } };
    await fill(cloud, data.org_id);
    const ask = async (query: Readonly<Record<string, string>>): Promise<number> => {
      const began = performance.now();
      const answer = await fetch(`${cloud.outputs.ApiUrl}/cdr?${new URLSearchParams({ org_id: String(data.org_id), ...query }).toString()}`, { headers });
      const { data: page } = await answer.json() as { data: readonly unknown[] };
      if (answer.status !== 200 || page.length !== 50) throw new Error(`${answer.status}: ${page.length} CDRs`);
      return performance.now() - began;
    };
    const figures: Figure[] = [];
    for (const [by, queryOf] of Object.entries(searches)) {
      for (let at = 0; at < unmeasured; at += 1) await ask(queryOf(at));
      const times: number[] = [];
      for (let at = 0; at < asked; at += 1) times.push(await ask(queryOf(at + unmeasured)));
      const { p50, p99 } = spreadOf(times);
      figures.push(
        { what: `GET /cdr among ${stored.toLocaleString('en')}, first page, by ${by}, p50`, measured: p50, unit: 'ms' },
        { what: `GET /cdr among ${stored.toLocaleString('en')}, first page, by ${by}, p99`, measured: p99, unit: 'ms', must: { atMost: 50 } },
      );
    }
    return figures;
  } finally {
    await cloud.stop();
  }
}

import { randomUUID } from 'node:crypto';
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SendMessageBatchCommand, SQSClient, type Message } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import { adminPassword, startCloud, type Cloud, type OwnCloud } from './cloud.ts';

/** CDRs as event producers push them, on a cloud that is killed half-way (billing.md, "The queue as an interface"). */

const pushed = 2_000;
const unparsable = 20;
const repeated = 200;
/** Milliseconds: messages in flight stay hidden for 30 s after a crash. */
const patience = 150_000;

type Body = { readonly data: Readonly<Record<string, unknown>>; readonly batch: Readonly<Record<string, number>> };

let cloud: OwnCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.stop());

async function callerOf({ api }: Cloud) {
  const { body } = await api('/auth/user', { method: 'POST', json: { username: 'admin', password: adminPassword } });
  const token = String((body as Body).data['token']);
  return async (method: string, path: string, json?: unknown): Promise<Body> => {
    const answer = await api(path, { method, token, headers: { accept: 'application/json' }, ...(json === undefined ? {} : { json }) });
    expect(`${method} ${path} ${answer.status}`).toMatch(/ 20[01]$/);
    return answer.body as Body;
  };
}

const queuesOf = ({ outputs }: Cloud): SQSClient => new SQSClient({
  ...(outputs['AwsEndpointUrl'] === undefined ? {} : {
    endpoint: outputs['AwsEndpointUrl'], region: outputs['Region'] ?? '',
    credentials: { accessKeyId: outputs['AccessKeyId'] ?? '', secretAccessKey: outputs['SecretAccessKey'] ?? '' },
  }),
});

/** Rates of the tariff: per minute, to connect, at least, first and further seconds. Prices are in micro-units, as integers. */
const prices = [
  { prefix: '1', price: 15_000n, connect: 10_000n, least: 0n, first: 60, further: 6 },
  { prefix: '1415', price: 9_000n, connect: 0n, least: 50_000n, first: 30, further: 30 },
  { prefix: '44', price: 1_000n, connect: 0n, least: 0n, first: 1, further: 1 },
] as const;
const decimal = (micros: bigint): string => `${micros / 1_000_000n}.${String(micros % 1_000_000n).padStart(6, '0')}`;
const rates = prices.map(({ prefix, price, connect, least, first, further }) => ({
  prefix, price_per_minute: decimal(price), connect_fee: decimal(connect).slice(0, -2), minimum_charge: decimal(least).slice(0, -2), initial_seconds: first, increment_seconds: further,
}));

const callees = ['+12125550100', '+14155550123', '+442079460000', '+881612345678'] as const;
type Call = { readonly id: string; readonly callee: (typeof callees)[number]; readonly seconds: number };

/** What a call costs, written from the page alone: null where no rate is. In hundredths of a hundredth. */
function costOf({ callee, seconds }: Call): bigint | null {
  const [price] = prices.filter(({ prefix }) => callee.startsWith(`+${prefix}`)).sort((one, other) => other.prefix.length - one.prefix.length);
  if (price === undefined) return null;
  const beyond = Math.max(0, seconds - price.first);
  const billed = price.first + Math.ceil(beyond / price.further) * price.further;
  const sixtieths = price.connect * 60n + price.price * BigInt(billed);
  const charged = sixtieths > price.least * 60n ? sixtieths : price.least * 60n;
  return (charged + 3_000n) / 6_000n;
}

const began = new Date(Date.now() - 86_400_000);
const recordOf = ({ id, callee, seconds }: Call) => ({
  call_id: id, direction: 'outbound', caller: '+12125550199', callee, start_time: began.toISOString(), disposition: 'answered',
  end_time: new Date(began.getTime() + seconds * 1_000).toISOString(),
});

const message = (organization: string, batch: string, call: Call): string =>
  JSON.stringify({ schema: 'cdr.v1', source: 'test', sent_at: new Date().toISOString(), org_id: organization, batch_id: batch, records: [recordOf(call)] });

const rubbish = (at: number): string => [`{"schema":"cdr.v1", broken ${at}`, JSON.stringify({ schema: 'cdr.v9', at }), `<cdr at="${at}"> é ☎\n</cdr>`, JSON.stringify({ schema: 'cdr.v1', records: 'none', at })][at % 4] ?? '';

async function push(client: SQSClient, url: string, bodies: readonly string[]): Promise<void> {
  for (let at = 0; at < bodies.length; at += 10) {
    const Entries = bodies.slice(at, at + 10).map((MessageBody, position) => ({ Id: String(position), MessageBody }));
    expect((await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }))).Failed ?? []).toEqual([]);
  }
}

/** All messages of a queue, taken out of it. */
async function drain(client: SQSClient, url: string): Promise<Message[]> {
  const all: Message[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, MessageAttributeNames: ['All'] }));
    if (Messages.length === 0) return all;
    all.push(...Messages);
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries: Messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle })) }));
  }
}

test('each of 2,000 CDRs is rated once, although some come twice, some cannot be read, and all is killed half-way', async () => {
  const before = await callerOf(cloud);
  const organization = String((await before('PUT', '/orgs', { name: `Calls ${randomUUID()}`, country: 'US', timezone: 'UTC' })).data['id']);
  const tariff = (await before('PUT', '/tariffs/new', { name: `Plan ${randomUUID()}`, currency: 'USD', rates })).data['id'];
  await before('PUT', `/billingprofile/${organization}`, { tariffPlan: tariff });

  const calls = Array.from({ length: pushed - unparsable - repeated }, (_, at): Call =>
    ({ id: `call-${at}`, callee: callees[at % callees.length] ?? callees[0], seconds: 1 + (at * 37) % 600 }));
  const good = [...calls, ...calls.filter((_, at) => at % 8 === 3).slice(0, repeated)].map((call) => message(organization, 'night', call));
  const bad = Array.from({ length: unparsable }, (_, at) => rubbish(at));
  const every = pushed / unparsable;
  const bodies = bad.flatMap((each, at) => [each, ...good.slice(at * (every - 1), (at + 1) * (every - 1))]);
  expect(bodies).toHaveLength(pushed);
  await push(queuesOf(cloud), cloud.outputs['CdrQueueUrl'] ?? '', bodies);

  const counted = async (api: typeof before) => (await api('GET', `/cdr?org_id=${organization}&batch_id=night&limit=1`)).batch;
  await eventually(async () => Number((await counted(before))['received']) > 300, patience);
  await cloud.kill9();
  cloud = await startCloud({ DATA_DIR: cloud.dataDir });
  const api = await callerOf(cloud);
  const priced = calls.flatMap((call) => costOf(call) ?? []);
  await eventually(async () => Number((await counted(api))['received']) >= pushed - unparsable, 120_000).catch(() => undefined); console.log(await counted(api)); { const d = await drain(queuesOf(cloud), `${cloud.outputs['CdrQueueUrl'] ?? ''}-dlq`); console.log(d.length, d.filter(({ Body }) => !bad.includes(Body ?? '')).map(({ Body, MessageAttributes }) => [Body?.slice(0, 120), MessageAttributes])); console.log(cloud.dataDir); const { execSync } = await import('node:child_process'); console.log(execSync('cut -c1-700 ' + cloud.dataDir + '/logs/trunkline-local-cdr-ingest.log | grep -o "\"message\":\"[^\"]*\"" | sort | uniq -c | sort -rn | head -20').toString()); execSync('cp -r ' + cloud.dataDir + '/logs /tmp/h3b/logs'); }

  expect(await counted(api)).toMatchObject({ received: pushed - unparsable, rated: priced.length, unrated: calls.length - priced.length, duplicate: repeated, conflict: 0, rejected: 0, pending: 0 });
  const { data: profile } = await api('GET', `/billingprofile/${organization}`);
  const owed = priced.reduce((sum, cost) => sum + cost, 0n);
  expect(profile['currentBalance']).toBe(-Number(owed) / 10_000);
  expect(profile['usageSummary']).toMatchObject({ currentCharges: Number(owed) / 10_000 });

  const dead = await drain(queuesOf(cloud), `${cloud.outputs['CdrQueueUrl'] ?? ''}-dlq`);
  expect(new Set(dead.map(({ Body }) => Body))).toEqual(new Set(bad));
  expect(dead.every(({ MessageAttributes }) => MessageAttributes?.['reason']?.StringValue !== undefined)).toBe(true);
}, 2 * patience + 60_000);

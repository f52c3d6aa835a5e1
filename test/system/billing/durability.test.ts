// Own cloud: kills it, and slows its processes down.
import { DeleteMessageBatchCommand, ReceiveMessageCommand, type Message, type SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { archive, archiverOf, verify } from '../archives.fixture.ts';
import { burstIn, expectBilled } from './cdr-burst.fixture.ts';
import {
  callees,
  callerOf,
  costOf,
  isOfOpenPeriod,
  message,
  newRatedOrganization,
  queuesOf,
  sendToQueue,
  unreadableMessage,
  type Api,
  type Call,
} from '../cdr.fixture.ts';
import { beginWriting, findWritten, KilledCloud, killDuringWrites, type Writing } from './durability.fixture.ts';
import { logInAsOperator } from '../tenant.fixture.ts';

/**
 * A cloud that is killed while it processes CDRs as event producers push them (functions/billing/cdr-ingest/README.md,
 * "Ingestion") and creates trunks, and that has archives.
 */

const pushed = 2_000;
const unparsable = 200;
const repeated = 200;
const every = pushed / unparsable;
/** Messages that a consumer processes concurrently. */
const inHand = 100;
/** Milliseconds; messages in flight stay hidden for 30 s after a crash. */
const timeout = 150_000;
/** The organization of the archives. */
const archived = 990_002;

const calls = Array.from({ length: pushed - unparsable - repeated }, (_, at): Call => ({
  id: `call-${at}`,
  callee: callees[at % callees.length] ?? callees[0],
  seconds: 1 + ((at * 37) % 600),
}));
const bad = Array.from({ length: unparsable }, (_, at) => unreadableMessage(at));

let killed: KilledCloud;
/** Hash of the manifest of the archives. */
let head: string;
/** The organization whose CDRs are pushed. */
let organization: string;
let writing: Writing;

async function pushCalls(): Promise<void> {
  const good = [...calls, ...calls.filter((_, at) => at % 8 === 3).slice(0, repeated)].map((call) =>
    message({ organization, batch: 'night' }, call),
  );
  const bodies = bad.flatMap((each, at) => [each, ...good.slice(at * (every - 1), (at + 1) * (every - 1))]);
  expect(bodies).toHaveLength(pushed);
  await sendToQueue(queuesOf(killed.running), killed.running.outputs['CdrQueueUrl'] ?? '', bodies);
}

const counted = async (api: Api) => (await api('GET', `/cdr?org_id=${organization}&batch_id=night&limit=1`)).batch;

beforeAll(async () => {
  killed = await KilledCloud.start();
  const cloud = killed.running;
  head = await archive(cloud, archived);
  const api = await callerOf(cloud);
  organization = await newRatedOrganization(api);
  const token = await logInAsOperator(cloud);
  await pushCalls();
  await eventually(async () => Number((await counted(api))['received']) > 300, timeout);
  writing = beginWriting(cloud, 'first', token);
  await eventually(() => writing.acknowledged.size > 0, 30_000);
  await killed.killAndStart();
});
afterAll(() => killed.stop());

/** Receives and deletes all messages of a queue. */
async function drain(client: SQSClient, url: string): Promise<Message[]> {
  const all: Message[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 1,
        MessageAttributeNames: ['All'],
      }),
    );
    if (Messages.length === 0) return all;
    all.push(...Messages);
    await client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: url,
        Entries: Messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle })),
      }),
    );
  }
}

test('each of 2,000 CDRs is rated once despite duplicates, invalid messages and a kill of the cloud', async () => {
  const api = await callerOf(killed.running);
  const priced = calls.flatMap((call) => costOf(call) ?? []);
  await eventually(async () => Number((await counted(api))['received']) >= pushed - unparsable, timeout);

  expect(await counted(api)).toMatchObject({
    received: pushed - unparsable,
    rated: priced.length,
    unrated: calls.length - priced.length,
    duplicate: repeated,
    conflict: 0,
    rejected: 0,
    pending: 0,
  });
  const { data: profile } = await api('GET', `/billingprofile/${organization}`);
  const owed = priced.reduce((sum, cost) => sum + cost, 0n);
  expect(profile['currentBalance']).toBe(-Number(owed) / 10_000);
  const charged = isOfOpenPeriod() ? Number(owed) / 10_000 : 0;
  expect(profile['usageSummary']).toMatchObject({ currentCharges: charged });

  const { outputs } = killed.running;
  const dead: Message[] = [];
  // A run files what it can read, and then moves the others. One that the kill has interrupted is repeated after 30 s.
  await eventually(async () => {
    dead.push(...(await drain(queuesOf(killed.running), `${outputs['CdrQueueUrl'] ?? ''}-dlq`)));
    expect(new Set(dead.map(({ Body }) => Body))).toEqual(new Set(bad));
  }, 60_000);
  // Only messages that two consumers had in flight during the kill are received again.
  expect(dead.length).toBeLessThanOrEqual(unparsable + (2 * inHand) / every);
  expect(dead.every(({ MessageAttributes }) => MessageAttributes?.['reason']?.StringValue !== undefined)).toBe(true);
});

test('archives, their locks and the keys that signed them outlast kill -9', async () => {
  expect((await verify(killed.running, archived, head)).text).toContain('Everything holds.');
  const { objects } = archiverOf(killed.running);
  const removed: boolean[] = [];
  for await (const version of objects.versions({ bucket: 'archives', key: 'archive/' }))
    removed.push(await objects.removeVersion({ bucket: 'archives', ...version }));
  expect(new Set(removed)).toEqual(new Set([false]));
});

test('every acknowledged write survives kill -9 of the process group, 5 times', async () => {
  const first = await findWritten(killed.running, writing);
  const others = await killDuringWrites(killed, 4, Math.random);
  for (const { acknowledged, lost, unreadable } of [first, others]) {
    expect({ lost, unreadable }).toEqual({ lost: [], unreadable: [] });
    expect(acknowledged).toBeGreaterThan(0);
  }
});

// `npm run soak -- cdr-burst` runs a large one.
test('a burst of CDRs of one organization on a slow machine leaves no dead letter, and all are billed', async () => {
  expectBilled(await burstIn(killed.running, { messages: 40, recordsEach: 100, others: 3, slowness: 4 }));
});

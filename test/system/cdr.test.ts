// Own cloud: kills it.
import { randomUUID } from 'node:crypto';
import { DeleteMessageBatchCommand, ReceiveMessageCommand, type Message, type SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import {
  callees,
  callerOf,
  costOf,
  message,
  profileRates,
  sendToQueue,
  queuesOf,
  rates,
  unreadableMessage,
  type Call,
} from './cdr.fixture.ts';
import { startCloud, type OwnCloud } from './cloud.ts';

/**
 * CDRs as event producers push them, to a cloud that is killed during processing (functions/billing/README.md,
 * "Ingestion").
 */

const pushed = 2_000;
const unparsable = 200;
const repeated = 200;
/** Messages that a consumer processes concurrently. */
const inHand = 100;
/** Milliseconds; messages in flight stay hidden for 30 s after a crash. */
const timeout = 150_000;

let cloud: OwnCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.stop());

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
  const before = await callerOf(cloud);
  const organization = String(
    (await before('PUT', '/orgs', { name: `Calls ${randomUUID()}`, country: 'US', timezone: 'UTC' })).data['id'],
  );
  const tariff = (await before('PUT', '/tariffs/new', { name: `Plan ${randomUUID()}`, currency: 'USD', rates })).data[
    'id'
  ];
  await before('PUT', `/billingprofile/${organization}`, { tariffPlan: tariff, rates: profileRates });

  const calls = Array.from({ length: pushed - unparsable - repeated }, (_, at): Call => ({
    id: `call-${at}`,
    callee: callees[at % callees.length] ?? callees[0],
    seconds: 1 + ((at * 37) % 600),
  }));
  const good = [...calls, ...calls.filter((_, at) => at % 8 === 3).slice(0, repeated)].map((call) =>
    message({ organization, batch: 'night' }, call),
  );
  const bad = Array.from({ length: unparsable }, (_, at) => unreadableMessage(at));
  const every = pushed / unparsable;
  const bodies = bad.flatMap((each, at) => [each, ...good.slice(at * (every - 1), (at + 1) * (every - 1))]);
  expect(bodies).toHaveLength(pushed);
  await sendToQueue(queuesOf(cloud), cloud.outputs['CdrQueueUrl'] ?? '', bodies);

  const counted = async (api: typeof before) =>
    (await api('GET', `/cdr?org_id=${organization}&batch_id=night&limit=1`)).batch;
  await eventually(async () => Number((await counted(before))['received']) > 300, timeout);
  await cloud.kill9();
  cloud = await startCloud({ DATA_DIR: cloud.dataDir });
  const api = await callerOf(cloud);
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
  expect(profile['usageSummary']).toMatchObject({ currentCharges: Number(owed) / 10_000 });

  const dead = await drain(queuesOf(cloud), `${cloud.outputs['CdrQueueUrl'] ?? ''}-dlq`);
  expect(new Set(dead.map(({ Body }) => Body))).toEqual(new Set(bad));
  // Only messages that two consumers had in flight during the kill are received again.
  expect(dead.length).toBeLessThanOrEqual(unparsable + (2 * inHand) / every);
  expect(dead.every(({ MessageAttributes }) => MessageAttributes?.['reason']?.StringValue !== undefined)).toBe(true);
});

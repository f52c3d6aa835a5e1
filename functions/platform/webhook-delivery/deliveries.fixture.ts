import { readShards } from '#dynamodb/index-shards.ts';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { manualClock, memoryQueues, testDependencies } from '#test/support/dependencies.fixture.ts';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { dueRow, duePartition } from '#dynamodb/rows/due.ts';
import { emailRow } from '#dynamodb/rows/email.ts';
import { webhookDeliveryRow, webhookHourRow, webhookRow } from '#dynamodb/rows/webhook.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { OutboundFailed, type Outbound, type OutboundAnswer } from '#outbound/outbound.ts';
import type { Message } from '#queue/queues.ts';
import { contextOf } from '#runtime/background-context.ts';
import { recorder, systemOrigin, type EventDetails } from '#runtime/event-record.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { newHealth } from '#schema/webhook/health.ts';
import type { WebhookHour } from '#schema/webhook/statistics.ts';
import { builtInWebhook, type Webhook } from '#schema/webhook/webhook.ts';
import { sealSecret } from '#webhooks/post.ts';
import { attemptMessage, webhookRetries, type AttemptMessage } from './contract.ts';
import { deliveryContext, webhookDeliveryHandler } from './handler.ts';
import { deliveryStore } from './store.ts';

/** What a receiver does with a request: an answer, or the code of a failure. */
export type Answer = Partial<OutboundAnswer> | OutboundFailed['code'];

export type Sent = Parameters<Outbound['send']>[0];

/** A receiver without a network: it records requests, and answers as `answer` says. */
export function scriptedOutbound(answer: (request: Sent) => Answer | Promise<Answer>) {
  const sent: Sent[] = [];
  const outbound: Outbound = {
    check: async () => null,
    send: async (request) => {
      sent.push(request);
      const reply = await answer(request);
      if (typeof reply === 'string') throw new OutboundFailed(reply, 'scripted', 12);
      return { status: 200, headers: {}, excerpt: '', duration_ms: 12, ...reply };
    },
  };
  return { outbound, sent };
}

export const testSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

let last = 20_000;

/** An organization with a webhook, its receiver, and a queue whose messages the test delivers. */
export async function subscription(
  store: Store,
  answer: (request: Sent) => Answer | Promise<Answer> = () => ({}),
  more: Partial<Webhook> = {},
) {
  const organization = (last += 1);
  const clock = manualClock('2026-11-20T12:00:00.000Z');
  const { outbound, sent } = scriptedOutbound(answer);
  const queues = memoryQueues();
  const secrets = rotatedSecret();
  const dependencies = {
    ...testDependencies(store, { clock, secrets }),
    queues,
    outbound,
  };
  const seals = sealsFrom(secrets);
  const { nextId } = dependencies;
  const identity = { ...builtInWebhook(organization, clock.now().toISOString()), id: nextId('wh') };
  const secret = await sealSecret(seals, identity, { secret: testSecret, hint: '…test', now: clock.now() });
  const webhook: Webhook = {
    ...identity,
    url: 'https://example.com/hook',
    events: ['*'],
    secrets: [secret],
    health: newHealth,
    pace: { quick: true, slow_at: null },
    version: 1,
    ...more,
  };
  await commit(store, organization, [overwrite(webhookRow, webhook)]);
  const table = tableFor<'webhook' | 'webhookdelivery' | 'webhookhour' | 'email' | 'due@GSI2'>(store, organization);
  const handler = webhookDeliveryHandler(dependencies);

  /** Records an event. @returns its id */
  const record = async (details: Partial<EventDetails> = {}): Promise<string> => {
    const id = nextId('evt');
    const make = recorder({ origin: systemOrigin, organization, now: clock.now(), nextId });
    const event = make('trunk.created', {
      id,
      entity: { type: 'trunk', id: 'trunk_1' },
      description: 'made',
      ...details,
    });
    await commit(store, organization, [event]);
    return id;
  };

  /** Other webhooks of the organization. @returns their ids */
  const addWebhooks = (count: number): Promise<string[]> =>
    Promise.all(
      Array.from({ length: count }, async () => {
        const other = { ...webhook, id: nextId('wh') };
        const sealed = await sealSecret(seals, other, { secret: testSecret, hint: '…test', now: clock.now() });
        await commit(store, organization, [overwrite(webhookRow, { ...other, secrets: [sealed] })]);
        return other.id;
      }),
    );

  const first = (eventId: string, of: Partial<AttemptMessage> = {}): Message =>
    attemptMessage({
      queue: 'webhook-retry',
      org_id: organization,
      webhook_id: webhook.id,
      event_id: eventId,
      series: '',
      attempt: 1,
      since: clock.now().toISOString(),
      deferred: 0,
      ...of,
    });

  /** Delivers messages in one batch. @returns the positions of those that failed */
  const deliver = async (messages: readonly Message[], receives = 1): Promise<number[]> => {
    const bodies = messages.map(({ body }) => body);
    const { batchItemFailures } = await handler(batchOf(bodies, receives));
    return batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier.slice(1)));
  };

  /** Messages that were sent since the last call. */
  const takeSent = (): Message[] => queues.sent.splice(0).map(({ message }) => message);

  return {
    organization,
    clock,
    webhook,
    queues,
    sent,
    dependencies,
    context: deliveryContext(contextOf(webhookRetries, dependencies), seals, async () => 0),
    record,
    first,
    addWebhooks,
    deliver,
    takeSent,
    stored: () => table.get(webhookRow, { id: webhook.id }),
    /** Stores the webhook again as it was. */
    enable: () => commit(store, organization, [overwrite(webhookRow, webhook)]),
    event: (id: string) => deliveryStore(contextOf(webhookRetries, dependencies).tableOf(organization)).event(id),
    delivery: (eventId: string, webhookId = webhook.id) =>
      table.get(webhookDeliveryRow, { webhook_id: webhookId, event_id: eventId }),
    /** Failed attempts that were counted. */
    failures: async (): Promise<number> => {
      const { items } = await table.query<'webhookhour', WebhookHour, { webhook_id: string }>(webhookHourRow, {
        webhook_id: webhook.id,
      });
      return items.reduce((sum, { failed = 0 }) => sum + failed, 0);
    },
    emails: async () => (await table.query(emailRow, {})).items,
    /** Pointers to retries of the organization. */
    pointers: async () =>
      (await Promise.all(readShards.map((shard) => table.queryIndex(dueRow, 'GSI2', duePartition(shard)))))
        .flatMap(({ items }) => items)
        .filter(({ org_id: of }) => of === organization),
  };
}

export type Subscription = Awaited<ReturnType<typeof subscription>>;

import { newBrake, windowsOfProcess } from '#limits/brake.ts';
import { outboundFromEnvironment } from '#outbound/outbound.ts';
import {
  consume,
  consumerDependencies,
  type ConsumerDependencies,
  type Delivery as Received,
} from '#runtime/consume.ts';
import type { Message } from '#queue/queues.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { newBatcher } from '#concurrency/batcher.ts';
import { newCommitBatcher } from '#runtime/commit-batcher.ts';
import { type Seals, sealsFrom } from '#secrets/seals.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { defaultWebhook, type Webhook } from '#schema/webhook/webhook.ts';
import { defaultWebhookOf } from '#webhooks/default-webhook.ts';
import { type Delivery, isChosen, newDelivery, restartDelivery } from '#schema/webhook/delivery.ts';
import type { DeliveryContext, Job } from './attempt-steps.ts';
import {
  type AttemptMessage,
  attemptMessage,
  type RedeliveryMessage,
  redeliveryMessage,
  webhookRetries,
} from './contract.ts';
import { attemptPatiently, attemptQuickly, type Outcome } from './receiver-steps.ts';
import { deliveryStore, stateWrite } from './store.ts';

/** Begins the delivery of an event again, once in a series. @returns whether its first attempt is to be queued */
async function beginAgain(
  webhook: Webhook,
  { org_id: organization, series, status }: RedeliveryMessage,
  eventId: string,
  { tableOf, transact, clock }: DeliveryContext,
): Promise<boolean> {
  const store = deliveryStore(tableOf(organization));
  let isBegun = false;
  await transact(organization, async () => {
    const [before, event] = await Promise.all([store.delivery(webhook.id, eventId), store.event(eventId)]);
    // A message that comes twice sends the first attempt again, if that was not made.
    isBegun = before?.series === series && before.attempt === 0;
    if (event === undefined || before?.series === series || (before !== undefined && !isChosen(before, status)))
      return [];
    isBegun = true;
    const now = clock();
    const after: Delivery =
      before === undefined
        ? newDelivery({ webhookId: webhook.id, event }, series, now)
        : restartDelivery(before, series, now);
    return [stateWrite(before, after)];
  });
  return isBegun;
}

/** The events of the next slice, and the message of the slice after it. */
async function sliceOf(message: RedeliveryMessage, { tableOf }: DeliveryContext) {
  const { event_ids: ids, since, until, status } = message;
  if (ids !== null) return { ids, next: [] };
  if (since === null || until === null) return { ids: [], next: [] };
  const store = deliveryStore(tableOf(message.org_id));
  const { items, cursor } = await store.slice(message.webhook_id, { since, until }, message.after);
  return {
    ids: items
      .filter((delivery) => delivery.series === message.series || isChosen(delivery, status))
      .map(({ event_id: id }) => id),
    next: cursor === undefined ? [] : [redeliveryMessage({ ...message, after: cursor })],
  };
}

/** Works on a slice of a redelivery, and queues the next one. Safe to repeat. */
export async function redeliver(webhook: Webhook, message: RedeliveryMessage, context: DeliveryContext): Promise<void> {
  const { ids, next } = await sliceOf(message, context);
  const { org_id, series } = message;
  const since = context.clock().toISOString();
  const begun = await Promise.all(
    ids.map(async (event_id) => ((await beginAgain(webhook, message, event_id, context)) ? [event_id] : [])),
  );
  const attempts = begun.flat().map((event_id) =>
    attemptMessage({
      queue: 'webhook-retry',
      org_id,
      webhook_id: webhook.id,
      event_id,
      series,
      attempt: 1,
      since,
      deferred: 0,
    }),
  );
  await context.queues.send('webhook-retry', [...attempts, ...next]);
}

type Work = AttemptMessage | RedeliveryMessage;

/** The webhook of messages; undefined if it was deleted. The first callback of an organization makes `default`. */
const webhookOf = (organization: number, id: string, context: DeliveryContext): Promise<Webhook | undefined> =>
  id === defaultWebhook
    ? defaultWebhookOf(organization, context)
    : deliveryStore(context.tableOf(organization)).webhook(id);

const isAttempt = (received: Received<Work>): received is Received<AttemptMessage> =>
  received.message.schema === 'webhook.v1';

async function jobOf({ message, receives }: Received<AttemptMessage>, context: DeliveryContext): Promise<Job> {
  const { org_id: organization, webhook_id: webhook, event_id: id } = message;
  const store = deliveryStore(context.tableOf(organization));
  const [stored, event] = await Promise.all([store.delivery(webhook, id), store.event(id)]);
  return { message, isRepeated: receives > 1, stored, event };
}

/** One table for each organization, so that reads which start together share a round trip. */
function sharedTables({ tableOf }: DeliveryContext): DeliveryContext['tableOf'] {
  const tables = new Map<number, ReturnType<typeof tableOf>>();
  return (organization) => {
    const table = tables.get(organization) ?? tableOf(organization);
    tables.set(organization, table);
    return table;
  };
}

/** The attempts to one receiver, by the rules of the queue that they came by. */
async function attemptAll(
  received: readonly Received<AttemptMessage>[],
  started: number,
  context: DeliveryContext,
): Promise<ReadonlyMap<string, Outcome>> {
  const [first] = received;
  if (first === undefined) return new Map();
  const { org_id: organization, webhook_id: id, queue } = first.message;
  const [webhook, jobs] = await Promise.all([
    webhookOf(organization, id, context),
    Promise.all(received.map((each) => jobOf(each, context))),
  ]);
  const attempts = queue === 'webhook-deliver' ? attemptQuickly : attemptPatiently;
  const outcomes = webhook === undefined ? [] : await attempts(webhook, jobs, started, context);
  const done: Outcome = { status: 'fulfilled', value: undefined };
  return new Map(received.map((each, at) => [each.id, outcomes[at] ?? done]));
}

async function redeliverOne(message: RedeliveryMessage, context: DeliveryContext): Promise<void> {
  const webhook = await webhookOf(message.org_id, message.webhook_id, context);
  if (webhook?.enabled === true) await redeliver(webhook, message, context);
}

/** The messages of each receiver, each group alone; a slow one holds up no other. */
async function deliverAll(received: readonly Received<Work>[], given: DeliveryContext): Promise<Outcome[]> {
  const context = { ...given, tableOf: sharedTables(given) };
  const started = context.clock().getTime();
  const outcomes = new Map<string, Outcome>();
  const groups = Map.groupBy(received.filter(isAttempt), ({ message }) => `${message.org_id}/${message.webhook_id}`);
  const attempts = [...groups.values()].map(async (group) => {
    const [outcome] = await Promise.allSettled([attemptAll(group, started, context)]);
    for (const { id } of group)
      outcomes.set(id, outcome.status === 'rejected' ? outcome : (outcome.value.get(id) ?? outcome));
  });
  const redeliveries = received.map(async ({ id, message }) => {
    if (message.schema === 'webhook-redelivery.v1')
      outcomes.set(id, (await Promise.allSettled([redeliverOne(message, context)]))[0]);
  });
  await Promise.all([...attempts, ...redeliveries]);
  return received.flatMap(({ id }) => outcomes.get(id) ?? []);
}

/** Entries of a SendMessageBatch (SQS API Reference). */
const sendLimits = { max: 10, concurrency: 4 };

/** The context of a process: what its deliveries store and send at the same time takes one call. */
export function deliveryContext(
  context: BackgroundContext<typeof webhookRetries>,
  seals: Seals,
  brakeHosts: DeliveryContext['brakeHosts'],
): DeliveryContext {
  const commit = newCommitBatcher(context);
  const send = newBatcher<Message, true>(async (messages) => {
    await context.queues.send('webhook-retry', messages);
    return messages.map(() => true);
  }, sendLimits);
  return {
    ...context,
    seals,
    brakeHosts,
    commitWithOthers: (receiver) => (organization, writes) =>
      commit({ organization, writes, key: `${organization}/${receiver}` }),
    sendRetry: async (message) => void (await send(message)),
  };
}

/** The function of both queues. @throws Error without secrets, which open those of webhooks */
export function webhookDeliveryHandler(
  dependencies: ConsumerDependencies = {
    ...consumerDependencies(),
    secrets: secretsFromEnvironment(),
    outbound: outboundFromEnvironment(),
  },
) {
  if (dependencies.secrets === undefined) throw new Error('signing needs secrets');
  const seals = sealsFrom(dependencies.secrets);
  const brake = newBrake(windowsOfProcess());
  return consume(
    webhookRetries,
    (received, context) => deliverAll(received, deliveryContext(context, seals, brake)),
    dependencies,
  );
}

export const handler = webhookDeliveryHandler();

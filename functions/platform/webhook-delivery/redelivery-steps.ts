import { isChosen, newDelivery, restartDelivery, type Delivery } from '#schema/webhook/delivery.ts';
import type { Webhook } from '#schema/webhook/webhook.ts';
import type { DeliveryContext } from './attempt-steps.ts';
import { attemptMessage, redeliveryMessage, type RedeliveryMessage } from './contract.ts';
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

import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import { isLogged } from '../../platform/rows/logged-event.ts';
import { consume, consumerDependencies, type Delivery } from '../../../shared/queue/consume.ts';
import { sealAll } from '../../../shared/schema/event-chain.ts';
import { subscribersTo } from '../../../shared/schema/webhook/subscription.ts';
import { messagesOnEvents } from '../../../shared/contract/consequences.ts';
import type { FunctionContract } from '../../../shared/contract/resource.ts';
import { consumers } from '../../consumers.ts';
import { eventSealer } from './contract.ts';
import { appendWrites, sealerStore, settleWrites } from './store.ts';

/** `served`: the contracts whose consumers events start. */
type Sealing = BackgroundContext<typeof eventSealer> & { readonly served: readonly FunctionContract[] };
type Message = { readonly org_id: number; readonly event_id: string };

/** Settles events of one organization in one transaction, each once. Settled and deleted events are skipped. */
const settleEvents = (
  organization: number,
  ids: readonly string[],
  { tableOf, transact, clock, queues, served }: Sealing,
): Promise<void> =>
  transact(organization, async () => {
    const store = sealerStore(tableOf(organization));
    const [pending, webhooks] = await Promise.all([store.pending(ids), store.webhooks()]);
    const wanted = messagesOnEvents(served, pending, (event) => subscribersTo(event, webhooks));
    // Sent before the events are settled, so that each message is queued at least once.
    await Promise.all(wanted.map(({ queue, messages }) => queues.send(queue, messages)));
    const audited = pending.filter(isLogged);
    const head = audited.length === 0 ? undefined : await store.head();
    return [...appendWrites(sealAll(audited, head), head), ...settleWrites(pending, clock())];
  });

/**
 * Settles the events in one transaction, as entries of a chain contend for its head. If that fails, settles them one by
 * one, so that a failing event does not hold up the others.
 */
async function settleOrganization(
  organization: number,
  ids: readonly string[],
  context: Sealing,
): Promise<ReadonlyMap<string, PromiseSettledResult<void>>> {
  const settled = new Map<string, PromiseSettledResult<void>>();
  const [outcome] = await Promise.allSettled([settleEvents(organization, ids, context)]);
  for (const id of ids) settled.set(id, outcome);
  if (outcome.status === 'fulfilled' || ids.length === 1) return settled;
  for (const id of ids) settled.set(id, (await Promise.allSettled([settleEvents(organization, [id], context)]))[0]);
  return settled;
}

async function settleAll(
  deliveries: readonly Delivery<Message>[],
  context: Sealing,
): Promise<PromiseSettledResult<void>[]> {
  const organizations = Map.groupBy(deliveries, ({ message }) => message.org_id);
  const outcomes = new Map(
    await Promise.all(
      [...organizations].map(async ([organization, group]) => {
        const ids = [...new Set(group.map(({ message }) => message.event_id))];
        return [organization, await settleOrganization(organization, ids, context)] as const;
      }),
    ),
  );
  return deliveries.flatMap(({ message }) => outcomes.get(message.org_id)?.get(message.event_id) ?? []);
}

/** @param served the contracts whose consumers events start */
export const eventSealerHandler = (
  dependencies = consumerDependencies(),
  served: readonly FunctionContract[] = consumers,
) => consume(eventSealer, (deliveries, context) => settleAll(deliveries, { ...context, served }), dependencies);

export const handler = eventSealerHandler();

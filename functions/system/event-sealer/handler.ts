import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import { isLogged } from '../../platform/rows/logged-event.ts';
import { consume, consumerDependencies, type Delivery } from '../../../shared/queue/consume.ts';
import { exportStart, isExportStart } from '../../billing/cdr-exports/contract.ts';
import { isTaskStart, startMessage } from '../../billing/cdr-tasks/contract.ts';
import { isEmailQueued, queuedMessage } from '../../messaging/email-delivery/contract.ts';
import { isRemoval, removalMessage } from '../cascading-deletes/contract.ts';
import { sealAll } from '../../../shared/schema/event-chain.ts';
import { eventSealer } from './contract.ts';
import { appending, sealerStore, settlement } from './store.ts';

type SealerContext = BackgroundContext<typeof eventSealer>;
type Message = { readonly org_id: number; readonly event_id: string };

/** Settles events of one organization in one transaction, each once: what is settled, or gone, is left alone. */
const settle = (
  organization: number,
  ids: readonly string[],
  { tableOf, transact, clock, queues }: SealerContext,
): Promise<void> =>
  transact(organization, async () => {
    const store = sealerStore(tableOf(organization));
    const pending = await store.pending(ids);
    // Before they are settled, so that what a change leaves to be done is queued at least once.
    await queues.send('removals', pending.filter(isRemoval).map(removalMessage));
    await queues.send('cdr-tasks', pending.filter(isTaskStart).map(startMessage));
    await queues.send('cdr-exports', pending.filter(isExportStart).map(exportStart));
    await queues.send('email-send', pending.filter(isEmailQueued).map(queuedMessage));
    const audited = pending.filter(isLogged);
    const head = audited.length === 0 ? undefined : await store.head();
    return [...appending(sealAll(audited, head), head), ...settlement(pending, clock())];
  });

/**
 * Together, as entries of a chain contend for its head; if that fails, one by one, so that none holds up the others.
 */
async function settleOrganization(
  organization: number,
  ids: readonly string[],
  context: SealerContext,
): Promise<ReadonlyMap<string, PromiseSettledResult<void>>> {
  const settled = new Map<string, PromiseSettledResult<void>>();
  const [together] = await Promise.allSettled([settle(organization, ids, context)]);
  for (const id of ids) settled.set(id, together);
  if (together.status === 'fulfilled' || ids.length === 1) return settled;
  for (const id of ids) settled.set(id, (await Promise.allSettled([settle(organization, [id], context)]))[0]);
  return settled;
}

async function settleAll(
  deliveries: readonly Delivery<Message>[],
  context: SealerContext,
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

/** @param outside what the function touches; tests bring their own */
export const eventSealerHandler = (dependencies = consumerDependencies()) =>
  consume(eventSealer, settleAll, dependencies);

export const handler = eventSealerHandler();

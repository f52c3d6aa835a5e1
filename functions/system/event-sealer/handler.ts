import { join } from 'node:path';
import { assetsIn, type Assets } from '#runtime/assets.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { isLogged } from '../../platform/rows/logged-event.ts';
import { consume, consumerDependencies, type ConsumerDependencies, type Delivery } from '#runtime/consume.ts';
import type { EventCatalogue } from '#schema/event-catalogue.ts';
import { sealAll } from '#schema/event-chain.ts';
import { subscribersTo } from '#schema/webhook/subscription.ts';
import { messagesOnEvents, startedByCascades } from '#contract/consequences.ts';
import { eventCatalogueIn } from '#runtime/event-catalogue.ts';
import type { FunctionContract } from '#contract/resource.ts';
import { consumersIn } from '#contract/shared-queues.ts';
import { maximumWrites } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { cacheResults } from '#concurrency/cache.ts';
import { sealsFrom, type Macs, type Seals } from '#secrets/seals.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { rulesFor, type Trigger } from '#schema/notifier/notifier-settings.ts';
import { second } from '#schema/time.ts';
import { consumers } from '../consumers/all-consumers.ts';
import { eventSealer } from './contract.ts';
import { batchOf } from './persons-steps.ts';
import { appendWrites, sealerStore, settleWrites, withToken } from './store.ts';

type Sealing = BackgroundContext<typeof eventSealer> & {
  /** The contracts whose consumers events start. */
  readonly served: readonly FunctionContract[];
  readonly catalogue: EventCatalogue;
  /** The rules of an organization, as they were up to 10 seconds ago. */
  readonly cachedRules: (organization: number) => Promise<readonly Trigger[]>;
  readonly seals: Seals & Macs;
};
type Message = { readonly org_id: number; readonly event_id: string };

/** Items of a transaction that settles events: without the head of the chain. */
const room = maximumWrites - 1;

/**
 * Settles events of one organization, each once: as many in one transaction as it has items for them and for the keys
 * of the persons whom they name. Settled and deleted events are skipped. @returns the events that are left
 */
async function settleSome(
  organization: number,
  ids: readonly string[],
  { tableOf, transact, clock, queues, nextId, served, catalogue, cachedRules, seals }: Sealing,
): Promise<readonly string[]> {
  let left: readonly string[] = [];
  await transact(organization, async () => {
    const table = tableOf(organization);
    const store = sealerStore(table);
    const [pending, webhooks] = await Promise.all([store.pending(ids), store.webhooks()]);
    const batch = await batchOf(pending, (event) => isLogged(catalogue, event), room, {
      organization,
      table,
      seals,
      nextId,
    });
    const { events, sealings, keys } = batch;
    left = pending.slice(events.length).map(({ id }) => id);
    // Who files an event with `notify` is answered how many rules it starts, so that these are read.
    const isAsked = events.some(({ notify }) => notify === true);
    const rules = await (isAsked ? store.rules() : cachedRules(organization));
    const wanted = messagesOnEvents(served, events, (event) => [
      ...subscribersTo(event, webhooks),
      ...(rulesFor(event, rules).length > 0 ? [{ kind: 'rules' as const }] : []),
    ]);
    // Sent before the events are settled, so that each message is queued at least once.
    await Promise.all(wanted.map(({ queue, messages }) => queues.send(queue, messages)));
    const head = sealings.length === 0 ? undefined : await store.head();
    const entries = sealAll(sealings, keys, head).map((entry, at) => withToken(entry, sealings[at]?.lookup_token));
    return [...appendWrites(entries, head), ...batch.writes, ...settleWrites(events, clock())];
  });
  return left;
}

async function settleEvents(organization: number, ids: readonly string[], context: Sealing): Promise<void> {
  for (let left = ids; left.length > 0;) left = await settleSome(organization, left, context);
}

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

/**
 * @param assets the files beside the bundle
 * @param served the contracts whose consumers events start
 * @throws Error without secrets, which seal the keys of persons
 */
export const eventSealerHandler = (
  dependencies: ConsumerDependencies = { ...consumerDependencies(), secrets: secretsFromEnvironment() },
  assets: Assets = assetsIn(join(import.meta.dirname, 'assets')),
  served: readonly FunctionContract[] = consumers,
) => {
  if (dependencies.secrets === undefined) throw new Error('sealing the keys of persons needs secrets');
  const seals = sealsFrom(dependencies.secrets);
  // An organization without rules costs one read in ten seconds, and none for each event.
  const cachedRules = cacheResults(
    (organization: number) => sealerStore(tableFor(dependencies.store, organization)).rules(),
    { ttl: 10 * second, max: 5_000 },
    () => dependencies.clock().getTime(),
  );
  return consume(
    eventSealer,
    (deliveries, context) => {
      const catalogue = eventCatalogueIn(assets);
      const started = startedByCascades(consumersIn(served), catalogue.cascades);
      return settleAll(deliveries, { ...context, served: started, catalogue, cachedRules, seals });
    },
    dependencies,
  );
};

export const handler = eventSealerHandler();

import type { Context } from '#http/handlers.ts';
import type { Sender } from '../cdr-ingest/arrival.ts';
import type { Cdr } from '../cdr-ingest/cdr.ts';
import type { Rating } from '../cdr-ingest/rating.ts';
import type { TariffCache } from '../cdr-ingest/tariff-cache.ts';
import type { cdrs } from './contract.ts';
import { accountFor, periodsOf, rateAll, sellerTo } from './pricing.ts';
import { tariffOf, termsStore } from './store.ts';
import type { Judged } from './submission.ts';

type Tools = { readonly context: Context<typeof cdrs>; readonly cache: TariffCache; readonly now: number };

async function rateOwn(
  organization: number,
  cdrs: readonly Cdr[],
  from: Sender,
  { context, cache, now }: Tools,
): Promise<ReadonlyMap<string, Rating>> {
  const store = termsStore(context.tableOf(organization));
  const payer = await store.payer();
  if (payer === null) return new Map();
  const { item, profile } = payer;
  const tariffId = profile?.tariffId ?? null;
  const [tariff, trunkFormats] = await Promise.all([
    tariffId === null ? null : tariffOf(context.tableOf(sellerTo(payer)), tariffId, cache),
    store.trunkFormats(cdrs.map(({ trunk_id: trunk }) => trunk)),
  ]);
  const opened = accountFor({ item, profile, tariff }, trunkFormats, now, context.environment);
  const used = periodsOf(cdrs, opened).map(async (period) => [period, await store.used(period)] as const);
  return rateAll(cdrs, from, opened, new Map(await Promise.all(used)));
}

/** The ratings that accepted records would get, by the ids of their CDRs. @param from names the producer */
export async function rateAccepted(
  judged: readonly Judged[],
  from: Sender,
  tools: Tools,
): Promise<ReadonlyMap<string, Rating>> {
  const accepted = judged.flatMap((each) => (each.status === 'accepted' ? [each.cdr] : []));
  const byOrganization = [...Map.groupBy(accepted, ({ organization }) => organization)];
  const rated = await Promise.all(byOrganization.map(([organization, own]) => rateOwn(organization, own, from, tools)));
  return new Map(rated.flatMap((ratings) => [...ratings]));
}

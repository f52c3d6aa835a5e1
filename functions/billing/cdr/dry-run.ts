/** What records would cost if they were filed now (functions/billing/cdr-formats/README.md, "Dry runs"). */
import type { Context } from '#http/handlers.ts';
import { readTrunkFormats } from '#dynamodb/rows/trunk.ts';
import { readPayer, readBalance, usageRow } from '../charging/row.ts';
import type { Sender } from '../cdr-ingest/arrival.ts';
import { periodFor } from '../cdr-ingest/booking-date.ts';
import type { Cdr } from '../cdr-ingest/cdr.ts';
import { fileCdr, openAccount, sellerOf } from '../cdr-ingest/filed-cdr.ts';
import type { PeriodUsage, Rating } from '../cdr-ingest/rating.ts';
import { tariffCache, type TariffCache } from '../cdr-ingest/tariff-cache.ts';
import { countsUsage, NOTHING_USED, usageAfter, usageBefore } from '../cdr-ingest/usage.ts';
import type { PeriodName } from '../schema/period.ts';
import { loadTariff } from '../tariffs/row.ts';
import type { cdrs } from './contract.ts';
import type { Judged } from './submission.ts';

type CdrContext = Context<typeof cdrs>;
export const newTariffCache = (): TariffCache => tariffCache();

/** Rates the CDRs of an organization in their order, each by what its period has used after the one before it. */
async function rateOwn(
  organization: number,
  cdrs: readonly Cdr[],
  from: Sender,
  { context, cache, now }: { readonly context: CdrContext; readonly cache: TariffCache; readonly now: number },
): Promise<(readonly [string, Rating])[]> {
  const table = context.tableOf(organization);
  const payer = await readPayer(table);
  if (payer === null) return [];
  const { item, profile } = payer;
  const tariffId = profile?.tariffId ?? null;
  const [tariff, trunkFormats] = await Promise.all([
    tariffId === null ? null : loadTariff(context.tableOf(sellerOf(item)), tariffId, cache),
    readTrunkFormats(
      table,
      cdrs.flatMap(({ trunk_id: trunk }) => trunk ?? []),
    ),
  ]);
  const opened = openAccount({ item, profile, tariff }, now, context.environment);
  const account = { ...opened.account, trunkFormats };
  const used = new Map<PeriodName, PeriodUsage>();
  const ratings: (readonly [string, Rating])[] = [];
  for (const [position, cdr] of cdrs.entries()) {
    const { name } = periodFor(cdr.start_time, opened.calendar);
    const usage =
      used.get(name) ??
      (countsUsage(account)
        ? usageBefore(name, await table.get(usageRow, { period: name }), await readBalance(table))
        : NOTHING_USED);
    const inputs = { calendar: opened.calendar, usage, carrier: null };
    const { rating } = fileCdr({ cdr, from, position }, account, inputs);
    used.set(name, usageAfter(usage, rating));
    ratings.push([cdr.id, rating]);
  }
  return ratings;
}

/** The ratings that accepted records would get, by the id of their CDR. @param from names the producer of the records */
export async function rateAccepted(
  judged: readonly Judged[],
  from: Sender,
  dependencies: Parameters<typeof rateOwn>[3],
): Promise<ReadonlyMap<string, Rating>> {
  const accepted = judged.flatMap((each) => (each.status === 'accepted' ? [each.cdr] : []));
  const byOrganization = [...Map.groupBy(accepted, ({ organization }) => organization)];
  const rated = await Promise.all(
    byOrganization.map(([organization, own]) => rateOwn(organization, own, from, dependencies)),
  );
  return new Map(rated.flat());
}

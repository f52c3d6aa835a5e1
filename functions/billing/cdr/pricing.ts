/** What records would cost if they were filed now (functions/billing/cdr/formats/README.md, "Dry runs"). */
import type { NumberFormat } from '#telephony/number-format.ts';
import type { Sender } from '../cdr-ingest/arrival.ts';
import { periodFor } from '../cdr-ingest/booking-date.ts';
import type { Cdr } from '../cdr-ingest/cdr.ts';
import { fileCdr, openAccount, sellerOf, type OpenAccount, type Payer } from '../cdr-ingest/filed-cdr.ts';
import type { PeriodUsage, Rating } from '../cdr-ingest/rating.ts';
import { tariffCache, type TariffCache } from '../cdr-ingest/tariff-cache.ts';
import { countsUsage, NOTHING_USED, usageAfter, usageBefore } from '../cdr-ingest/usage.ts';
import type { BalancePart, UsedOfPeriod } from '../schema/balance.ts';
import type { PeriodName } from '../schema/period.ts';

export const newTariffCache = (): TariffCache => tariffCache();

/** The organization whose tariff a payer has. */
export const sellerTo = ({ item }: Pick<Payer, 'item'>): number => sellerOf(item);

/** The account of a payer, with the number formats of its trunks by id. @param now Unix milliseconds */
export function accountFor(
  payer: Payer,
  trunkFormats: ReadonlyMap<string, NumberFormat>,
  now: number,
  environment: Readonly<Record<string, string | undefined>>,
): OpenAccount {
  const { account, calendar } = openAccount(payer, now, environment);
  return { account: { ...account, trunkFormats }, calendar };
}

/** The periods whose usage the prices of CDRs depend on. */
export const periodsOf = (cdrs: readonly Cdr[], { account, calendar }: OpenAccount): readonly PeriodName[] =>
  countsUsage(account) ? [...new Set(cdrs.map((cdr) => periodFor(cdr.start_time, calendar).name))] : [];

/** What a period has used, as it is stored. */
export type Used = { readonly item: UsedOfPeriod | undefined; readonly balance: readonly BalancePart[] };

/**
 * The ratings of CDRs by their ids, each by what its period has used after the one before it.
 * @param from names the producer of the records @param stored of the periods that their prices depend on
 */
export function rateAll(
  cdrs: readonly Cdr[],
  from: Sender,
  { account, calendar }: OpenAccount,
  stored: ReadonlyMap<PeriodName, Used>,
): ReadonlyMap<string, Rating> {
  const used = new Map<PeriodName, PeriodUsage>(
    [...stored].map(([period, { item, balance }]) => [period, usageBefore(period, item, balance)]),
  );
  const ratings = new Map<string, Rating>();
  for (const [position, cdr] of cdrs.entries()) {
    const { name } = periodFor(cdr.start_time, calendar);
    const usage = used.get(name) ?? NOTHING_USED;
    const { rating } = fileCdr({ cdr, from, position }, account, { calendar, usage, carrier: null });
    used.set(name, usageAfter(usage, rating));
    ratings.set(cdr.id, rating);
  }
  return ratings;
}

import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { maximumWrites, type FailedCondition } from '#dynamodb/commit.ts';
import { fromAttributes } from '#dynamodb/row.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { readTrunkFormats } from '#dynamodb/rows/trunk.ts';
import type { Table } from '#dynamodb/table.ts';
import { create, overwrite, type Write } from '#dynamodb/write.ts';
import type { PeriodName } from '../schema/period.ts';
import { readBalance, readPayer, usageRow } from '../charging/row.ts';
import type { Reservation } from '../reservations/reservation.ts';
import { readReservations, settlementWrites } from '../reservations/row.ts';
import { loadCostTariffs, loadTariff } from '../tariffs/row.ts';
import { bookingDateOf } from './booking-date.ts';
import { pointerTo } from './cdr-pointer.ts';
import type { cdrIngest } from './contract.ts';
import type { FiledCdr } from './filed-cdr.ts';
import { hasReseller, type SalesChain } from './sales-chain.ts';
import { cdrCallRow, cdrPartyRow, cdrRow } from './row.ts';
import { halfOf } from '#schema/number-sums.ts';
import { endingItems, type ReservedCalls } from './reserved-calls.ts';
import type { TariffCache } from './tariff-cache.ts';

type Reads = Table<ReadName<EffectOf<typeof cdrIngest>>>;
type TableOf = (organization: number) => Reads;

/** Reads what calls are charged by. @param tableOf tables of any organization */
export const termsStore = (tableOf: TableOf) => ({
  /** Number formats of trunks of the organization, by id. */
  trunkFormats: (organization: number, trunks: readonly string[]) => readTrunkFormats(tableOf(organization), trunks),
  payer: (organization: number) => readPayer(tableOf(organization)),
  exists: async (organization: number) => (await tableOf(organization).get(organizationRow, {})) !== undefined,
  tariff: (seller: number, id: string, cache: TariffCache) => loadTariff(tableOf(seller), id, cache),
  /** Cost tariffs by trunk. @param operator the organization that carriers charge */
  carriers: (operator: number, trunks: readonly string[], cache: TariffCache) =>
    loadCostTariffs(tableOf(operator), trunks, cache),
});

/** @param table of the organization that is charged */
export const accountStore = (table: Reads) => ({
  balance: () => readBalance(table),
  /** By call. Not read without calls. */
  reservations: async (calls: readonly string[]): Promise<ReservedCalls> =>
    calls.length === 0 ? new Map() : readReservations(table, calls),
  /** Must be read before the balance: then every later use of the period changes the version that was read. */
  usage: (period: PeriodName) => table.get(usageRow, { period }),
});

export const readCdr = (table: Pick<Reads, 'get'>, id: string): Promise<FiledCdr | undefined> =>
  table.get(cdrRow, { id });

/** The CDR and the two pointers by which lists find it. */
const writesPerCdr = 3;
/** The event; and the item of credits, for the currency of a balance that has none and for ended reservations. */
const writesPerTransaction = 2;

/** Maximum number of CDRs in a transaction. */
export const maxCdrs = Math.floor((maximumWrites - writesPerTransaction) / writesPerCdr);

/**
 * Items that a CDR shares with others of its transaction: sums of period, day and numbers, usage, counts of its batch,
 * the count and the event of unrated calls, and counters.
 */
function sharedItemsOf(cdr: FiledCdr, chain: SalesChain): string[] {
  const { batch_id, number } = cdr;
  const { period, day } = bookingDateOf(cdr.rating, cdr.start_time);
  const { reason } = cdr.rating;
  const callDay = cdr.start_time.slice(0, 10);
  const numberHalf = `${number ?? ''} ${halfOf(callDay)}`;
  return [
    `period ${period}`,
    `usage ${period}`,
    `day ${day} ${callDay}`,
    ...(batch_id === null ? [] : [`batch ${batch_id}`]),
    `own ${numberHalf}`,
    ...(hasReseller(chain) ? [] : [`sold ${numberHalf}`]),
    ...(reason === null ? [] : [`unrated ${reason}`, `reported ${reason}`]),
    ...(cdr.counted === undefined ? [] : [`calls ${cdr.counted.day}`, `places ${cdr.counted.day}`]),
    ...(cdr.counted === undefined || hasReseller(chain) ? [] : [`sales ${cdr.counted.day}`]),
  ];
}

/** As many of the first CDRs as one transaction can hold. @param reserved the reservations that they end */
export function fitTransaction<T extends { readonly filed: FiledCdr }>(
  waiting: readonly T[],
  chain: SalesChain,
  reserved: ReservedCalls = new Map(),
): readonly T[] {
  const shared = new Set<string>();
  let own = 0;
  const tooMany = waiting.findIndex(({ filed }) => {
    for (const item of sharedItemsOf(filed, chain)) shared.add(item);
    own += writesPerCdr + endingItems(filed, reserved);
    return own + shared.size + writesPerTransaction > maximumWrites;
  });
  return tooMany < 0 ? waiting : waiting.slice(0, tooMany);
}

/** Creates CDRs with their pointers. The first writes are the CDRs, in their order; each fails if its CDR is stored. */
export const newCdrWrites = (cdrs: readonly FiledCdr[]): Write<'cdr' | 'cdrparty' | 'cdrcall'>[] => [
  ...cdrs.map((cdr) => create(cdrRow, cdr)),
  ...cdrs.flatMap((cdr) => [overwrite(cdrPartyRow, pointerTo(cdr)), overwrite(cdrCallRow, pointerTo(cdr))]),
];

/** The stored CDRs, by id, for which `newCdrWrites` failed. */
export const storedInstead = (
  failed: readonly FailedCondition[],
  cdrs: readonly FiledCdr[],
): ReadonlyMap<string, FiledCdr> =>
  new Map(
    failed.flatMap(({ at, stored }) => {
      const cdr = cdrs[at];
      return cdr === undefined || stored === undefined
        ? []
        : [[cdr.id, fromAttributes<FiledCdr>(cdrRow, stored)] as const];
    }),
  );

const readBefore: readonly (string | undefined)[] = ['usage', 'unrated', 'reservation'];

/** Whether another transaction has changed the usage of a period, unrated calls or a reservation since the read. */
export const isStale = (failed: readonly FailedCondition[], writes: readonly Write[]): boolean =>
  failed.some(({ at }) => readBefore.includes(writes[at]?.effect));

/** What CDRs change beside sums: they end reservations, and the first charge fixes the currency of a balance. */
export const settleWrites = (ended: readonly Reservation[], currency: string | null) =>
  settlementWrites(ended, currency);

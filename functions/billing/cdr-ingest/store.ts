import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { maximumWrites, type FailedCondition } from '../../../shared/dynamodb/commit.ts';
import { fromAttributes } from '../../../shared/dynamodb/row.ts';
import { organizationRow } from '../../../shared/dynamodb/rows/organization.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { create, overwrite, type Write } from '../../../shared/dynamodb/write.ts';
import type { PeriodName } from '../billing-profiles/period.ts';
import { creditChange, creditRow, fixingCurrency, readPayer, usageRow, type Told } from '../billing-profiles/row.ts';
import { takeCarriers, takeTariff } from '../tariffs/row.ts';
import { placeOf } from './booking.ts';
import type { cdrIngest } from './contract.ts';
import type { FiledCdr } from './filed-cdr.ts';
import type { Chain } from './movement.ts';
import { cdrCallRow, cdrPartyRow, cdrRow, pointerTo } from './row.ts';
import type { TariffCache } from './tariff-cache.ts';

type Reads = Table<ReadName<EffectOf<typeof cdrIngest>>>;
type TableOf = (organization: number) => Reads;

/** What calls are charged by. @param tableOf rows of any organization */
export const termsStore = (tableOf: TableOf) => ({
  payer: (organization: number) => readPayer(tableOf(organization)),
  exists: async (organization: number) => (await tableOf(organization).get(organizationRow, {})) !== undefined,
  tariff: (seller: number, id: string, cache: TariffCache) => takeTariff(tableOf(seller), id, cache),
  /** @param operator whom carriers charge */
  carriers: (operator: number, trunks: readonly string[], cache: TariffCache) =>
    takeCarriers(tableOf(operator), trunks, cache),
});

/** @param table of the organization that is charged */
export const accountStore = (table: Reads) => ({
  balance: async () => (await table.query(creditRow, {})).items,
  /** Read before the balance: whoever uses some of it in between makes the version another. */
  usage: (period: PeriodName) => table.get(usageRow, { period }),
});

export const filedCdr = (table: Pick<Reads, 'get'>, id: string): Promise<FiledCdr | undefined> =>
  table.get(cdrRow, { id });

/** The CDR, and the two pointers that lists find it by. */
const writesPerCdr = 3;
/** The event, and the currency of a balance that had none. */
const writesPerTransaction = 2;

/** CDRs of a transaction at most. */
export const maxCdrs = Math.floor((maximumWrites - writesPerTransaction) / writesPerCdr);

/** What else CDRs of a transaction write to: sums of periods, days and numbers, usage, the counts of their batches. */
const beside = ({ batch_id, number, ...cdr }: FiledCdr, chain: Chain): string[] => {
  const { period, day } = placeOf(cdr.rating, cdr.start_time);
  const ofNumber = `${number ?? ''} ${cdr.start_time.slice(0, 10)}`;
  return [
    `period ${period}`,
    `usage ${period}`,
    `day ${day}`,
    ...(batch_id === null ? [] : [`batch ${batch_id}`]),
    `own ${ofNumber}`,
    ...(chain.seller === chain.operator ? [`sold ${ofNumber}`] : []),
  ];
};

/** As many CDRs, from the first on, as one transaction files. */
export function asManyAsFit<T extends { readonly filed: FiledCdr }>(waiting: readonly T[], chain: Chain): readonly T[] {
  const others = new Set<string>();
  const fitting = waiting.findIndex(({ filed }, at) => {
    for (const other of beside(filed, chain)) others.add(other);
    return (at + 1) * writesPerCdr + others.size + writesPerTransaction > maximumWrites;
  });
  return fitting < 0 ? waiting : waiting.slice(0, fitting);
}

/** CDRs that must not be there yet: the first writes of their transaction, in their order. */
export const newCdrs = (cdrs: readonly FiledCdr[]): Write<'cdr' | 'cdrparty' | 'cdrcall'>[] => [
  ...cdrs.map((cdr) => create(cdrRow, cdr)),
  ...cdrs.flatMap((cdr) => [overwrite(cdrPartyRow, pointerTo(cdr)), overwrite(cdrCallRow, pointerTo(cdr))]),
];

/** The CDRs of a transaction that failed which were there already, by their places. */
export const cdrsFound = (
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

/** Fails when the profile has another currency by now. */
export const firstCharge = (currency: string): Write<'balance'> => fixingCurrency(currency);

/** Notes how a balance stands, of which is told. */
export const creditStanding = (told: Told): Write<'balance'> => creditChange(told, { to: 'standing' });

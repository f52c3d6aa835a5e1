import type { ReadName } from '../../shared/contract/effects.ts';
import type { EffectOf } from '../../shared/contract/resource.ts';
import { maximumWrites, type FailedCondition } from '../../shared/dynamodb/commit.ts';
import { fromAttributes } from '../../shared/dynamodb/row.ts';
import { organizationRow } from '../../shared/dynamodb/rows/organization.ts';
import type { Slice, Table } from '../../shared/dynamodb/table.ts';
import { change, create, overwrite, remove, type Write } from '../../shared/dynamodb/write.ts';
import { billingProfileRow, chargesRow, creditRow, profileOf } from '../billing-profiles/row.ts';
import type { Rate } from '../tariffs/rate.ts';
import { ratesIn, tariffPartRow, tariffRow, type TariffPart } from '../tariffs/row.ts';
import type { Tariff } from '../tariffs/tariff.ts';
import type { cdrIngest } from './contract.ts';
import type { FiledCdr, Sums } from './filed-cdr.ts';
import { cdrCallRow, cdrPartyRow, cdrRow, pointerTo, timeKey } from './row.ts';

type Reads = Table<ReadName<EffectOf<typeof cdrIngest>>>;
type TableOf = (organization: number) => Reads;

/** What calls are charged by. @param tableOf rows of any organization */
export const termsStore = (tableOf: TableOf) => ({
  /** Null where there is no such organization. */
  payer: async (organization: number) => {
    const table = tableOf(organization);
    const [item, profile, credit] = await Promise.all([table.get(organizationRow, {}), table.get(billingProfileRow, {}), table.get(creditRow, {})]);
    if (item === undefined) return null;
    return { item, profile: profile === undefined ? null : profileOf(profile), currencyFixed: credit?.fixed === true };
  },
  exists: async (organization: number) => (await tableOf(organization).get(organizationRow, {})) !== undefined,
  tariff: async (seller: number, id: string) => tableOf(seller).get(tariffRow, { id }),
  /** A version whole; what never changes may be kept. */
  version: async (seller: number, of: Pick<Tariff, 'id' | 'version'>): Promise<{ readonly tariff: Tariff; readonly rates: readonly Rate[] }> => {
    const parts = await partsOf(tableOf(seller), of);
    const [tariff] = parts.flatMap(({ as }) => (as === undefined ? [] : [as]));
    if (tariff === undefined) throw new Error(`${of.id} has no version ${of.version}`);
    return { tariff, rates: parts.flatMap(ratesIn) };
  },
});

async function partsOf(table: Reads, { id, version }: Pick<Tariff, 'id' | 'version'>): Promise<TariffPart[]> {
  const parts: TariffPart[] = [];
  let after: string | undefined;
  do {
    const slice: Slice<TariffPart> = await table.query(tariffPartRow, { tariff: id, version }, { order: 'asc', ...(after === undefined ? {} : { after }) });
    parts.push(...slice.items);
    after = slice.cursor;
  } while (after !== undefined);
  return parts;
}

export const filedCdr = (table: Pick<Reads, 'get'>, id: string): Promise<FiledCdr | undefined> => table.get(cdrRow, { id });

/** The CDR, and the two pointers that lists find it by. */
const writesPerCdr = 3;
/** The event, and the currency of a balance that had none. */
const writesPerTransaction = 2;

/** What else CDRs of a transaction write to: the charges of their periods, the counts of their batches. */
const beside = ({ rating, batch_id }: FiledCdr): string[] => [`period ${rating.period}`, ...(batch_id === null ? [] : [`batch ${batch_id}`])];

/** As many CDRs, from the first on, as one transaction files. */
export function asManyAsFit<T extends { readonly filed: FiledCdr }>(waiting: readonly T[]): readonly T[] {
  const others = new Set<string>();
  const fitting = waiting.findIndex(({ filed }, at) => {
    for (const other of beside(filed)) others.add(other);
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
export const cdrsFound = (failed: readonly FailedCondition[], cdrs: readonly FiledCdr[]): ReadonlyMap<string, FiledCdr> =>
  new Map(failed.flatMap(({ at, stored }) => {
    const cdr = cdrs[at];
    return cdr === undefined || stored === undefined ? [] : [[cdr.id, fromAttributes<FiledCdr>(cdrRow, stored)] as const];
  }));

/** A CDR in the place of the one that was read, under the condition that it still is that. */
export function replacingCdr(stored: FiledCdr, by: FiledCdr): Write<'cdr' | 'cdrparty' | 'cdrcall'>[] {
  const [present, pointer] = [pointerTo(stored), pointerTo(by)];
  const moves = present.callee_party !== pointer.callee_party || timeKey(present) !== timeKey(pointer);
  const asRead = { expression: 'content_hash = :hash AND received_as = :as', values: { ':hash': stored.content_hash, ':as': stored.received_as } };
  return [
    overwrite(cdrRow, by, asRead),
    ...(moves ? [remove(cdrPartyRow, present)] : []),
    overwrite(cdrPartyRow, pointer),
    overwrite(cdrCallRow, pointer),
  ];
}

/** Adds to the charges of each period, in one of the organization's shards. */
export const charging = (sums: readonly Sums[], shard: number): Write<'balance'>[] =>
  sums.map(({ period, charges, seconds, calls }) => change(chargesRow, { period, shard }, { set: { period, shard }, add: { charges, seconds, calls } }));

/** The first charge fixes what the balance is in; fails when the profile has another currency by now. */
export const fixingCurrency = (currency: string): Write<'balance'> =>
  change(creditRow, {}, {
    set: { currency, fixed: true },
    onlyIf: { expression: 'attribute_not_exists(#currency) OR #currency = :wanted', names: { '#currency': 'currency' }, values: { ':wanted': currency } },
  });

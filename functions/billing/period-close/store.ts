import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import type { Table } from '#dynamodb/table.ts';
import { numberRow, numbersOf } from '#dynamodb/rows/number.ts';
import { serviceListsAfter } from '#dynamodb/rows/subscription.ts';
import { change, type Write } from '#dynamodb/write.ts';
import type { PhoneNumber } from '#telephony/phone-number.ts';
import type { BillingProfile } from '../schema/billing-profile.ts';
import type { PeriodName } from '../schema/period.ts';
import { closingDue } from '../rows/billing-profile.ts';
import { readBalance, readPayer, readProfile, usageRow } from '../charging/row.ts';
import { tariffRow } from '../tariffs/row.ts';
import type { periodClose } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof periodClose>>>;

/** Numbers of a slice. Its transaction (at most 100 items) has an entry for the holder and one for its seller each. */
const numbersPerSlice = 40;

/** @param table of the organization whose period it is */
export const periodStore = (table: Reads) => ({
  payer: () => readPayer(table),
  isClosed: async (period: PeriodName) => (await table.get(usageRow, { period }))?.closed_at !== undefined,
  profile: () => readProfile(table),
  balance: () => readBalance(table),
});

/** A slice of the numbers of an organization, read consistently. @returns `last`: null if no numbers follow */
export async function numbersAfter(
  table: Reads,
  organization: number,
  after: string,
): Promise<{ readonly numbers: readonly PhoneNumber[]; readonly last: string | null }> {
  const { items, cursor } = await table.queryIndex(numberRow, 'GSI1', numbersOf(organization), {
    order: 'asc',
    limit: numbersPerSlice,
    between: [`${after}!`, '~'],
  });
  const numbers = await table.getAll(numberRow, items);
  return {
    numbers: numbers.filter((number) => number !== undefined),
    last: cursor === undefined ? null : (items.at(-1)?.number ?? null),
  };
}

/** Lists of services of a slice. Each has up to 20 that are charged, and a transaction takes 100 items. */
const listsPerSlice = 4;

/** A slice of the services of an organization. @returns `last`: null if no lists follow */
export const servicesBehind = (table: Reads, after: string) => serviceListsAfter(table, after, listsPerSlice);

/** @param table of the seller */
export const tariffOf = async (table: Reads, id: string | null) =>
  id === null ? null : ((await table.get(tariffRow, { id })) ?? null);

/** Marks a period as closed, unless it is. @param at ISO 8601 */
export const closingWrite = (period: PeriodName, at: string): Write<'usage'> =>
  change(
    usageRow,
    { period },
    {
      set: { period, closed_at: at },
      onlyIf: { expression: 'attribute_not_exists(#closed)', names: { '#closed': 'closed_at' } },
    },
  );

/** The timer that closes a period. @param grace milliseconds */
export const closingTimer = (profile: BillingProfile, period: PeriodName, grace: number): Write<'due'> =>
  closingDue(profile, period, grace);

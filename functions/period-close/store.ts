import type { ReadName } from '../../shared/contract/effects.ts';
import type { EffectOf } from '../../shared/contract/resource.ts';
import type { Table } from '../../shared/dynamodb/table.ts';
import { change, type Write } from '../../shared/dynamodb/write.ts';
import type { BillingProfile } from '../billing-profiles/billing-profile.ts';
import type { LedgerEntry } from '../billing-profiles/ledger.ts';
import type { PeriodName } from '../billing-profiles/period.ts';
import { bookingWrites, closingDue, creditRow, readPayer, usageRow, type Told } from '../billing-profiles/row.ts';
import { tariffRow } from '../tariffs/row.ts';
import type { periodClose } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof periodClose>>>;

/** @param table of the organization whose period it is */
export const periodStore = (table: Reads) => ({
  payer: () => readPayer(table),
  isClosed: async (period: PeriodName) => (await table.get(usageRow, { period }))?.closed_at !== undefined,
  balance: async () => (await table.query(creditRow, {})).items,
});

/** @param table of the seller */
export const tariffOf = async (table: Reads, id: string | null) => (id === null ? null : (await table.get(tariffRow, { id })) ?? null);

type Closed = { readonly period: PeriodName; readonly at: string; readonly entries: readonly LedgerEntry[]; readonly told: Told };

/** Closes a period that is open. */
export function closingWrites({ period, at, entries: [first, ...others], told }: Closed): Write<'usage' | 'ledger' | 'balance' | 'chargeday'>[] {
  const closed = change(usageRow, { period }, {
    set: { period, closed_at: at }, onlyIf: { expression: 'attribute_not_exists(#closed)', names: { '#closed': 'closed_at' } },
  });
  return [closed, ...(first === undefined ? [] : bookingWrites([first, ...others], told))];
}

/** Has a period closed in its time. @param grace milliseconds */
export const closeLater = (profile: BillingProfile, period: PeriodName, grace: number): Write<'due'> => closingDue(profile, period, grace);

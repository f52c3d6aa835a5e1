import type { StoredMoney } from './money.ts';
import { day as dayLength } from './time.ts';

/**
 * Sums of the calls of numbers: what they hold, and by which days (functions/billing/cdr-ingest/README.md, "Sums of
 * numbers").
 */

/** Stands for the number of calls that have none. */
export const OTHER_NUMBER = 'other';

/**
 * What calls of a number on a day (UTC) come to, as one organization sees them: those that it made, or those that it
 * sells. Amounts in micro-units.
 */
export type NumberSums = {
  readonly number: string;
  readonly day: string;
  /** The day (UTC) on which the organization's ledger books the calls, if that is another. */
  readonly rated_day?: string;
  /** Of own calls: their day in the time zone that the organization had. Absent: `GET /usage` does not count them. */
  readonly counted_day?: string;
  /** The organization that has the number. */
  readonly holder: number;
  /** Null: calls without a price, which are counted only. */
  readonly currency: string | null;
  readonly calls: number;
  readonly answered: number;
  /** Seconds from answer to end. */
  readonly talk: number;
  /** Seconds that are billed. */
  readonly billed: number;
  /** What the holder, or for a sale who buys it, is charged. */
  readonly charge: bigint;
  /** What sold calls cost who sells them, and the operator's own calls the operator. */
  readonly cost: bigint;
  /** Calls whose cost is unknown, or in another currency. */
  readonly unknown: number;
};

/** What an organization earned and paid for a number on a day (UTC). */
export type NumberDay = Pick<NumberSums, 'number' | 'day' | 'rated_day' | 'holder' | 'calls' | 'unknown'> & {
  readonly currency: string;
  /** Seconds that are billed. */
  readonly seconds: number;
  readonly revenue: StoredMoney | bigint;
  readonly cost: StoredMoney | bigint;
};

/** The first day of the half of a month in which a day is: the 1st or the 16th. */
export const halfOf = (day: string): string => `${day.slice(0, 8)}${day.slice(8) < '16' ? '01' : '16'}`;

/** The halves of months of a range of days, both included. */
export function halvesOf(from: string, to: string): string[] {
  const halves = new Set<string>();
  for (let at = Date.parse(from); at <= Date.parse(to); at += dayLength)
    halves.add(halfOf(new Date(at).toISOString().slice(0, 10)));
  return [...halves];
}

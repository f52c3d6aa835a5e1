import type { components } from '#openapi';
import { csvLine } from '#schema/csv.ts';
import { filtersOfDays, type Days } from '../calls/range.ts';
import { dayAfter, dayAt, startOfDay } from '../kit/days.ts';
import { t } from '../texts/texts.ts';

/** A search of the SMS log, as a person fills it in, and as the API takes it. */

export type LoggedSms = components['schemas']['SmsLogEntry'];

/** A page of what was found. */
export type FoundSms = components['schemas']['SmsLogPage'];

export const smsDirections = { all: t('Sent and received'), outbound: t('sent'), inbound: t('received') } as const;

export type SmsFilters = {
  readonly days: Days;
  readonly direction: keyof typeof smsDirections;
  readonly from: string;
  readonly to: string;
  readonly content: string;
};

/** A range of the API at most, in milliseconds. The log has no older SMS. */
const longestRange = 90 * 86_400_000;

/** How many SMS a search finds at most. */
const mostFound = 10_000;

/** A number without the marks between its digits; a sender that has letters as it is. */
const partyOf = (typed: string): string => (/\p{L}/u.test(typed) ? typed.trim() : typed.replaceAll(/[^+\d]/g, ''));

/** @param now Unix milliseconds @param zone IANA */
export function smsSearchOf(
  { days, direction, from, to, content }: SmsFilters,
  now: number,
  zone: string,
): components['schemas']['NewSmsLogSearch'] {
  const today = dayAt(now, zone);
  const { start, end } = filtersOfDays(days, today, zone);
  // Days that include today have no end; the clock of the API may be ahead of that of the person.
  const endOfToday = Math.max(startOfDay(dayAfter(today), zone), now + 3_600_000);
  const last = end === undefined ? endOfToday : Date.parse(end) - 1;
  const first = Math.max(Date.parse(start), last - longestRange);
  const texts = { from: partyOf(from), to: partyOf(to), content: content.trim() };
  return {
    start_date: new Date(first).toISOString(),
    end_date: new Date(last).toISOString(),
    direction,
    ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== '')),
    limit: mostFound,
  };
}

const columns = ['timestamp', 'direction', 'from', 'to', 'message', 'segments', 'status', 'cost'] as const;

/** What was found as a file, with the names of the API. */
export const csvOfSms = (found: readonly LoggedSms[]): string =>
  [columns, ...found.map((sms) => columns.map((name) => String(sms[name] ?? '')))].map(csvLine).join('');

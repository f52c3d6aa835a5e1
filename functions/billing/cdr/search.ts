/**
 * The search for CDRs: its filters, and the key by which it reads them (functions/billing/cdr-ingest/README.md,
 * "CDRs").
 */
import * as z from 'zod';
import { amountOf } from '#schema/money.ts';
import { flag, listOfWords, wholeNumber } from '#schema/query.ts';
import { minute, second } from '#schema/time.ts';
import { timeRange } from '#schema/time-range.ts';
import { Instant } from '#schema/values.ts';
import type { NumberOrigin } from '#telephony/number-format.ts';
import { Disposition } from '../schema/disposition.ts';
import { BatchId } from '../cdr-ingest/cdr-message.ts';
import { partyOf, type FiledCdr } from '../cdr-ingest/filed-cdr.ts';

const Text = z.string().min(1).max(128);
/** In a query string an unescaped + decodes to a blank (https://url.spec.whatwg.org/#urlencoded-parsing). */
const Party = Text.transform((party) => party.replace(/^\p{Cf}* /u, '+'));

/** Outcomes with commas between them: `NO ANSWER,CANCELLED`. */
const Dispositions = z
  .string()
  .max(128)
  .transform((texts) => texts.split(','))
  .pipe(z.array(Disposition));

const maxSeconds = 1_000_000;

export const searchQuery = {
  start: Instant.optional().describe('First call start; 24 hours before the end by default'),
  end: Instant.optional().describe('Call start before which the range ends; now by default, at most 92 days long'),
  number: Party.optional().describe('Caller or callee, E.164 or as dialed'),
  caller: Party.optional().describe('Caller, E.164 or as dialed'),
  callee: Party.optional().describe('Callee, E.164 or as dialed'),
  call_id: Text.optional().describe('Id of the call'),
  trunk_id: Text.optional().describe('Trunk of the call'),
  user_id: Text.optional().describe('User of the call'),
  disposition: Dispositions.optional().describe(
    'How the call ended; several have commas between them; case, `-` and `_` are ignored',
  ),
  direction: listOfWords(['outbound', 'inbound', 'internal'])
    .optional()
    .describe('Direction of the call; several have commas between them'),
  rating_status: z
    .enum(['rated', 'free', 'unrated', 'void'])
    .optional()
    .describe('Status of the rating; `unrated` also finds calls without a wholesale price, for callers that see it'),
  min_duration: wholeNumber(0, maxSeconds).optional().describe('Least duration in seconds'),
  min_talk_seconds: wholeNumber(0, maxSeconds).optional().describe('Least `billable_seconds`'),
  max_talk_seconds: wholeNumber(0, maxSeconds).optional().describe('Largest `billable_seconds`'),
  min_charge: z
    .string()
    .regex(/^[0-9]{1,9}(\.[0-9]{1,4})?$/, 'must be an amount with at most 4 decimals')
    .optional()
    .describe('Least charge of the call, a decimal'),
  recorded: flag.optional().describe('Whether the record names a recording (`custom.recording_id`)'),
  batch_id: BatchId.optional().describe('Batch that the record was filed in; the range is then optional'),
  order: z.enum(['asc', 'desc']).default('desc').describe('Order by call start; newest first by default'),
} as const;

export type Search = { readonly [K in keyof typeof searchQuery]?: z.output<(typeof searchQuery)[K]> };

/** Days of a range; the clock of a producer may be 5 minutes ahead. */
const bounds = { defaultDays: 1, maxDays: 92, ahead: 5 * minute };

/** ISO 8601 in whole seconds, rounded up: call starts are cut to whole seconds. @param at Unix milliseconds */
export const wholeSecond = (at: number): string =>
  new Date(Math.ceil(at / second) * second).toISOString().replace('.000Z', 'Z');

/**
 * The range of call starts: `from` inclusive, `to` exclusive. The default is the last 24 hours; for a batch, all times.
 * @throws AppError INVALID_PARAMETER
 */
export function rangeOf({ start, end, batch_id }: Search, now: number): { readonly from: string; readonly to: string } {
  if (batch_id !== undefined && start === undefined && end === undefined) return { from: '0', to: '9' };
  const { since, until } = timeRange({ start, end }, now, bounds);
  return { from: wholeSecond(Date.parse(since)), to: wholeSecond(Date.parse(until)) };
}

/** The key by which CDRs are read; the other filters run over what it returns. */
export type SearchKey =
  | { readonly by: 'call'; readonly value: string }
  | { readonly by: 'batch' | 'user' | 'trunk' | 'caller' | 'callee' | 'either party'; readonly value: string }
  | { readonly by: 'unrated' | 'unrated by any' | 'time' };

/**
 * A search with the country (ISO 3166-1) and the format by which dialed numbers are read. `seesWholesale`: of a caller
 * for whom a call without a price for the reseller is unrated, too.
 */
export type Wanted = Search & NumberOrigin & { readonly seesWholesale?: boolean };

/** Whether calls are wanted that have no price for the organization, or for its reseller. */
const wantsAnyUnrated = ({ rating_status: status, seesWholesale = false }: Wanted): boolean =>
  status === 'unrated' && seesWholesale;

const party = (number: string | undefined, origin: NumberOrigin): string | undefined =>
  number === undefined ? undefined : partyOf(number, origin);

/** The key that probably returns the fewest CDRs which other filters reject. */
export function searchKeyOf(search: Wanted): SearchKey {
  // Other keys have pointers, which do not know the wholesale rating. There are few such calls.
  if (wantsAnyUnrated(search)) return { by: 'unrated by any' };
  const keys = [
    ['call', search.call_id],
    ['batch', search.batch_id],
    ['caller', party(search.caller, search)],
    ['callee', party(search.callee, search)],
    ['either party', party(search.number, search)],
    ['user', search.user_id],
    ['trunk', search.trunk_id],
  ] as const;
  for (const [by, value] of keys) if (value !== undefined) return { by, value };
  return { by: search.rating_status === 'unrated' ? 'unrated' : 'time' };
}

/** The fields that filters read: CDRs and pointers to CDRs have them. */
export type Filtered = Pick<
  FiledCdr,
  | 'start_time'
  | 'call_id'
  | 'caller_party'
  | 'callee_party'
  | 'trunk_id'
  | 'user_id'
  | 'batch_id'
  | 'direction'
  | 'disposition'
  | 'duration'
> & { readonly rating_status: FiledCdr['rating']['status'] };

/** Whether a CDR matches every filter but the range. */
export function isWanted(search: Wanted): (cdr: Filtered) => boolean {
  const number = party(search.number, search);
  // Exports that began before there were lists have one text.
  const [dispositions, directions] = [[search.disposition ?? []].flat(), [search.direction ?? []].flat()];
  const isIn = <Word extends string>(words: readonly Word[], word: Word): boolean =>
    words.length === 0 || words.includes(word);
  const equals = Object.entries({
    caller_party: party(search.caller, search),
    callee_party: party(search.callee, search),
    call_id: search.call_id,
    trunk_id: search.trunk_id,
    user_id: search.user_id,
    batch_id: search.batch_id,
    // The key serves it: the wholesale rating is no field of a pointer.
    rating_status: wantsAnyUnrated(search) ? undefined : search.rating_status,
  } satisfies Partial<Record<keyof Filtered, string | undefined>>).filter(([, wanted]) => wanted !== undefined) as [
    keyof Filtered,
    string,
  ][];
  return (cdr) =>
    equals.every(([field, wanted]) => cdr[field] === wanted) &&
    (number === undefined || cdr.caller_party === number || cdr.callee_party === number) &&
    isIn(dispositions, cdr.disposition) &&
    isIn(directions, cdr.direction) &&
    // A call is not longer answered than it lasts.
    cdr.duration >= Math.max(search.min_duration ?? 0, search.min_talk_seconds ?? 0);
}

/** What filters read that pointers to CDRs do not have. */
type FilteredWhole = Pick<FiledCdr, 'billable_seconds' | 'custom'> & {
  readonly rating: Pick<FiledCdr['rating'], 'charge'>;
};

/** The check of a whole CDR, after that of its pointer; undefined: the pointer says all that is asked. */
export function isWantedWhole(search: Search): ((cdr: FilteredWhole) => boolean) | undefined {
  const { min_talk_seconds: least, max_talk_seconds: most, min_charge: charge, recorded } = search;
  if ([least, most, charge, recorded].every((wanted) => wanted === undefined)) return undefined;
  const leastCharge = amountOf(charge ?? '0');
  const isRecorded = ({ custom }: FilteredWhole): boolean => typeof custom?.['recording_id'] === 'string';
  return (cdr) =>
    cdr.billable_seconds >= (least ?? 0) &&
    cdr.billable_seconds <= (most ?? cdr.billable_seconds) &&
    amountOf(cdr.rating.charge) >= leastCharge &&
    (recorded === undefined || isRecorded(cdr) === recorded);
}

/** The filter that a key serves. Every key serves the range. */
const servedBy = {
  call: 'call_id',
  batch: 'batch_id',
  caller: 'caller',
  callee: 'callee',
  'either party': 'number',
  user: 'user_id',
  trunk: 'trunk_id',
  unrated: 'rating_status',
  'unrated by any': 'rating_status',
  time: undefined,
} as const;
const filters = [
  'number',
  'caller',
  'callee',
  'call_id',
  'trunk_id',
  'user_id',
  'disposition',
  'direction',
  'rating_status',
  'min_duration',
  'min_talk_seconds',
  'max_talk_seconds',
  'min_charge',
  'recorded',
  'batch_id',
] as const;

/** Whether a search has filters that its key does not serve, so that each CDR must be checked. */
export const hasMoreFilters = (search: Search, { by }: SearchKey): boolean =>
  filters.some((name) => name !== servedBy[by] && search[name] !== undefined);

/** The search for CDRs: which of them are wanted, and by which key they are found (billing.md, `GET /cdr`). */
import * as z from 'zod';
import { wholeNumber } from '../../../shared/schema/query.ts';
import { timeRange } from '../../../shared/schema/time-range.ts';
import { Instant } from '../../../shared/schema/values.ts';
import { Disposition } from '../cdr-ingest/cdr.ts';
import { BatchId } from '../cdr-ingest/cdr-message.ts';
import { partyOf, type FiledCdr } from '../cdr-ingest/filed-cdr.ts';

const Text = z.string().min(1).max(128);
/** A blank that begins a number was a `+` before it was decoded (auth.md, "Paths"). */
const Party = Text.transform((party) => party.replace(/^ /, '+'));

export const searchQuery = {
  start: Instant.optional(),
  end: Instant.optional(),
  number: Party.optional(),
  caller: Party.optional(),
  callee: Party.optional(),
  call_id: Text.optional(),
  trunk_id: Text.optional(),
  user_id: Text.optional(),
  disposition: Disposition.optional(),
  direction: z.enum(['outbound', 'inbound', 'internal']).optional(),
  rating_status: z.enum(['rated', 'free', 'unrated']).optional(),
  min_duration: wholeNumber(0, 1_000_000).optional(),
  batch_id: BatchId.optional(),
  order: z.enum(['asc', 'desc']).default('desc'),
} as const;

export type Search = { readonly [K in keyof typeof searchQuery]?: z.output<(typeof searchQuery)[K]> };

/** Days; a producer's clock may be 5 minutes ahead. */
const bounds = { usual: 1, most: 92, ahead: 300_000 };

/** ISO 8601 in whole seconds, as call starts are; a fraction belongs to the next second, as starts are cut. */
export const wholeSecond = (at: number): string =>
  new Date(Math.ceil(at / 1_000) * 1_000).toISOString().replace('.000Z', 'Z');

/**
 * The range of call starts: `from` inclusive, `to` exclusive. By default the last 24 hours; of a batch, all of it.
 * Throws `INVALID_PARAMETER`.
 */
export function rangeOf({ start, end, batch_id }: Search, now: number): { readonly from: string; readonly to: string } {
  if (batch_id !== undefined && start === undefined && end === undefined) return { from: '0', to: '9' };
  const { since, until } = timeRange({ start, end }, now, bounds);
  return { from: wholeSecond(Date.parse(since)), to: wholeSecond(Date.parse(until)) };
}

/** A key by which CDRs are found; the other filters run over what it finds. */
export type Way =
  | { readonly by: 'call'; readonly value: string }
  | { readonly by: 'batch' | 'user' | 'trunk' | 'caller' | 'callee' | 'either party'; readonly value: string }
  | { readonly by: 'unrated' | 'time' };

/** The parties of a search in the form that CDRs are found by. */
export type Wanted = Search & { readonly country: string };

const party = (number: string | undefined, { country }: Wanted): string | undefined =>
  number === undefined ? undefined : partyOf(number, country);

/** The way that finds the fewest others, as far as can be told beforehand. */
export function wayOf(search: Wanted): Way {
  const ways = [
    ['call', search.call_id],
    ['batch', search.batch_id],
    ['caller', party(search.caller, search)],
    ['callee', party(search.callee, search)],
    ['either party', party(search.number, search)],
    ['user', search.user_id],
    ['trunk', search.trunk_id],
  ] as const;
  for (const [by, value] of ways) if (value !== undefined) return { by, value };
  return { by: search.rating_status === 'unrated' ? 'unrated' : 'time' };
}

/** What the filters look at; CDRs and pointers to them both have it. */
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
  const equals = Object.entries({
    caller_party: party(search.caller, search),
    callee_party: party(search.callee, search),
    call_id: search.call_id,
    trunk_id: search.trunk_id,
    user_id: search.user_id,
    batch_id: search.batch_id,
    direction: search.direction,
    disposition: search.disposition,
    rating_status: search.rating_status,
  } satisfies Partial<Record<keyof Filtered, string | undefined>>).filter(([, wanted]) => wanted !== undefined) as [
    keyof Filtered,
    string,
  ][];
  return (cdr) =>
    equals.every(([field, wanted]) => cdr[field] === wanted) &&
    (number === undefined || cdr.caller_party === number || cdr.callee_party === number) &&
    cdr.duration >= (search.min_duration ?? 0);
}

/** What a way itself looks at; the range is part of every way. */
const servedBy = {
  call: 'call_id',
  batch: 'batch_id',
  caller: 'caller',
  callee: 'callee',
  'either party': 'number',
  user: 'user_id',
  trunk: 'trunk_id',
  unrated: 'rating_status',
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
  'batch_id',
] as const;

/** Whether anything is asked for that a way does not serve, so that what it finds must be looked at one by one. */
export const asksMore = (search: Search, { by }: Way): boolean =>
  filters.some((name) => name !== servedBy[by] && search[name] !== undefined);

/** A slice of a search, and the search after it (functions/messaging/sms-logs/README.md). */
import type { GrowingFile } from '#schema/growing-file.ts';
import type { SmsLogEntry } from '#schema/sms-log.ts';
import type { TurnState } from '#schema/turn.ts';
import { presentEntry, type ShownEntry } from '../sms-logs/entry.ts';
import { chunkKey, csvHead, csvLineOf, csvTarget } from '../sms-logs/result-file.ts';
import { chunkSize } from '../sms-logs/download.ts';
import { isLive, matcherOf, type Search } from '../sms-logs/search.ts';

/** The outcome of a slice. */
export type Slice =
  | { readonly outcome: 'entries left'; readonly rows: number; readonly after: string; readonly file: GrowingFile }
  | { readonly outcome: 'all written'; readonly rows: number; readonly truncated: boolean; readonly file: GrowingFile }
  | { readonly outcome: 'file complete' };

/** How often a slice is tried: once, and twice after a worker was lost. */
export const maxTries = 3;

/** The search while a worker has the turn; null if it has ended. */
export const takeTurn = (search: Search, turn: TurnState): Search | null =>
  isLive(search) ? { ...search, ...turn } : null;

/** The search after a slice. */
export function afterSlice(search: Search, slice: Slice, now: Date): Search {
  const ended = { ...search, turn_until: 0 };
  switch (slice.outcome) {
    case 'entries left':
      return { ...ended, rows: slice.rows, after: slice.after, file: slice.file };
    case 'all written':
      return { ...ended, rows: slice.rows, truncated: slice.truncated, file: slice.file, written: true };
    case 'file complete':
      return { ...ended, status: 'completed', completed_at: now.toISOString() };
  }
}

/** The search after its last try: it has no result. */
export const failSearch = (search: Search): Search => ({
  ...search,
  status: 'failed',
  rows: 0,
  after: null,
  file: null,
  turn_until: 0,
});

/** Those of the found entries that fit, and whether more were found than the limit. */
export function fitting<Entry>(entries: readonly Entry[], { rows, limit }: Pick<Search, 'rows' | 'limit'>) {
  const room = limit - rows;
  return { entries: entries.slice(0, room), truncated: entries.length > room };
}

/** Whether a search has not ended. */
export const hasWork = (search: Search): boolean => isLive(search);

/** The CSV file of the result. */
export const fileOf = (search: Search) => csvTarget(search);

/** The lines of some messages; the first slice begins with the header line. */
export const linesOf = (entries: readonly ShownEntry[], isFirst: boolean): string =>
  (isFirst ? csvHead : '') + entries.map(csvLineOf).join('');

/** The messages of the result among some entries. */
export function foundIn(search: Search, entries: readonly SmsLogEntry[], rows: number) {
  const { entries: found, truncated } = fitting(entries.filter(matcherOf(search)), { rows, limit: search.limit });
  return { found: found.map(presentEntry), truncated };
}

/** An object of the result: all of them but the last have the same number of messages. */
export type Chunk = { readonly key: string; readonly entries: readonly ShownEntry[] };

/** The object that a slice continues; null if the last one is full. */
export const openChunkKey = (search: Search): string | null =>
  search.rows % chunkSize === 0 ? null : chunkKey(search, Math.floor(search.rows / chunkSize));

/**
 * The messages that were found last, as objects: those that are full now, and the rest.
 * @param rows messages found so far, these included
 */
export function chunksOf(search: Search, rows: number, last: readonly ShownEntry[]) {
  const first = Math.floor((rows - last.length) / chunkSize);
  const count = Math.floor(last.length / chunkSize);
  const full = Array.from({ length: count }, (_chunk, at): Chunk => ({
    key: chunkKey(search, first + at),
    entries: last.slice(at * chunkSize, (at + 1) * chunkSize),
  }));
  return { full, rest: { key: chunkKey(search, first + count), entries: last.slice(count * chunkSize) } };
}

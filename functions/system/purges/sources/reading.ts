import { holdsOn } from '../../../../shared/dynamodb/rows/legal-hold.ts';
import type { Retention } from '../../../../shared/schema/retention.ts';
import { examine, readsBefore, type Purge } from '../purge.ts';
import { retentionOf } from './retentions.ts';
import type { RecordPage, RecordReads, RecordSource } from './source.ts';
import { sourcesOf } from './sources.ts';

/** How a purge reads the records of its class, page by page. */

export type PurgeContext = {
  /** Of the organization. */
  readonly table: RecordReads;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

/** What decides, and where the records are, when a turn begins. */
export type PurgeSession = {
  readonly retention: Retention;
  /** Undefined: nothing can be due. */
  readonly before: string | undefined;
  readonly sources: readonly RecordSource[];
};

/** @returns undefined if there is no such organization */
export async function openPurge(purge: Purge, { table, environment }: PurgeContext): Promise<PurgeSession | undefined> {
  const retention = await retentionOf(table, purge.class);
  if (retention === undefined) return undefined;
  const sources = await sourcesOf(purge.class, table, { now: new Date(purge.created_at), environment });
  return { retention, before: readsBefore(purge, retention), sources };
}

/** The next page of a purge with what becomes of its records. */
export type ExaminedPage = {
  readonly page: RecordPage;
  readonly deleted: readonly number[];
  readonly exported: readonly number[];
  readonly holds: Awaited<ReturnType<typeof holdsOn>>;
  /** The purge after it, if that is done. */
  readonly after: Purge;
};

/** @returns null if the purge has read all its sources */
export async function nextPage(
  purge: Purge,
  { retention, before, sources }: PurgeSession,
  table: RecordReads,
): Promise<ExaminedPage | null> {
  const source = sources[purge.source];
  if (source === undefined || before === undefined) return null;
  // Holds are read first: the transaction fails if one was placed since, whatever the page has seen.
  const holds = await holdsOn(table, purge.class);
  const page = await source.page(table, { from: null, before, after: purge.after });
  const { deleted, exported, counts, runs, isBlocked } = examine(purge, source, page.records, {
    retention,
    holds: holds.active,
  });
  const place =
    page.cursor === null || isBlocked
      ? { source: purge.source + 1, after: null }
      : { source: purge.source, after: page.cursor };
  return { page, deleted, exported, holds, after: { ...purge, counts, runs, ...place } };
}

/** Counts what a purge would do. @returns null if time was over first */
export async function countRecords(
  purge: Purge,
  { isOver, ...context }: PurgeContext & { readonly isOver: () => boolean },
): Promise<Pick<Purge, 'counts'> | null> {
  const session = await openPurge(purge, context);
  let counted = purge;
  while (session !== undefined) {
    const next = await nextPage(counted, session, context.table);
    if (next === null) break;
    if (isOver()) return null;
    counted = next.after;
  }
  return counted;
}

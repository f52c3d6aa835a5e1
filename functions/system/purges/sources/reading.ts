import { holdsOn } from '#dynamodb/rows/legal-hold.ts';
import { dueSince, type Decision, type Retention } from '../../schema/retention.ts';
import { canonicalJson } from '#schema/canonical-json.ts';
import { examine, isDeleted, isExported, positionsOf, readsBefore, tally, type Purge } from '../../schema/purge.ts';
import { retentionOf } from './retentions.ts';
import type { KeptRecord, RecordPage, RecordReads, RecordSource } from './source.ts';
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
  readonly decisions: readonly Decision[];
  readonly holds: Awaited<ReturnType<typeof holdsOn>>;
  /** Whether its records are those of the class, and not what belongs to them. */
  readonly counts: boolean;
  /** The purge after it, if that is done. Counts nothing. */
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
  const page = await source.page(table, { from: dueSince(retention), before, after: purge.after });
  const { decisions, isBlocked } = examine(purge, source, page.records, { retention, holds: holds.active });
  const position =
    page.cursor === null || isBlocked
      ? { source: purge.source + 1, after: null }
      : { source: purge.source, after: page.cursor };
  return { page, decisions, holds, counts: source.counts, after: { ...purge, ...position } };
}

/** The purge after a page, with the counts of its records. */
export const countedAfter = ({ page, decisions, counts, after }: ExaminedPage): Purge =>
  counts ? { ...after, ...tally(after, page.records, decisions) } : after;

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
    counted = countedAfter(next);
  }
  return counted;
}

/** Positions of the records of a page that are deleted at once. */
export const deletedIn = ({ decisions }: ExaminedPage): number[] => positionsOf(decisions, isDeleted);

/** The records of a page that are archived. */
export const exportedIn = ({ page, decisions, counts }: ExaminedPage): KeptRecord[] =>
  counts ? positionsOf(decisions, isExported).flatMap((at) => page.records[at] ?? []) : [];

/** A record as a line of an archive. */
export const lineOf = ({ record }: Pick<KeptRecord, 'record'>): string =>
  canonicalJson(JSON.parse(JSON.stringify(record)) as unknown);

/** Archived records that may be deleted now. */
export type ArchivedPage = {
  readonly page: RecordPage;
  readonly positions: readonly number[];
  readonly holds: Awaited<ReturnType<typeof holdsOn>>;
  /** The purge with the counts of those that go. */
  readonly after: Purge;
  /** Whether a record that stays keeps all that follow. */
  readonly isBlocked: boolean;
};

/**
 * Looks at records again that are archived. One that was changed since, or that is kept now, stays.
 * @param lines of the archive, at most as many as a page of the source
 */
export async function archivedPage(
  purge: Purge,
  { retention, sources: [source] }: PurgeSession,
  table: RecordReads,
  lines: readonly string[],
): Promise<ArchivedPage | null> {
  if (source === undefined) return null;
  const holds = await holdsOn(table, purge.class);
  const ids = (await source.read(table, lines)).map(({ id }) => id);
  const page = await source.find(table, ids);
  const archived = new Set(lines);
  const same = page.records.flatMap((record, at) => (archived.has(lineOf(record)) ? [{ record, at }] : []));
  const records = same.map(({ record }) => record);
  const { decisions, isBlocked } = examine(purge, source, records, { retention, holds: holds.active });
  const positions = positionsOf(decisions, isDeleted);
  const gone = positions.map((at) => decisions[at]).filter((decision) => decision !== undefined);
  const counts = tally(
    purge,
    positions.flatMap((at) => records[at] ?? []),
    gone,
  );
  return {
    page,
    positions: positions.flatMap((at) => same[at]?.at ?? []),
    holds,
    after: { ...purge, ...counts },
    isBlocked: isBlocked || (source.isChain && same.length < lines.length),
  };
}

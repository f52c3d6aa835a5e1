import { heldRecordRow, holdsOn, whileHoldsStay } from '#dynamodb/rows/legal-hold.ts';
import type { Table } from '#dynamodb/table.ts';
import type { Write } from '#dynamodb/write.ts';
import type { ErasedPerson } from '#schema/erased-person.ts';
import type { RecordClass } from '#schema/record-class.ts';
import { anonymizedAtOnce } from '../purges/sources/cdrs.ts';
import type { Deleting, RecordReads, RecordSource, RecordWrites } from '../purges/sources/source.ts';
import { sourcesOf } from '../purges/sources/sources.ts';
import {
  erasedClasses,
  erases,
  outcomeOf,
  type Erasure,
  type ErasureOutcome,
  type ErasurePosition,
  type ReportLine,
} from './erasure.ts';

/** How an erasure reads records of all classes, page by page: those of each source, then those that are hidden. */

type Reads = RecordReads & Pick<Table<'held'>, 'query'>;

type ErasureContext = {
  /** Of the organization. */
  readonly table: Reads;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly person: ErasedPerson;
};

/** What a page has about the person. */
export type ErasurePage = {
  readonly reportLines: readonly ReportLine[];
  readonly next: ErasurePosition;
  /** What erases them, and fails if a hold was placed or a CDR changed since they were read; none if all stay. */
  readonly writes: (how: Deleting) => readonly Write<RecordWrites | 'check:holdhead'>[];
};

const hiddenAtOnce = 50;

const nextClass = (place: ErasurePosition): ErasurePosition => ({ class: place.class + 1, source: 0, after: null });

/** Records that their users have deleted, and that are kept for a hold only. */
async function hiddenPage(
  of: RecordClass,
  place: ErasurePosition,
  { table, person }: ErasureContext,
): Promise<ErasurePage> {
  const { items, cursor } = await table.query(
    heldRecordRow,
    { class: of },
    { limit: hiddenAtOnce, ...(place.after === null ? {} : { after: place.after }) },
  );
  const about = items.filter(
    ({ facts }) => outcomeOf({ facts, isFinished: true }, { of, person, holds: [], anonymizes: false }) !== null,
  );
  return {
    reportLines: about.map(({ id, facts, record }) => ({ class: of, id, at: facts.at, state: 'held', record })),
    next: cursor === undefined ? nextClass(place) : { ...place, after: cursor },
    writes: () => [],
  };
}

/** Of some ids, those of records that exist: what belongs to these is erased and reported with them. */
async function existing(table: RecordReads, source: RecordSource, ids: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (let at = 0; at < ids.length; at += source.atOnce) {
    const { records } = await source.find(table, ids.slice(at, at + source.atOnce));
    for (const { id } of records) found.add(id);
  }
  return found;
}

async function sourcePage(
  of: RecordClass,
  { place, created_at: before }: Pick<Erasure, 'place' | 'created_at'>,
  sources: readonly [RecordSource, ...RecordSource[]],
  { table, person }: ErasureContext,
): Promise<ErasurePage> {
  const [first] = sources;
  const source = sources[place.source] ?? first;
  // Holds are read first: the transaction fails if one was placed since, whatever the page has seen.
  const holds = await holdsOn(table, of);
  const page = await source.page(table, { from: null, before, after: place.after });
  const { anonymizes } = source;
  const about = page.records.flatMap((record, position): { position: number; state: ErasureOutcome; id: string }[] => {
    const state = outcomeOf(record, { of, person, holds: holds.active, anonymizes });
    return state === null ? [] : [{ position, state, id: record.id }];
  });
  const ids = about.map(({ id }) => id);
  const counted = source.counts ? new Set<string>() : await existing(table, first, ids);
  const own = about.filter(({ id }) => !counted.has(id));
  const erased = own.filter(({ state }) => erases(state)).map(({ position }) => position);
  return {
    reportLines: own.flatMap(({ position, state, id }): ReportLine[] => {
      const record = page.records[position];
      return record === undefined ? [] : [{ class: of, id, at: record.facts.at, state, record: record.record }];
    }),
    next: page.cursor === null ? { ...place, source: place.source + 1, after: null } : { ...place, after: page.cursor },
    writes: (how) => (erased.length === 0 ? [] : [whileHoldsStay(holds), ...page.erasures(erased, person, how)]),
  };
}

const hasSome = (sources: readonly RecordSource[]): sources is readonly [RecordSource, ...RecordSource[]] =>
  sources.length > 0;

/** What reads the pages of an erasure in one turn. @returns null if everything is read */
export function openErasure(context: ErasureContext): (erasure: Erasure) => Promise<ErasurePage | null> {
  const opened = new Map<RecordClass, readonly RecordSource[]>();
  return async (erasure) => {
    const { place, created_at } = erasure;
    const of = erasedClasses[place.class];
    if (of === undefined) return null;
    const reading = { now: new Date(created_at), environment: context.environment, atOnce: anonymizedAtOnce };
    const sources = opened.get(of) ?? (await sourcesOf(of, context.table, reading));
    opened.set(of, sources);
    return hasSome(sources) && place.source < sources.length
      ? sourcePage(of, erasure, sources, context)
      : hiddenPage(of, place, context);
  };
}

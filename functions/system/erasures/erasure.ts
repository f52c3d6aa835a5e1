import { recordsAbout, type ErasedPerson } from '#schema/erased-person.ts';
import {
  fitsFilter,
  isHeld,
  recordClasses,
  type Holding,
  type RecordClass,
  type RecordFacts,
} from '#schema/record-class.ts';
import { erasureReportKey } from '#schema/object-key.ts';
import type { ArchiveParts, StoredArchive } from '#schema/stored-archive.ts';
import { day, second } from '#schema/time.ts';
import type { TurnState } from '#schema/turn.ts';

/** Erasing a person from records (functions/system/erasures/README.md). */

/** The classes that are read. The event log forgets a person by its key. */
export const erasedClasses: readonly RecordClass[] = recordClasses.filter((of) => of !== 'eventlog');

/** What becomes of a record about the person: `held`, `unfinished` and `locked` ones stay. */
export type ErasureOutcome = 'deleted' | 'anonymous' | 'held' | 'unfinished' | 'locked';

/** A record about the person. */
export type ReportLine = {
  readonly class: RecordClass;
  readonly id: string;
  /** When it happened: ISO 8601 UTC. */
  readonly at: string;
  readonly state: ErasureOutcome;
  /** Until when it is locked. */
  readonly until?: string;
  /** Of an archived record. */
  readonly archive_id?: string;
  readonly record: object;
};

export type Totals = Readonly<Partial<Record<RecordClass, Readonly<Partial<Record<ErasureOutcome, number>>>>>>;

/** Where an erasure goes on: positions of a class and of its source, and the cursor in it; null: its beginning. */
export type ErasurePosition = { readonly class: number; readonly source: number; readonly after: string | null };

/** An archive that is searched, and rewritten if it may be. */
export type Rewriting = {
  readonly id: string;
  readonly phase: 'reading' | 'recording' | 'sealing' | 'removing';
  /** The number of the part that is read next. */
  readonly part: number;
  /** The revision so far; null: no part of it is replaced. */
  readonly state: ArchiveParts | null;
  /** Keys of parts and files that are removed when the revision is sealed. */
  readonly superseded: readonly string[];
  /** What the files of the records that are gone take. */
  readonly removed: { readonly bytes: number; readonly objects: number };
  /** The holds that were asked, and the report before: if another one is placed, the archive is read again. */
  readonly epoch: number | null;
  readonly before: { readonly totals: Totals; readonly parts: Erasure['parts'] };
};

/** Where an erasure is in the archives: after the one with this id; null: at the beginning. */
type InArchives = {
  readonly after: string | null;
  readonly current: Rewriting | null;
  readonly isDone: boolean;
  /** Archives that were rewritten. */
  readonly rewritten: number;
};

/** An erasure, as it is stored with its progress. Only its messages name the person. */
export type Erasure = TurnState & {
  readonly id: string;
  /** Whether records are erased, or only reported. */
  readonly erase: boolean;
  /** `ended`: everything is erased, and the end of the report is to be written. */
  readonly status: 'running' | 'ended' | 'reported';
  /** The code of the error by which it has failed. */
  readonly failure: string | null;
  readonly place: ErasurePosition;
  readonly archives: InArchives;
  readonly totals: Totals;
  /** Whether the event log has forgotten the person, or would without `erase`; null: not yet. */
  readonly event_log: 'forgotten' | 'held' | null;
  /** Parts of the report, by the turns that have written them: what a process writes that has lost its turn is none. */
  readonly parts: readonly { readonly turn: string; readonly count: number }[];
  /** Records until then are erased. */
  readonly created_at: string;
  readonly ended_at: string | null;
};

/** Milliseconds for which a message may arrive again, and more. */
const ttl = 30 * day;

/** Unix seconds. */
export const expiryOf = ({ created_at }: Pick<Erasure, 'created_at'>): number =>
  Math.ceil((Date.parse(created_at) + ttl) / second);

export const newErasure = (id: string, erase: boolean, now: Date): Erasure => ({
  id,
  erase,
  status: 'running',
  failure: null,
  place: { class: 0, source: 0, after: null },
  archives: { after: null, current: null, isDone: false, rewritten: 0 },
  totals: {},
  parts: [],
  event_log: null,
  created_at: now.toISOString(),
  ended_at: null,
  turn: '',
  turn_until: 0,
});

/** A record that is examined. */
type Examined = { readonly facts: RecordFacts; readonly isFinished: boolean };

/**
 * What becomes of a record; null if it is not about the person.
 * @param anonymizes whether such records stay without the person @param holds active ones on the class
 */
export function outcomeOf(
  { facts, isFinished }: Examined,
  {
    of,
    person,
    holds,
    anonymizes,
  }: {
    readonly of: RecordClass;
    readonly person: ErasedPerson;
    readonly holds: readonly Holding[];
    readonly anonymizes: boolean;
  },
): ErasureOutcome | null {
  if (!fitsFilter(facts, recordsAbout(person))) return null;
  if (isHeld(of, facts, holds)) return 'held';
  if (!isFinished) return 'unfinished';
  return anonymizes ? 'anonymous' : 'deleted';
}

export const erases = (outcome: ErasureOutcome): boolean => outcome === 'deleted' || outcome === 'anonymous';

const countLine = (totals: Totals, { class: of, state }: ReportLine): Totals => ({
  ...totals,
  [of]: { ...totals[of], [state]: (totals[of]?.[state] ?? 0) + 1 },
});

const partsBefore = (parts: Erasure['parts']): number => parts.reduce((sum, { count }) => sum + count, 0);

const partName = (number: number, turn: string): string => `${String(number).padStart(5, '0')}-${turn}`;

/** The key of the next part that the process writes which has the turn. */
export const nextPartKey = (organization: number, { id, parts, turn }: Erasure): string =>
  erasureReportKey(organization, id, partName(partsBefore(parts), turn));

function withPart({ parts, turn }: Erasure): Erasure['parts'] {
  const last = parts.at(-1);
  return last?.turn === turn
    ? [...parts.slice(0, -1), { turn, count: last.count + 1 }]
    : [...parts, { turn, count: 1 }];
}

/** An erasure after a page of its records. A page with lines is a part of the report. */
export const afterPage = (erasure: Erasure, reportLines: readonly ReportLine[], place: ErasurePosition): Erasure => ({
  ...erasure,
  place,
  totals: reportLines.reduce(countLine, erasure.totals),
  parts: reportLines.length === 0 ? erasure.parts : withPart(erasure),
});

/** A part of the report: JSON lines. */
export const partText = (reportLines: readonly ReportLine[]): string =>
  reportLines.map((reportLine) => `${JSON.stringify(reportLine)}\n`).join('');

/** An erasure whose records are all read, or that has failed. */
export const endErasure = (erasure: Erasure, failure: string | null, now: Date): Erasure => ({
  ...erasure,
  status: 'ended',
  failure,
  ended_at: now.toISOString(),
  turn_until: 0,
});

/** The end of the report: its parts in their order, and what was found. */
export function reportOf(organization: number, erasure: Erasure) {
  const { id, erase, failure, totals, event_log, created_at, ended_at } = erasure;
  const names = erasure.parts.flatMap(({ turn, count }, at) => {
    const first = partsBefore(erasure.parts.slice(0, at));
    return Array.from({ length: count }, (_, nth) => partName(first + nth, turn));
  });
  return {
    schema: 'erasure-report.v1',
    erasure_id: id,
    org_id: organization,
    erase,
    failure,
    created_at,
    ended_at,
    totals,
    event_log,
    rewritten_archives: erasure.archives.rewritten,
    parts: names.map((name) => erasureReportKey(organization, id, name)),
  };
}

/** The event of an erasure that has ended: counts only. */
export const endEvent = ({ id, failure, totals, event_log, archives }: Erasure) => ({
  entity: { type: 'purge' as const, id },
  description: failure === null ? 'A person was erased from records' : 'Erasing a person from records failed',
  severity: failure === null ? ('info' as const) : ('error' as const),
  fields: {
    status: failure === null ? 'done' : 'failed',
    totals,
    event_log,
    rewritten_archives: archives.rewritten,
    ...(failure === null ? {} : { code: failure }),
  },
});

/** An archive before its first part is read. */
export const beginRewriting = (
  { totals, parts }: Pick<Erasure, 'totals' | 'parts'>,
  id: string,
  epoch: number | undefined,
): Rewriting => ({
  id,
  phase: 'reading',
  part: 0,
  state: null,
  superseded: [],
  removed: { bytes: 0, objects: 0 },
  epoch: epoch ?? null,
  before: { totals, parts },
});

/** An erasure whose archive is read again, as a hold was placed. */
export const readAgain = (erasure: Erasure, { id, before }: Rewriting, epoch: number | undefined): Erasure => ({
  ...erasure,
  ...before,
  archives: { ...erasure.archives, current: beginRewriting(before, id, epoch) },
});

/** An erasure at another position in an archive. */
export const inArchive = (erasure: Erasure, current: Rewriting): Erasure => ({
  ...erasure,
  archives: { ...erasure.archives, current },
});

/** An erasure that is done with an archive. */
export const afterArchive = (erasure: Erasure, { id, state }: Pick<Rewriting, 'id' | 'state'>): Erasure => ({
  ...erasure,
  archives: {
    after: id,
    current: null,
    isDone: false,
    rewritten: erasure.archives.rewritten + (state === null ? 0 : 1),
  },
});

/** An erasure with more of its report, in a part of it. */
export const withReportLines = (erasure: Erasure, reportLines: readonly ReportLine[]): Erasure =>
  afterPage(erasure, reportLines, erasure.place);

const texts = (values: readonly unknown[]): string[] => values.filter((value) => typeof value === 'string');

/** The facts of an archived record. Messages of an SMS export have any form: what is no text is not looked at. */
export const archivedFacts = ({ at, users, parties, entities, direction, text }: RecordFacts): RecordFacts => ({
  at: texts([at])[0] ?? '',
  users: texts(users),
  parties: texts(parties),
  entities: texts(entities),
  direction,
  text: texts([text])[0] ?? '',
});

/** What becomes of an archived record: in a locked archive all stay. */
export const archivedOutcome = (outcome: ErasureOutcome | null, isLocked: boolean): ErasureOutcome | null =>
  outcome !== null && erases(outcome) && isLocked ? 'locked' : outcome;

/** Until when an archive is locked: ISO 8601; null: it is not. */
export const lockedUntil = ({ lock }: Pick<StoredArchive, 'lock'>, now: Date): string | null =>
  lock === null || lock.until <= now.toISOString() ? null : lock.until;

import * as z from 'zod';
import { AppError, errorKinds, invalid } from '#errors.ts';
import { recordClasses, type Holding, type RecordClass, type RecordFacts } from '#schema/record-class.ts';
import { decideOn, dueBefore, type Decision, type PurgeScope, type Retention, type Verdict } from './retention.ts';
import type { TurnState } from '#schema/turn.ts';
import { definedFields } from '#schema/defined-fields.ts';
import type { ObjectStorage } from '#schema/object-storage.ts';
import type { AppliedPolicy, ArchiveParts } from '#schema/stored-archive.ts';
import { IdInUrl, Instant } from '#schema/values.ts';
import { PolicyFilter, type PolicyRun } from './archiving-policy.ts';

/** Purges: records are deleted or archived when their retention ends (functions/system/retention/README.md). */

export const purgeErrors = errorKinds({
  RETENTION_NOT_REACHED: [422, '`before` is later than the retention of any record of the class.'],
  PURGE_RUNNING: [409, 'A purge of this class is running.'],
});

export const NewPurge = z
  .object({
    class: z.enum(recordClasses).describe('Class of records'),
    before: Instant.optional().describe('Only records before this instant. Needed for voicemail without a policy'),
    policy_id: IdInUrl.optional().describe('Only records to which this policy applies'),
    filter: PolicyFilter.optional().describe('Only records that fit each given field'),
    dry_run: z.boolean().default(true).describe('Whether records are counted only'),
    export: z.boolean().default(false).describe('Whether records are archived before they are deleted'),
    format: z
      .literal('eml')
      .optional()
      .describe('Archives each SMS or e-mail as a file of RFC 5322, too. Only for `sms` and `email`, with `export`'),
  })
  .meta({ id: 'NewPurge' });
export type PurgeBody = z.output<typeof NewPurge>;

const counts = {
  matched: z.int().describe('Records that fit the request and are old enough for the shortest retention of the class'),
  held: z.int().describe('Those that legal holds keep'),
  retained: z
    .int()
    .describe(
      'Those that a longer policy keeps, or that are not finished: a CDR without its price or of an open period, a ' +
        'message that is still to be sent',
    ),
};

export const CountedPurge = z
  .object({
    dry_run: z.boolean().describe('Whether records are counted only'),
    class: z.enum(recordClasses).describe('Class of records'),
    ...counts,
    to_delete: z.int().describe('Those that a purge would delete now'),
    to_export: z.int().describe('Those that a policy archives and does not delete'),
    bytes: z.int().describe('Bytes of the records to delete, with their audio'),
  })
  .meta({
    id: 'CountedPurge',
    example: {
      dry_run: true,
      class: 'sms',
      matched: 1200,
      held: 14,
      retained: 300,
      to_delete: 886,
      to_export: 0,
      bytes: 402_113,
    },
  });

export const StartedPurge = z
  .object({
    purge_id: z.string().describe('Id of the purge; `GET /events/purge/{id}` shows its result'),
    dry_run: z.boolean().describe('Whether records are counted only'),
    class: z.enum(recordClasses).describe('Class of records'),
    status: z.enum(['running', 'done', 'failed']).describe('`running`: records are read and deleted in the background'),
  })
  .meta({
    id: 'StartedPurge',
    example: { purge_id: 'purge_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A', dry_run: false, class: 'sms', status: 'running' },
  });

/** What a purge has met: `matched` are those that it is about, each of which is counted in one of the others, too. */
export type PurgeCounts = {
  readonly matched: number;
  readonly held: number;
  readonly retained: number;
  /** Deleted, or to be deleted in a dry run. */
  readonly deleted: number;
  /** Archived and kept. */
  readonly exported: number;
  /** Of those that are deleted, with their audio. */
  readonly bytes: number;
};
export const noCounts: PurgeCounts = { matched: 0, held: 0, retained: 0, deleted: 0, exported: 0, bytes: 0 };

/** What a purge did by each policy, by its id. */
export type PolicyRuns = Readonly<Record<string, PolicyRun>>;

/** Where a purge goes on. */
type Progress = {
  /** The source of the class that is read, and the cursor in it; null: its beginning. */
  readonly source: number;
  readonly after: string | null;
  readonly counts: PurgeCounts;
  readonly runs: PolicyRuns;
};

/**
 * What a purge does: it archives records, records and seals the archive, deletes those that are in it, and then those
 * that are not archived.
 */
export type PurgePhase = 'exporting' | 'recording' | 'sealing' | 'removing' | 'deleting';

type Size = { readonly bytes: number; readonly objects: number };

/** The archive that a purge makes. */
export type PurgeArchive = {
  /** What is written so far. */
  readonly state: ArchiveParts;
  readonly policy: AppliedPolicy | null;
  readonly storage: ObjectStorage;
  /** What the files of records take, and all that was charged so far. */
  readonly files: Size;
  readonly charged: Size;
  /** The part and the line in it that are looked at next, when its records are removed. */
  readonly part: number;
  readonly line: number;
};

/** A purge, as it is stored with its progress. */
export type Purge = TurnState &
  Progress & {
    readonly id: string;
    readonly class: RecordClass;
    readonly dry_run: boolean;
    readonly export: boolean;
    /** Absent: messages are archived as lines only. */
    readonly format?: 'eml';
    readonly scope: PurgeScope;
    readonly status: 'running' | 'done' | 'failed';
    readonly phase: PurgePhase;
    /** Null: it has not begun, or is not needed. */
    readonly archive: PurgeArchive | null;
    /** Id of who asked; null: the nightly run. */
    readonly by: string | null;
    /** Retention is reckoned from here, so that its counts do not depend on how long it takes. */
    readonly created_at: string;
    readonly ended_at: string | null;
  };

/** @throws AppError RETENTION_NOT_REACHED, VALIDATION_FAILED */
function assertDue(of: RecordClass, before: string | null, due: string | undefined): void {
  if (due === undefined && before === null) throw invalid('before', `is needed: ${of} has no retention`);
  if (due === undefined || before === null || before <= due) return;
  const message = `must not be later than ${due}`;
  throw new AppError(purgeErrors.RETENTION_NOT_REACHED, `before ${message}`, {
    details: [{ path: 'before', message }],
  });
}

/** Classes whose records have a file of RFC 5322. */
const messages: ReadonlySet<RecordClass> = new Set(['sms', 'email']);

/** @throws AppError VALIDATION_FAILED */
function assertFormat({ class: of, format, export: exports }: PurgeBody): void {
  if (format === undefined) return;
  if (!messages.has(of)) throw invalid('format', `must be absent for ${of}, whose records are no messages`);
  if (!exports) throw invalid('format', 'must be absent unless `export` is true');
}

/**
 * A purge that is asked for.
 * @throws AppError RETENTION_NOT_REACHED if `before` is later than any record is due; VALIDATION_FAILED if a class
 * without retention is not limited, or `format` does not fit
 */
export function newPurge(
  wanted: PurgeBody,
  retention: Retention,
  { id, by, now }: { readonly id: string; readonly by: string | null; readonly now: Date },
): Purge {
  const { class: of, before = null, policy_id = null, filter, format, dry_run } = wanted;
  assertFormat(wanted);
  assertDue(of, before, dueBefore(retention, now));
  if (of === 'eventlog' && filter !== undefined)
    throw invalid('filter', 'must be absent for eventlog: only its beginning can be deleted');
  const limits = definedFields(filter ?? {});
  const scope = { before, policy_id, filter: Object.keys(limits).length === 0 ? null : limits };
  const begun = notBegun(retention, now, !dry_run && wanted.export);
  const asked = { id, class: of, dry_run, export: wanted.export, by, scope, ...definedFields({ format }) };
  return { ...begun, ...asked, ...(dry_run ? counting : {}) };
}

/** A dry run only looks at what it would delete. */
const counting = { phase: 'deleting' } as const;

const notBegun = ({ policies }: Retention, now: Date, exports = false) => ({
  status: 'running' as const,
  phase: exports || policies.some(({ action }) => action !== 'delete') ? ('exporting' as const) : ('deleting' as const),
  archive: null,
  source: 0,
  after: null,
  counts: noCounts,
  runs: {},
  turn: '',
  turn_until: 0,
  created_at: now.toISOString(),
  ended_at: null,
});

/** A purge of the nightly run: of everything that is due. */
export const scheduledPurge = (
  retention: Retention,
  { id, now }: { readonly id: string; readonly now: Date },
): Purge => ({
  ...notBegun(retention, now),
  id,
  class: retention.of,
  dry_run: false,
  export: false,
  by: null,
  scope: { before: null, policy_id: null, filter: null },
});

/** The event that starts the work on a purge. */
export const startedEvent = ({ id, class: of, dry_run }: Purge) => ({
  entity: { type: 'purge', id },
  description: `Purge of ${of} started`,
  fields: { class: of, dry_run },
});

/** The instant before which a purge reads; undefined: nothing of the class can be due. */
export function readsBefore({ scope, created_at }: Purge, retention: Retention): string | undefined {
  const due = dueBefore(retention, new Date(created_at)) ?? scope.before ?? undefined;
  return due !== undefined && scope.before !== null && scope.before < due ? scope.before : due;
}

const deletes = (verdict: Verdict): boolean => verdict === 'delete' || verdict === 'export_then_delete';

function counted(counts: PurgeCounts, verdict: Verdict, bytes: number): PurgeCounts {
  if (verdict === 'other') return counts;
  return {
    matched: counts.matched + 1,
    held: counts.held + (verdict === 'held' ? 1 : 0),
    retained: counts.retained + (verdict === 'retained' ? 1 : 0),
    deleted: counts.deleted + (deletes(verdict) ? 1 : 0),
    exported: counts.exported + (verdict === 'export' ? 1 : 0),
    bytes: counts.bytes + (deletes(verdict) ? bytes : 0),
  };
}

const noRun: PolicyRun = { deleted: 0, exported: 0, held: 0 };

function ranBy(runs: PolicyRuns, { verdict, policy }: Decision): PolicyRuns {
  if (policy === null || verdict === 'other' || verdict === 'retained') return runs;
  const { deleted, exported, held } = runs[policy] ?? noRun;
  return {
    ...runs,
    [policy]: {
      deleted: deleted + (deletes(verdict) ? 1 : 0),
      exported: exported + (verdict === 'export' || verdict === 'export_then_delete' ? 1 : 0),
      held: held + (verdict === 'held' ? 1 : 0),
    },
  };
}

/** A record that is examined. */
type Examined = {
  readonly facts: RecordFacts;
  readonly record: object;
  readonly fileBytes: number;
  readonly isFinished: boolean;
};
type Source = { readonly isChain: boolean };

const sizeOf = ({ record, fileBytes }: Examined): number => Buffer.byteLength(JSON.stringify(record)) + fileBytes;

/** What becomes of some records of a source, in their order. */
export type Examination = {
  /** Of a chain up to the record that stays. */
  readonly decisions: readonly Decision[];
  /** Whether a record that stays keeps all that follow. Those are not counted. */
  readonly isBlocked: boolean;
};

type Examining = Pick<Purge, 'scope' | 'export' | 'created_at' | 'dry_run' | 'phase'>;

/** Decides about records. @param retention, holds as read now */
export function examine(
  purge: Examining,
  { isChain }: Pick<Source, 'isChain'>,
  records: readonly Examined[],
  { retention, holds }: { readonly retention: Retention; readonly holds: readonly Holding[] },
): Examination {
  const now = new Date(purge.created_at);
  const decisions: Decision[] = [];
  for (const each of records) {
    const decision = decideOn(each.facts, purge.scope, { retention, holds, now });
    const verdict = verdictFor(purge, each, decision.verdict);
    decisions.push({ ...decision, verdict });
    if (isChain && !deletes(verdict)) return { decisions, isBlocked: true };
  }
  return { decisions, isBlocked: false };
}

/**
 * An unfinished record stays; a purge that exports archives what it deletes. What should be archived first and is met
 * afterwards has come, or was changed, since: the next purge archives it.
 */
function verdictFor(
  { export: exports, phase, dry_run }: Pick<Purge, 'export' | 'phase' | 'dry_run'>,
  { isFinished }: Examined,
  decided: Verdict,
): Verdict {
  if (decided === 'other' || decided === 'retained' || decided === 'held') return decided;
  if (!isFinished) return 'retained';
  const verdict = decided === 'delete' && exports ? 'export_then_delete' : decided;
  return verdict === 'export_then_delete' && phase === 'deleting' && !dry_run ? 'retained' : verdict;
}

/** The positions of the records with a verdict. */
export const positionsOf = (decisions: readonly Decision[], is: (verdict: Verdict) => boolean): number[] =>
  decisions.flatMap(({ verdict }, at) => (is(verdict) ? [at] : []));

export const isDeleted = deletes;
export const isExported = (verdict: Verdict): boolean => verdict === 'export' || verdict === 'export_then_delete';

/** The counts of a purge with those of records, which were decided about. */
export function tally(
  { counts: before, runs: ran }: Pick<Purge, 'counts' | 'runs'>,
  records: readonly Examined[],
  decisions: readonly Decision[],
): Pick<Purge, 'counts' | 'runs'> {
  let [counts, runs] = [before, ran];
  for (const [at, decision] of decisions.entries()) {
    const record = records[at];
    counts = counted(counts, decision.verdict, record !== undefined && deletes(decision.verdict) ? sizeOf(record) : 0);
    runs = ranBy(runs, decision);
  }
  return { counts, runs };
}

/** The counts as answers and events have them. */
export const presentCounts = ({
  class: of,
  dry_run,
  counts: { deleted, exported, ...rest },
}: Pick<Purge, 'class' | 'dry_run' | 'counts'>): z.input<typeof CountedPurge> => ({
  dry_run,
  class: of,
  ...rest,
  to_delete: deleted,
  to_export: exported,
});

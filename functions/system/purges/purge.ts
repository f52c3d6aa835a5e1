import * as z from 'zod';
import { AppError, errorKinds, invalid } from '../../../shared/errors.ts';
import {
  recordClasses,
  type Holding,
  type RecordClass,
  type RecordFacts,
} from '../../../shared/schema/record-class.ts';
import {
  decideOn,
  dueBefore,
  type Decision,
  type PurgeScope,
  type Retention,
  type Verdict,
} from '../../../shared/schema/retention.ts';
import type { Turned } from '../../../shared/schema/turn.ts';
import { definedFields } from '../../../shared/schema/defined-fields.ts';
import { IdInUrl, Instant } from '../../../shared/schema/values.ts';
import { PolicyFilter, type PolicyRun } from '../archiving-policies/archiving-policy.ts';

/** Purges: records whose retention has ended are deleted or archived (functions/system/README.md, "Purge"). */

export const purgeErrors = errorKinds({
  RETENTION_NOT_REACHED: [422, 'Records after this instant are kept longer.'],
  PURGE_RUNNING: [409, 'A purge of this class is running.'],
});

export const NewPurge = z
  .object({
    class: z.enum(recordClasses).describe('Class of records'),
    before: Instant.optional().describe('Only records before this instant; needed for a class without retention'),
    policy_id: IdInUrl.optional().describe('Only records about which this policy decides'),
    filter: PolicyFilter.optional().describe('Only these records'),
    dry_run: z.boolean().default(true).describe('Whether records are counted only'),
    export: z.boolean().default(false).describe('Whether records are archived before they are deleted'),
  })
  .meta({ id: 'NewPurge' });
export type PurgeBody = z.output<typeof NewPurge>;

const counts = {
  matched: z.int().describe('Records that are old enough for the shortest retention of the class'),
  held: z.int().describe('Of these, records that legal holds keep'),
  retained: z.int().describe('Of these, records that are kept longer, or are not finished'),
};

export const CountedPurge = z
  .object({
    dry_run: z.boolean().describe('Whether records are counted only'),
    class: z.enum(recordClasses).describe('Class of records'),
    ...counts,
    to_delete: z.int().describe('Of these, records that a purge would delete now'),
    to_export: z.int().describe('Of these, records that are archived and kept'),
    bytes: z.int().describe('Bytes of the records to delete, with their audio'),
  })
  .meta({
    id: 'CountedPurge',
    example: {
      ...{ dry_run: true, class: 'sms', matched: 1200, held: 14, retained: 300, to_delete: 886, to_export: 0 },
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

/** A purge, as it is stored with its progress. */
export type Purge = Turned &
  Progress & {
    readonly id: string;
    readonly class: RecordClass;
    readonly dry_run: boolean;
    readonly export: boolean;
    readonly scope: PurgeScope;
    readonly status: 'running' | 'done' | 'failed';
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

/**
 * A purge that is asked for.
 * @throws AppError RETENTION_NOT_REACHED if `before` is later than any record is due; VALIDATION_FAILED if a class
 * without retention is not limited
 */
export function newPurge(
  wanted: PurgeBody,
  retention: Retention,
  { id, by, now }: { readonly id: string; readonly by: string | null; readonly now: Date },
): Purge {
  const { class: of, before = null, policy_id = null, filter, dry_run } = wanted;
  assertDue(of, before, dueBefore(retention, now));
  if (of === 'eventlog' && filter !== undefined)
    throw invalid('filter', 'must be absent for eventlog, of which only a beginning can go');
  const limits = definedFields(filter ?? {});
  const scope = { before, policy_id, filter: Object.keys(limits).length === 0 ? null : limits };
  return { ...notBegun(now), ...{ id, class: of, dry_run, export: wanted.export, by, scope } };
}

const notBegun = (now: Date) => ({
  status: 'running' as const,
  ...{ source: 0, after: null, counts: noCounts, runs: {}, turn: '', turn_until: 0 },
  ...{ created_at: now.toISOString(), ended_at: null },
});

/** A purge of the nightly run: of everything that is due. */
export const scheduledPurge = (of: RecordClass, { id, now }: { readonly id: string; readonly now: Date }): Purge => ({
  ...notBegun(now),
  ...{ id, class: of, dry_run: false, export: false, by: null },
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
type Source = { readonly counts: boolean; readonly isChain: boolean };

const sizeOf = ({ record, fileBytes }: Examined): number => Buffer.byteLength(JSON.stringify(record)) + fileBytes;

/** What becomes of some records of a source. */
export type Examination = Pick<Purge, 'counts' | 'runs'> & {
  /** Positions of the records that are deleted. */
  readonly deleted: readonly number[];
  /** Of those that are archived, before they are deleted or not. */
  readonly exported: readonly number[];
  /** Whether a record that stays keeps all that follow. Those are not counted. */
  readonly isBlocked: boolean;
};

/** Decides about records. @param retention, holds as read now */
export function examine(
  purge: Pick<Purge, 'scope' | 'export' | 'created_at' | 'counts' | 'runs'>,
  { counts: isCounted, isChain }: Source,
  records: readonly Examined[],
  { retention, holds }: { readonly retention: Retention; readonly holds: readonly Holding[] },
): Examination {
  const now = new Date(purge.created_at);
  let { counts, runs } = purge;
  const [deleted, exported]: [number[], number[]] = [[], []];
  for (const [at, each] of records.entries()) {
    const decision = decideOn(each.facts, purge.scope, { retention, holds, now });
    const verdict = verdictFor(purge, each, decision.verdict);
    if (isCounted) {
      counts = counted(counts, verdict, deletes(verdict) ? sizeOf(each) : 0);
      runs = ranBy(runs, { ...decision, verdict });
    }
    if (deletes(verdict)) deleted.push(at);
    if (verdict === 'export' || verdict === 'export_then_delete') exported.push(at);
    if (isChain && !deletes(verdict)) return { counts, runs, deleted, exported, isBlocked: true };
  }
  return { counts, runs, deleted, exported, isBlocked: false };
}

/** An unfinished record stays; a purge that exports archives what it deletes. */
function verdictFor(purge: Pick<Purge, 'export'>, { isFinished }: Examined, verdict: Verdict): Verdict {
  if (verdict === 'other' || verdict === 'retained' || verdict === 'held') return verdict;
  if (!isFinished) return 'retained';
  return verdict === 'delete' && purge.export ? 'export_then_delete' : verdict;
}

/** The counts as answers and events have them. */
export const presentCounts = ({
  class: of,
  dry_run,
  counts: { deleted, exported, ...rest },
}: Pick<Purge, 'class' | 'dry_run' | 'counts'>): z.input<typeof CountedPurge> => ({
  ...{ dry_run, class: of, ...rest },
  ...{ to_delete: deleted, to_export: exported },
});

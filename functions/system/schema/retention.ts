import {
  fitsFilter,
  isHeld,
  type Holding,
  type RecordClass,
  type RecordFacts,
  type RecordFilter,
} from '#schema/record-class.ts';
import { day } from '#schema/time.ts';

/** How long records are kept, and what becomes of them then (functions/system/retention/README.md, "Policies"). */

export const archivingActions = ['delete', 'export_then_delete', 'export'] as const;
export type ArchivingAction = (typeof archivingActions)[number];

/** A policy of an organization for records of a class. */
export type ArchivingPolicy = {
  readonly id: string;
  readonly name: string;
  readonly class: RecordClass;
  readonly retention_days: number;
  readonly action: ArchivingAction;
  readonly enabled: boolean;
  /** ISO 8601: records of before were archived by it, and stay; absent or null: none was. For the action `export`. */
  readonly exported_until?: string | null;
  /** Null: all records of the class. */
  readonly filter: Pick<RecordFilter, 'user_ids' | 'numbers' | 'direction'> | null;
};

/** Days for which an organization may keep records at least, and at most. */
export const leastDays = {
  cdr: 90,
  sms: 1,
  email: 1,
  voicemail: 1,
  eventlog: 365,
  recordings: 1,
  logs: 30,
} as const satisfies Record<RecordClass, number>;
export const mostDays = 36_500;

type Settings = { readonly cdr_days: number; readonly log_days: number };

/** Days for which records are kept without a policy; null: until someone deletes them. */
export const defaultDays = (of: RecordClass, { cdr_days, log_days }: Settings): number | null =>
  ({
    cdr: cdr_days,
    sms: 90,
    email: 90,
    voicemail: null,
    eventlog: 2_555,
    recordings: 365,
    logs: log_days,
  })[of];

/** What decides about the records of a class. */
export type Retention = {
  readonly of: RecordClass;
  readonly policies: readonly ArchivingPolicy[];
  readonly defaultDays: number | null;
};

/** How long a record is kept, and by which policy; null: by the default of its class. */
type Term = { readonly days: number | null; readonly policy: ArchivingPolicy | null };

/** Of several policies that mean a record the one that keeps it longest counts; without any, the default. */
export function termOf(facts: RecordFacts, { policies, defaultDays: days }: Retention): Term {
  const meant = policies.filter(({ enabled, filter }) => enabled && fitsFilter(facts, filter ?? {}));
  const [longest = null] = meant.toSorted((one, other) => other.retention_days - one.retention_days);
  return longest === null ? { days, policy: null } : { days: longest.retention_days, policy: longest };
}

/**
 * The instant (ISO 8601 UTC) before which records of a class may be due: of the shortest of its terms; undefined: none
 * is ever due.
 */
export function dueBefore({ policies, defaultDays: days }: Retention, now: Date): string | undefined {
  const terms = [...policies.filter(({ enabled }) => enabled).map((policy) => policy.retention_days), days ?? Infinity];
  const shortest = Math.min(...terms);
  return shortest === Infinity ? undefined : new Date(now.getTime() - shortest * day).toISOString();
}

/** What a purge is limited to. */
export type PurgeScope = {
  /** Records before this instant only. Where a class has no retention, all of them. */
  readonly before: string | null;
  readonly filter: RecordFilter | null;
  /** Records that this policy decides about only. */
  readonly policy_id: string | null;
};

/** What becomes of a record: `other` is outside of the purge. */
export type Verdict = 'other' | 'retained' | 'held' | ArchivingAction;

type Terms = { readonly retention: Retention; readonly holds: readonly Holding[]; readonly now: Date };

/** What becomes of a record, and the policy that says so; null: the default of its class. */
export type Decision = { readonly verdict: Verdict; readonly policy: string | null };

/** Whether a purge is about a record. */
const isMeant = (
  facts: RecordFacts,
  { before, filter, policy_id }: PurgeScope,
  policy: ArchivingPolicy | null,
): boolean =>
  (filter === null || fitsFilter(facts, filter)) &&
  (policy_id === null || policy?.id === policy_id) &&
  (before === null || facts.at < before);

/** Whether a policy has archived a record before, and keeps it. */
const isExported = ({ at }: RecordFacts, policy: ArchivingPolicy | null): boolean =>
  policy?.action === 'export' && at < (policy.exported_until ?? '');

/** Whether a record is kept longer. Without retention only a purge that names an instant deletes. */
function isRetained(facts: RecordFacts, { before }: PurgeScope, { days, policy }: Term, now: Date): boolean {
  const due = days === null ? before : new Date(now.getTime() - days * day).toISOString();
  return due === null || facts.at >= due || isExported(facts, policy);
}

/** What becomes of a record now. Holds come last, so that only what would be deleted counts as held. */
export function decideOn(facts: RecordFacts, scope: PurgeScope, { retention, holds, now }: Terms): Decision {
  const term = termOf(facts, retention);
  const policy = term.policy?.id ?? null;
  if (!isMeant(facts, scope, term.policy)) return { verdict: 'other', policy };
  if (isRetained(facts, scope, term, now)) return { verdict: 'retained', policy };
  const action = term.policy?.action ?? 'delete';
  return { verdict: action !== 'export' && isHeld(retention.of, facts, holds) ? 'held' : action, policy };
}

/** Days for which archives of a class are locked: those of its longest term. */
export const lockDays = ({ policies, defaultDays: days }: Retention): number =>
  Math.max(days ?? 0, ...policies.filter(({ enabled }) => enabled).map((policy) => policy.retention_days));

/**
 * The instant since which records of a class may still be due: what was exported before, and stays, is not read again.
 * Null: all records.
 */
export function dueSince({ policies, defaultDays: days }: Retention): string | null {
  const enabled = policies.filter((policy) => policy.enabled);
  const decidesAll = days === null || enabled.some(({ filter }) => filter === null);
  const since = enabled.map(({ action, exported_until: until = null }) => (action === 'export' ? until : null));
  if (!decidesAll || since.length === 0 || since.includes(null)) return null;
  return since.reduce((one, other) => ((one ?? '') < (other ?? '') ? one : other));
}

/** The instant before which a policy has exported everything, after a run that began at an instant. */
export const exportedUntil = ({ retention_days: days }: ArchivingPolicy, began: Date): string =>
  new Date(began.getTime() - days * day).toISOString();

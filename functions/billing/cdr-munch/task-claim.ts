/**
 * The CDRs that a task claims: no two unfinished tasks work on the same ones (functions/billing/README.md, "Tasks").
 */
import type { Target, Task } from './task.ts';

/** The organizations and the range of call starts that a task claims. The end is exclusive. */
export type TaskClaim = {
  readonly task_id: string;
  readonly target: Target;
  /** ISO 8601, or `''` for the beginning. */
  readonly start: string;
  /** ISO 8601, or `'9'` (after every time) for no end. */
  readonly end: string;
};

export const claimOf = ({ id, target, date_range }: Pick<Task, 'id' | 'target' | 'date_range'>): TaskClaim => ({
  task_id: id,
  target,
  start: date_range?.start ?? '',
  end: date_range?.end ?? '9',
});

/** The place of an organization in the tree. */
export type Position = { readonly organization: number; readonly parent: number | null };

const reaches = (target: Target, { organization, parent }: Position): boolean =>
  target.of === 'one'
    ? target.organization === organization
    : target.of === 'all' || organization === target.home || parent === target.home;

/** Of two targets, the one that is a single organization, and the other one. */
function singleOf(one: Target, other: Target) {
  if (one.of === 'one') return { single: one, target: other };
  return other.of === 'one' ? { single: other, target: one } : null;
}

/**
 * Whether two claims overlap in an organization and in time.
 * @param positionOf the position of an organization that is claimed alone; undefined if it does not exist
 */
export function overlap(
  one: TaskClaim,
  other: TaskClaim,
  positionOf: (organization: number) => Position | undefined,
): boolean {
  if (one.start >= other.end || other.start >= one.end) return false;
  const pair = singleOf(one.target, other.target);
  // Two targets of several organizations may share some.
  if (pair === null) return true;
  const { organization } = pair.single;
  return reaches(pair.target, positionOf(organization) ?? { organization, parent: null });
}

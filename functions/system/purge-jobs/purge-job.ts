import type { Retention } from '../schema/retention.ts';
import type { AppliedPolicy } from '#schema/stored-archive.ts';
import { presentCounts, type Purge } from '../schema/purge.ts';

/** How a purge ends: with all that it read, or with an error that comes again. */
type End = {
  readonly now: Date;
  /** The code of the error. */
  readonly failure?: string | undefined;
  /** The link from which the event log verifies. */
  readonly begin?: { readonly seq: number; readonly hash: string } | undefined;
};

/** A purge at its end. */
export const endPurge = (purge: Purge, { now, failure }: End): Purge => ({
  ...purge,
  status: failure === undefined ? 'done' : 'failed',
  ended_at: now.toISOString(),
  turn_until: 0,
});

/** Whether it needs no event: a nightly run that has deleted and archived nothing. */
export const isSilent = ({ by, status, counts: { deleted, exported } }: Purge): boolean =>
  by === null && status === 'done' && deleted === 0 && exported === 0;

/** The event of a purge that has ended. */
export const endEvent = (purge: Purge, { failure, begin }: End) => ({
  entity: { type: 'purge', id: purge.id },
  description: `Purge of ${purge.class} ${failure === undefined ? 'ended' : 'failed'}`,
  severity: failure === undefined ? ('info' as const) : ('error' as const),
  fields: {
    ...presentCounts(purge),
    status: purge.status,
    by: purge.by,
    ...(failure === undefined ? {} : { code: failure }),
    ...(begin === undefined ? {} : { last_seq: begin.seq, last_hash: begin.hash }),
  },
});

/** The policy by which a purge archives; null: several, or none. */
export function archivedBy({ policies }: Retention, { scope }: Pick<Purge, 'scope'>): AppliedPolicy | null {
  const [policy, ...others] = policies.filter(
    ({ id, action }) => id === scope.policy_id || (scope.policy_id === null && action !== 'delete'),
  );
  if (policy === undefined || others.length > 0) return null;
  const { id, name, retention_days } = policy;
  return { id, name, retention_days };
}

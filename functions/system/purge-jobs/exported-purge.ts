import type { Retention } from '../schema/retention.ts';
import type { AppliedPolicy } from '#schema/stored-archive.ts';
import type { Purge } from '../purges/purge.ts';

/** The policy by which a purge archives; null: several, or none. */
export function archivedBy({ policies }: Retention, { scope }: Pick<Purge, 'scope'>): AppliedPolicy | null {
  const [policy, ...others] = policies.filter(
    ({ id, action }) => id === scope.policy_id || (scope.policy_id === null && action !== 'delete'),
  );
  if (policy === undefined || others.length > 0) return null;
  const { id, name, retention_days } = policy;
  return { id, name, retention_days };
}

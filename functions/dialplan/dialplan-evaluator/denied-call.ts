import { organizationText } from '#schema/values.ts';
import type { DecidedCall } from './call-log.ts';
import type { LimitedDecision } from './call-limits.ts';

/** The event `call.denied`. Its entity is the policy that decided, else the organization. */
export const deniedCallEvent = (
  { called, caller }: Pick<DecidedCall, 'called' | 'caller'>,
  { reason, policy, emergency }: Pick<LimitedDecision, 'reason' | 'policy' | 'emergency'>,
  organization: number,
) =>
  ({
    entity: policy === null ? { type: 'org', id: organizationText(organization) } : { type: 'policy', id: policy.id },
    description: `Call to ${called} denied: ${reason}`,
    severity: emergency ? 'warning' : 'info',
    fields: { called, caller: caller ?? null, reason, policy_id: policy?.id ?? null, emergency },
  }) as const;

export type DeniedCallEvent = ReturnType<typeof deniedCallEvent>;

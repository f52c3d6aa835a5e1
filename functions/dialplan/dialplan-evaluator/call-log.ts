import type { LimitedDecision } from './call-limits.ts';

/** A decided call, as logs, events and notices describe it. */
export type DecidedCall = {
  readonly called: string;
  readonly caller?: string | undefined;
  readonly userId: string | undefined;
};

/** The log line of a call that a policy with `actions.log` decided. */
export const callLogLine = (
  { called, caller, userId }: DecidedCall,
  { allowed, reason, policy, action, destination, routes, emergency }: LimitedDecision,
  planVersion: number,
) =>
  ({
    type: 'call',
    level: allowed ? 'info' : 'warning',
    source: 'dialplan',
    import_id: null,
    message: `Call to ${called} ${allowed ? 'allowed' : 'denied'} by policy ${policy?.name ?? ''}: ${reason}`,
    details: {
      called,
      caller: caller ?? null,
      user_id: userId ?? null,
      allowed,
      reason,
      policy_id: policy?.id ?? null,
      policy_version: policy?.version ?? null,
      action,
      destination,
      gateways: routes.map(({ name }) => name),
      emergency,
      plan_version: String(planVersion),
    },
  }) as const;

export type CallLogLine = ReturnType<typeof callLogLine>;

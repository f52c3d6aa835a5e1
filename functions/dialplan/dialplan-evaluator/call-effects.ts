import { organizationText } from '#schema/values.ts';
import type { Email } from '#schema/email.ts';
import { noticeEmail } from '#schema/notice-email.ts';
import type { LimitedDecision } from './call-limits.ts';
import type { CompiledPlan } from '../plan/plan.ts';

/** What follows a decided call: an event, a log line, an e-mail. */

/** A decided call, as logs, events and notices describe it. */
export type DecidedCall = {
  readonly called: string;
  readonly caller?: string | undefined;
  readonly userId: string | undefined;
};

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

/**
 * `actions.notify`: one e-mail about the first call of each minute that a policy decides. Lets a process try once per
 * policy and minute. Other processes may have been faster, which only the store knows.
 */
export function noticeThrottle() {
  let present = 0;
  let tried = new Set<string>();
  return {
    /** @param policy unique across organizations; @param minute minutes since 1970 */
    isFirst: (policy: string, minute: number): boolean => {
      if (minute !== present) [present, tried] = [minute, new Set()];
      if (tried.has(policy)) return false;
      tried.add(policy);
      return true;
    },
    /** After a failure: lets the next call of the policy try. */
    forget: (policy: string): void => void tried.delete(policy),
  };
}

/** A decision of a policy. */
export type PolicyDecision = LimitedDecision & { readonly policy: NonNullable<LimitedDecision['policy']> };

type NoticeFacts = {
  readonly organization: { readonly org_id: number; readonly name: string };
  readonly call: DecidedCall;
  readonly decision: PolicyDecision;
  /** Instant for which the call was decided, ISO 8601 UTC. */
  readonly at: string;
};

type Notice = NoticeFacts & {
  /** Id of the e-mail. */
  readonly id: string;
  readonly to: readonly string[];
  /** ISO 8601 UTC. */
  readonly now: string;
};

/**
 * The e-mail `policy_call_log`: to the first address, with copies to the others, so that it counts as one e-mail. Its
 * subject has no text of a tenant or a caller, as the platform is its sender.
 */
export const callNotice = ({ id, to: [first = '', ...others], now, ...facts }: Notice): Email =>
  noticeEmail({ id, to: first, cc: others, template: 'policy_call_log', variables: variablesOf(facts), now });

/** What the template says about the call. */
const variablesOf = ({ organization, call, decision, at }: NoticeFacts) => ({
  outcome: decision.allowed ? 'allowed' : 'denied',
  organization: { id: organizationText(organization.org_id), name: organization.name },
  policy: { id: decision.policy.id, name: decision.policy.name, version: decision.policy.version },
  called: call.called,
  caller: call.caller ?? null,
  user: call.userId ?? null,
  time: at,
  reason: decision.reason,
  gateways: decision.routes.map(({ name }) => name).join(', '),
});

/** Where effects go. Each promise resolves when the work has begun, not when it is done. */
export type EffectSink = {
  readonly recordDenied: (event: DeniedCallEvent) => Promise<void>;
  readonly writeLog: (line: CallLogLine) => Promise<void>;
  readonly notify: (to: readonly string[], decision: PolicyDecision) => Promise<void>;
};

type CallResult = {
  readonly plan: Pick<CompiledPlan, 'version' | 'matching'>;
  readonly call: DecidedCall;
  readonly decision: LimitedDecision;
  readonly organization: number;
};

/** Begins the effects of a call, in order. */
export async function beginEffects(
  { plan, call, decision, organization }: CallResult,
  sink: EffectSink,
): Promise<void> {
  if (!decision.allowed) await sink.recordDenied(deniedCallEvent(call, decision, organization));
  const { policy } = decision;
  if (policy === null) return;
  const actions = plan.matching(call.called).find((candidate) => candidate.policy.id === policy.id)?.policy.actions;
  if (actions?.log === true) await sink.writeLog(callLogLine(call, decision, plan.version));
  if (actions?.notify !== undefined) await sink.notify(actions.notify, { ...decision, policy });
}

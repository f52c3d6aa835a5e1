import type { Email } from '#schema/email.ts';
import { noticeEmail } from '#schema/notice-email.ts';
import { organizationText } from '#schema/values.ts';
import type { DecidedCall } from './call-log.ts';
import type { LimitedDecision } from './call-limits.ts';

/** `actions.notify`: one e-mail about the first call of each minute that a policy decides. */

/**
 * Lets a process try once per policy and minute. Other processes may have been faster, which only the store knows.
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

import { queuedEmail, type Email } from '../../../shared/schema/email.ts';
import { organizationText } from '../../../shared/schema/values.ts';
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
export function callNotice({ id, to: [first = '', ...others], now, ...facts }: Notice): Email {
  const outcome = outcomeOf(facts.decision);
  return queuedEmail({
    id,
    to: [first],
    cc: others,
    template: 'policy_call_log',
    template_version: 1,
    created_at: now,
    subject: `Call ${outcome} by a dial-plan policy`,
    text: [
      `A call was ${outcome} by a dial-plan policy that notifies this address.`,
      '',
      ...linesOf(facts).map(([name, value]) => `${`${name}:`.padEnd(14)}${value}`),
      '',
      'You receive this e-mail for the first call that the policy decides in each minute.',
      '',
    ].join('\n'),
  });
}

const outcomeOf = ({ allowed }: LimitedDecision): string => (allowed ? 'allowed' : 'denied');

const linesOf = ({
  organization,
  call,
  decision,
  at,
}: NoticeFacts): readonly (readonly [name: string, value: string])[] => [
  ['Organization', `${organization.name} (${organizationText(organization.org_id)})`],
  ['Policy', `${decision.policy.name} (${decision.policy.id}, version ${decision.policy.version})`],
  ['Called', call.called],
  ['Caller', call.caller ?? 'withheld'],
  ...(call.userId === undefined ? [] : [['User', call.userId] as const]),
  ['Time', at],
  ['Decision', `${outcomeOf(decision)} (${decision.reason})`],
  ...(decision.routes.length === 0 ? [] : [['Gateways', decision.routes.map(({ name }) => name).join(', ')] as const]),
];

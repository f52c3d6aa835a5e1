import { queuedEmail, type Email } from '../../../shared/schema/email.ts';
import { organizationText } from '../../../shared/schema/values.ts';
import type { DecidedCall } from './call-log.ts';
import type { LimitedDecision } from './limits.ts';

/** `actions.notify`: an e-mail of the first call in each minute that a policy decides (dialplan.md, step 8). */

/**
 * Whether a process may try to notify: of each policy once in a minute. Others may have been faster, which the store
 * knows.
 */
export function notices() {
  let present = 0;
  let told = new Set<string>();
  return {
    /** @param policy of all organizations; @param minute Unix */
    isFirst: (policy: string, minute: number): boolean => {
      if (minute !== present) [present, told] = [minute, new Set()];
      if (told.has(policy)) return false;
      told.add(policy);
      return true;
    },
    /** It came to nothing: the next call is tried. */
    forget: (policy: string): void => void told.delete(policy),
  };
}

type Noticed = Told & {
  readonly id: string;
  readonly to: readonly string[];
  /** ISO 8601 UTC. */ readonly now: string;
};

type Told = {
  readonly organization: { readonly org_id: number; readonly name: string };
  readonly call: DecidedCall;
  readonly decision: LimitedDecision & { readonly policy: NonNullable<LimitedDecision['policy']> };
  /** For when the call was decided, ISO 8601 UTC. */
  readonly at: string;
};

const longestSubject = 200;

/**
 * The platform's template `policy_call_log`. To the first address, with copies to the others: all of it is one e-mail.
 */
export function callNotice({ id, to: [first = '', ...others], now, ...told }: Noticed): Email {
  const { call, decision } = told;
  const outcome = outcomeOf(decision);
  return queuedEmail({
    id,
    to: [first],
    cc: others,
    template: 'policy_call_log',
    template_version: 1,
    created_at: now,
    subject: `Call to ${call.called} ${outcome} by policy ${decision.policy.name}`.slice(0, longestSubject),
    text: [
      `A call was ${outcome} by a dial-plan policy that notifies this address.`,
      '',
      ...factsOf(told).map(([name, value]) => `${`${name}:`.padEnd(14)}${value}`),
      '',
      'You are told of the first call that the policy decides in each minute.',
      '',
    ].join('\n'),
  });
}

const outcomeOf = ({ allowed }: LimitedDecision): string => (allowed ? 'allowed' : 'denied');

const factsOf = ({ organization, call, decision, at }: Told): readonly (readonly [name: string, value: string])[] => [
  ['Organization', `${organization.name} (${organizationText(organization.org_id)})`],
  ['Policy', `${decision.policy.name} (${decision.policy.id}, version ${decision.policy.version})`],
  ['Called', call.called],
  ['Caller', call.caller ?? 'withheld'],
  ...(call.userId === undefined ? [] : [['User', call.userId] as const]),
  ['Time', at],
  ['Decision', `${outcomeOf(decision)} (${decision.reason})`],
  ...(decision.routes.length === 0 ? [] : [['Gateways', decision.routes.map(({ name }) => name).join(', ')] as const]),
];

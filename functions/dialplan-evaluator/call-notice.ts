import { queuedEmail, type EmailItem } from '../../shared/dynamodb/rows/email.ts';
import { organizationText } from '../../shared/schema/values.ts';
import type { DecidedCall } from './call-log.ts';
import type { LimitedDecision } from './limits.ts';

/** `actions.notify`: an e-mail of the first call in each minute that a policy decides (dialplan.md, step 8). */

/** Whether a process may try to notify: of each policy once in a minute. Others may have been faster, which the store knows. */
export function notices() {
  let present = 0;
  let told = new Set<string>();
  return {
    /** @param policy of all organizations; @param minute Unix */
    isFirst: (policy: string, minute: number): boolean => {
      if (minute !== present) [present, told] = [minute, new Set()];
      return !told.has(policy) && told.add(policy).has(policy);
    },
    /** It came to nothing: the next call is tried. */
    forget: (policy: string): void => void told.delete(policy),
  };
}

type Noticed = {
  readonly id: string;
  readonly organization: { readonly org_id: number; readonly name: string };
  readonly call: DecidedCall;
  readonly decision: LimitedDecision;
  /** For when the call was decided, and when that was; ISO 8601 UTC. */
  readonly at: string;
  readonly now: string;
};

const longestSubject = 200;

/** The platform's template `policy_call_log`. To the first address, with copies to the others: all of it is one e-mail. */
export function callNotice([first = '', ...others]: readonly string[], { id, organization, call, decision, at, now }: Noticed): EmailItem {
  const { allowed, reason, policy, routes } = decision;
  const outcome = allowed ? 'allowed' : 'denied';
  const lines = [
    ['Organization', `${organization.name} (${organizationText(organization.org_id)})`],
    ['Policy', `${policy?.name ?? ''} (${policy?.id ?? ''}, version ${policy?.version ?? ''})`],
    ['Called', call.called],
    ['Caller', call.caller ?? 'withheld'],
    ['User', call.userId ?? 'unknown'],
    ['Time', at],
    ['Decision', `${outcome} (${reason})`],
    ...(routes.length === 0 ? [] : [['Gateways', routes.map(({ name }) => name).join(', ')]]),
  ];
  return queuedEmail({
    id, to: [first], cc: others, template: 'policy_call_log', template_version: 1, created_at: now,
    subject: `Call to ${call.called} ${outcome} by policy ${policy?.name ?? ''}`.slice(0, longestSubject),
    text: [
      `A call was ${outcome} by a dial-plan policy that notifies this address.`, '',
      ...lines.map(([name = '', value = '']) => `${`${name}:`.padEnd(14)}${value}`), '',
      'You are told of the first call that the policy decides in each minute.', '',
    ].join('\n'),
  });
}

import {
  contextDocument,
  notFoundDocument,
  switchPhrase,
  switchText,
  type SwitchExtension,
} from '../plan/freeswitch.ts';
import { isLimit, type LimitedDecision } from './call-limits.ts';

/** The decision on a call as a FreeSWITCH dial-plan document. */

/** A pattern that only this dialed string matches. */
const exactPattern = (dialed: string): string => `^${dialed.replace(/[.*+]/g, '\\$&')}$`;

type SwitchTarget = {
  /** The dialed string. */
  readonly called: string;
  /** The context in which FreeSWITCH looks for the extension. */
  readonly context: string;
};

/** Whether another switch configuration may route the call: nothing of the plan does, and nothing denies it. */
const isUnrouted = ({ allowed, reason }: LimitedDecision): boolean => !allowed && reason === 'NO_ROUTE';

/**
 * Ends a denied call. After `not found` FreeSWITCH would look for it in its own static dial plan. A limit may permit
 * the call later (ITU-T Q.850, cause 41), a policy does not (cause 21).
 */
const denialOf = (decision: LimitedDecision, { called }: SwitchTarget): SwitchExtension => ({
  name: decision.policy?.id ?? 'denied',
  pattern: exactPattern(called),
  actions: [
    { application: 'log', data: `NOTICE The dial plan denies the call to ${switchText(called)}: ${decision.reason}` },
    { application: 'hangup', data: isLimit(decision.reason) ? 'NORMAL_TEMPORARY_FAILURE' : 'CALL_REJECTED' },
  ],
});

/** The document for one call. */
export function callDocument(decision: LimitedDecision, target: SwitchTarget) {
  const { allowed, action, policy, rule, limits } = decision;
  if (isUnrouted(decision)) return notFoundDocument;
  if (!allowed || action === null) return contextDocument(target.context, [denialOf(decision, target)]);
  const limit =
    limits.max_duration === null
      ? []
      : [{ application: 'set', data: `execute_on_answer=sched_hangup +${limits.max_duration} allotted_timeout` }];
  const extension = {
    name: policy?.id ?? `rule-${rule?.priority ?? 0}`,
    pattern: exactPattern(target.called),
    actions: [...limit, { application: action, data: dataOf(decision, target) }],
  };
  return contextDocument(target.context, [extension]);
}

function dataOf(
  { action, destination, routes }: LimitedDecision,
  { called, context }: SwitchTarget,
): string | undefined {
  if (destination === null || destination === '') return undefined;
  switch (action) {
    case 'bridge':
      return (routes.length > 0 ? routes.map((route) => route.destination) : [destination])
        .map((text) => dialString(text, called))
        .join('|');
    case 'transfer':
      return `${switchText(destination)} XML ${switchText(context)}`;
    default:
      return switchPhrase(destination);
  }
}

/** A dialed `@` would make FreeSWITCH send the call to another host, with the credentials of the gateway. */
function dialString(destination: string, called: string): string {
  const text = switchText(destination);
  return called.includes('@') && text.startsWith('sofia/gateway/') ? text.replaceAll('@', '%40') : text;
}

/**
 * FreeSWITCH dial-plan documents: a section of contexts of extensions with conditions and actions (FreeSWITCH
 * documentation, "XML Dialplan" and "mod_xml_curl"). Text of callers and users is escaped, since FreeSWITCH expands
 * `${…}` and gives `|`, `,`, `{…}` and others a meaning.
 */
import { dialable } from '#telephony/dialed-string.ts';
import { isLimit, type LimitedDecision } from './call-limits.ts';

export type SwitchAction = { readonly application: string; readonly data?: string | undefined };

export type SwitchExtension = {
  readonly name: string;
  /** Whether FreeSWITCH continues with the next extension. */
  readonly continues?: boolean;
  /** In the syntax that PCRE (FreeSWITCH) and RE2 share; searched in the dialed string. */
  readonly pattern: string;
  readonly actions: readonly SwitchAction[];
};

/** Characters of SIP URIs, dial strings and file names that have no meaning to FreeSWITCH. */
const plain = /[A-Za-z0-9*#+._@/:;=?&%~!-]/;

const percentEncode = (character: string): string =>
  Array.from(
    new TextEncoder().encode(character),
    (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');

/** Text that FreeSWITCH neither expands nor splits: other characters are percent-encoded, and so is `:_:`. */
export const switchText = (text: string): string =>
  Array.from(text.toWellFormed(), (character) => (plain.test(character) ? character : percentEncode(character)))
    .join('')
    .replaceAll(/:_(?=:)/g, ':%5F');

/** The same for a single argument with spaces: a file name, a cause, a mailbox. */
export const switchPhrase = (text: string): string => text.split(' ').map(switchText).join(' ');

/** FreeSWITCH also passes on other characters that a SIP client sends. */
const dialed = dialable.source;

/** Keeps FreeSWITCH from reading a leading `_` or `/` as another syntax (switch_regex.c), and `${` as a variable. */
export const switchPattern = (pattern: string): string =>
  pattern
    .replace(/^(?=[_/])/, '(?:)')
    .replace(/(\\*)\$\{/g, (_match, backslashes: string) =>
      backslashes.length % 2 === 0 ? `${backslashes}(?:$){` : `${backslashes}x24{`,
    );

/** A pattern that only this dialed string matches. */
const exactPattern = (dialed: string): string => `^${dialed.replace(/[.*+]/g, '\\$&')}$`;

const extensionNode = ({ name, continues = false, pattern, actions }: SwitchExtension) => ({
  '@name': name,
  ...(continues ? { '@continue': 'true' } : {}),
  condition: [
    { '@field': 'destination_number', '@expression': dialed },
    {
      '@field': 'destination_number',
      '@expression': switchPattern(pattern),
      action: actions.map(({ application, data }) => ({
        '@application': application,
        ...(data === undefined ? {} : { '@data': data }),
      })),
    },
  ],
});

const documentOf = <Section extends object>(section: Section) => ({ document: { '@type': 'freeswitch/xml', section } });

/** A document of one context. The XML writer escapes the values. */
export const contextDocument = (context: string, extensions: readonly SwitchExtension[]) =>
  documentOf({ '@name': 'dialplan', context: { '@name': context, extension: extensions.map(extensionNode) } });

/** Tells FreeSWITCH that there is no extension for the call. */
export const notFoundDocument = documentOf({ '@name': 'result', result: { '@status': 'not found' } });

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

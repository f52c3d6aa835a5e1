/**
 * The dial plan as FreeSWITCH reads it: sections of contexts of extensions, whose conditions lead to actions
 * (FreeSWITCH documentation, "XML Dialplan" and "mod_xml_curl"). What callers, people and other systems wrote comes
 * to stand in there as text: FreeSWITCH would expand `${…}`, and takes `|`, `,`, `{…}` and the like for its own.
 */
import type { LimitedDecision } from './limits.ts';

export type SwitchAction = { readonly application: string; readonly data?: string | undefined };

export type SwitchExtension = {
  readonly name: string;
  /** Whether the extensions behind it are looked at too. */
  readonly continues?: boolean;
  /** In the dialect that FreeSWITCH and our patterns share, looked for in the dialed string. */
  readonly pattern: string;
  readonly actions: readonly SwitchAction[];
};

/**
 * Beside what RFC 3986 calls unreserved: what SIP URIs, dial strings and file names are made of without a meaning to
 * FreeSWITCH.
 */
const plain = /[A-Za-z0-9*#+._@/:;=?&%~!-]/;

const percentEncoded = (character: string): string =>
  Array.from(
    new TextEncoder().encode(character),
    (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');

/**
 * A text of which FreeSWITCH expands and separates nothing: all else stands in percent encoding. `:_:` separates whole
 * originations.
 */
export const switchText = (text: string): string =>
  Array.from(text.toWellFormed(), (character) => (plain.test(character) ? character : percentEncoded(character)))
    .join('')
    .replaceAll(/:_(?=:)/g, ':%5F');

/** The same for what takes all of its data as one: a file's name, a cause, a mailbox. */
export const switchPhrase = (text: string): string => text.split(' ').map(switchText).join(' ');

/** What can be dialed here (dialplan.md, Patterns). FreeSWITCH passes on whatever a SIP client sends. */
const dialable = '^[0-9A-Za-z*#+._@-]{1,64}$';

/** A leading `_` or `/` would be another dialect to FreeSWITCH (switch_regex.c), and `${` a variable. */
export const switchPattern = (pattern: string): string =>
  pattern
    .replace(/^(?=[_/])/, '(?:)')
    .replace(/(\\*)\$\{/g, (_, backslashes: string) =>
      backslashes.length % 2 === 0 ? `${backslashes}(?:$){` : `${backslashes}x24{`,
    );

const escaped = (text: string): string => text.replace(/[.*+]/g, '\\$&');

const extensionNode = ({ name, continues = false, pattern, actions }: SwitchExtension) => ({
  '@name': name,
  ...(continues ? { '@continue': 'true' } : {}),
  condition: [
    { '@field': 'destination_number', '@expression': dialable },
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

/** A document of one context. Values are escaped by whoever writes the XML. */
export const contextDocument = (context: string, extensions: readonly SwitchExtension[]) =>
  documentOf({ '@name': 'dialplan', context: { '@name': context, extension: extensions.map(extensionNode) } });

/** What tells FreeSWITCH that there is nothing here for what it asks. */
export const notFoundDocument = documentOf({ '@name': 'result', result: { '@status': 'not found' } });

type Asked = {
  /** The dialed string. */ readonly called: string;
  /** The context that FreeSWITCH looks in. */ readonly context: string;
};

/** The document for one call. */
export function callDocument(decision: LimitedDecision, asked: Asked) {
  const { allowed, action, policy, rule, limits } = decision;
  if (!allowed || action === null) return notFoundDocument;
  const limit =
    limits.max_duration === null
      ? []
      : [{ application: 'set', data: `execute_on_answer=sched_hangup +${limits.max_duration} allotted_timeout` }];
  const extension = {
    name: policy?.id ?? `rule-${rule?.priority ?? 0}`,
    pattern: `^${escaped(asked.called)}$`,
    actions: [...limit, { application: action, data: dataOf(decision, asked) }],
  };
  return contextDocument(asked.context, [extension]);
}

function dataOf({ action, destination, routes }: LimitedDecision, { called, context }: Asked): string | undefined {
  if (destination === null || destination === '') return undefined;
  switch (action) {
    case 'bridge':
      return (routes.length > 0 ? routes.map((route) => route.destination) : [destination])
        .map((each) => dialString(each, called))
        .join('|');
    case 'transfer':
      return `${switchText(destination)} XML ${switchText(context)}`;
    default:
      return switchPhrase(destination);
  }
}

/** Behind a gateway an `@` that was dialed would name another host, with the gateway's credentials. */
function dialString(destination: string, called: string): string {
  const text = switchText(destination);
  return called.includes('@') && text.startsWith('sofia/gateway/') ? text.replaceAll('@', '%40') : text;
}

/**
 * FreeSWITCH dial-plan documents: a section of contexts of extensions with conditions and actions (FreeSWITCH
 * documentation, "XML Dialplan" and "mod_xml_curl"). Text of callers and users is escaped, since FreeSWITCH expands
 * `${…}` and gives `|`, `,`, `{…}` and others a meaning.
 */
import { dialable } from '#telephony/dialed-string.ts';

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

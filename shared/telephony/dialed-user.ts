import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/**
 * What was dialed, in any form in which peers write it. SIP and the API read it by the functions of this file. What is
 * beside the number does not belong to it: parameters of RFC 3966 (`;ext`, `;isub`), RFC 4694 (`;npdi`, `;rn`) and RFC
 * 4904 (`;tgrp`, `;trunk-context`), visual separators (RFC 3966 §5.1.1), and escapes.
 */

/** A number, or keys of a telephone. A name such as `ann-2` keeps its characters. */
const written = /^\+?[().-]*[0-9*#][0-9*#().-]*$/;
const separators = /[().-]/g;

const withoutSeparators = (text: string): string => (written.test(text) ? text.replace(separators, '') : text);

/** A context that is a country's code, or the begin of a number; others are names of networks. */
const globalContext = /^\+[0-9().-]*[0-9][0-9().-]*$/;

/**
 * A local number (RFC 3966 §5.1.5): that of the country of its context. What is no number there, such as an emergency
 * number or an extension, stays as it is.
 */
function inContext(number: string, context: string | undefined): string {
  if (context === undefined || !globalContext.test(context) || !/^[0-9]+$/.test(number)) return number;
  // The library takes a national prefix off: +33 0 9… is +33 9….
  const read = parsePhoneNumberFromString(`${context.replace(separators, '')}${number}`);
  return read?.isValid() === true ? read.number : number;
}

/** Decodes `%xx` escapes as UTF-8 (RFC 3261 §19.1.2). What is none stays escaped. */
const decodeEscapes = (text: string): string =>
  text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (bytes) => {
    try {
      return decodeURIComponent(bytes);
    } catch {
      return bytes;
    }
  });

/** The value of a parameter of a user part, as it is written. */
const parameterOf = (parameters: readonly string[], wanted: string): string | undefined =>
  parameters.map((each) => each.split('=')).find(([name = '']) => name.toLowerCase() === wanted)?.[1];

/** What the user of a SIP URI, or the number of a tel URI, dials. @param user with its escapes and parameters */
export function dialedUser(user: string): string {
  const [number = '', ...parameters] = user.split(';');
  const context = parameterOf(parameters, 'phone-context');
  return inContext(withoutSeparators(decodeEscapes(number)), context === undefined ? context : decodeEscapes(context));
}

/** The user of a SIP URI (RFC 3261 §19.1.1), before a password, and the number of a tel URI (RFC 3966). */
const sipUser = /^sips?:([^@:]*)(?::[^@]*)?@/i;
const telNumber = /^tel:(.*)$/i;

/** What a text dials: a SIP or tel URI, or the user of one. */
export function readDialed(text: string): string {
  const [, user] = sipUser.exec(text) ?? telNumber.exec(text) ?? [];
  return dialedUser(user ?? text);
}

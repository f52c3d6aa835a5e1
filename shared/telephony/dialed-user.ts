import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { decodeEscapes } from '../sip/uri.ts';
import { numberIn, separators, userIn } from './user-part.ts';

/**
 * What was dialed, in any form in which peers write it. SIP and the API read it by the functions of this file. What is
 * beside the number does not belong to it: parameters of RFC 3966 (`;ext`, `;isub`), RFC 4694 (`;npdi`, `;rn`) and RFC
 * 4904 (`;tgrp`, `;trunk-context`), visual separators (RFC 3966 §5.1.1), and escapes.
 */

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

/** The value of a parameter of a user part, as it is written. */
const parameterOf = (parameters: readonly string[], wanted: string): string | undefined =>
  parameters.map((each) => each.split('=')).find(([name = '']) => name.toLowerCase() === wanted)?.[1];

/** What the user of a SIP URI, or the number of a tel URI, dials. @param user with its escapes and parameters */
export function dialedUser(user: string): string {
  const [, ...parameters] = user.split(';');
  const context = parameterOf(parameters, 'phone-context');
  return inContext(numberIn(user), context === undefined ? context : decodeEscapes(context));
}

/**
 * What a user part says of number portability (RFC 4694), in canonical form, such as `;npdi;rn=+33600000001`: that a
 * database was asked, and which switch has the number. A routing number of another country is not of the number: it
 * would send the call elsewhere than it is charged for.
 * @param number E.164
 */
export function portabilityIn(user: string, number: string): string {
  const [, ...parameters] = userIn(user).split(';');
  const code = parsePhoneNumberFromString(number)?.countryCallingCode;
  const isAsked = parameters.some((each) => each.toLowerCase() === 'npdi');
  const read = (name: string): string => decodeEscapes(parameterOf(parameters, name) ?? '').replace(separators, '');
  const [routing, context] = [read('rn'), read('rn-context')];
  const isGlobal = code !== undefined && /^\+[0-9]{1,15}$/.test(routing) && routing.startsWith(`+${code}`);
  const isLocal = context === `+${code}` && /^[0-9A-Fa-f]{1,15}$/.test(routing);
  return [
    isAsked ? ';npdi' : '',
    isGlobal || isLocal ? `;rn=${routing}` : '',
    isLocal ? `;rn-context=${context}` : '',
  ].join('');
}

/** What a text dials: a SIP or tel URI, or the user of one. */
export const readDialed = (text: string): string => dialedUser(userIn(text));

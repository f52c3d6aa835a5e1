import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { decodeEscapes } from '../sip/uri.ts';
import { numberIn, separators, userIn, writtenUser } from './user-part.ts';
import { plainCharacters, trunkPrefixesOf, typedNumber } from './written-number.ts';

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

/** The number without a trunk prefix behind its country's code; undefined: its country has none, or it has none. */
function afterCode(number: string): string | undefined {
  for (const length of [1, 2, 3]) {
    const [code, rest] = [number.slice(1, 1 + length), number.slice(1 + length)];
    const prefix = trunkPrefixesOf(code).find((each) => rest.startsWith(each));
    if (prefix !== undefined) return `+${code}${rest.slice(prefix.length)}`;
  }
  return undefined;
}

/**
 * A number without a trunk prefix behind its country's code, if only that makes it valid: +44 07400… is +44 7400…, and
 * +7 812… is of Saint Petersburg.
 */
function withoutPrefix(number: string): string {
  const after = afterCode(number);
  if (after === undefined) return number;
  const read = parsePhoneNumberFromString(number, { extract: false });
  return read?.number === after && read.isValid() ? after : number;
}

/** Whether a number is as long as those of its country. */
const isPossible = (number: string): boolean =>
  /^\+[0-9]+$/.test(number) && parsePhoneNumberFromString(number)?.isPossible() === true;

/**
 * A number with plus. What was written with blanks or a trunk prefix is one number only if its length is that of one:
 * else two numbers would be read as another one, and the text stays as it is.
 */
function globalNumber(number: string, written: string): string {
  const read = withoutPrefix(typedNumber(number));
  const isAsWritten = read === plainCharacters(written).replace(separators, '');
  return isAsWritten || isPossible(read) ? read : written;
}

/** What the user of a SIP URI, or the number of a tel URI, dials. @param user with its escapes and parameters */
export function dialedUser(user: string): string {
  const [, ...parameters] = user.split(';');
  const number = numberIn(user);
  if (number.startsWith('+')) return globalNumber(number, writtenUser(user));
  const context = parameterOf(parameters, 'phone-context');
  return inContext(number, context === undefined ? context : decodeEscapes(context));
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

import { decodeEscapes } from '../sip/uri.ts';
import { plainNumber } from './written-number.ts';

/** The user part of a URI, as far as it is read without numbering plans (`dialed-user.ts`). */

/** A number, or keys of a telephone. A name such as `ann-2` keeps its characters. */
const written = /^\(?\+?[().-]*[0-9*#][0-9*#().-]*$/;
/** Visual separators (RFC 3966 §5.1.1). */
export const separators = /[().-]/g;

const withoutSeparators = (text: string): string => (written.test(text) ? text.replace(separators, '') : text);

/** The user of a SIP URI (RFC 3261 §19.1.1), before a password, and the number of a tel URI (RFC 3966). */
const sipUser = /^sips?:([^@:]*)(?::[^@]*)?@/i;
const telNumber = /^tel:(.*)$/i;

/** The user in a SIP or tel URI, or the text itself. */
export function userIn(text: string): string {
  const [, user] = sipUser.exec(text) ?? telNumber.exec(text) ?? [];
  return user ?? text;
}

/** A user part without its parameters and escapes. @param user with them */
export const writtenUser = (user: string): string => decodeEscapes(user.split(';', 1)[0] ?? '');

/**
 * The number of a user part, in plain characters, without its parameters, separators, escapes, and a trunk prefix in
 * parentheses. @param user with them
 */
export const numberIn = (user: string): string => withoutSeparators(plainNumber(writtenUser(user)));

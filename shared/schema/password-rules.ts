/** Rules of a new password (functions/accounts/auth/README.md, "Passwords"). */

const minLength = 12;
const maxLength = 256;

const normalize = (text: string): string => text.normalize('NFKC');
const fold = (text: string): string => normalize(text).toLowerCase().trim();

/** What no one sees: controls, marks of direction, joiners and fillers (Unicode, `Default_Ignorable_Code_Point`). */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]+/gu;

/** A password as its owner sees it: without invisible characters, and of blanks one at a time. */
export const seenText = (password: string): string =>
  normalize(password)
    .replaceAll(invisible, '')
    .replaceAll(/[\p{Z}\s]+/gu, ' ')
    .trim();

/** Names that a password must not equal: username, e-mail address, name of the organization. */
export type Names = readonly (string | null)[];

/**
 * Why a password breaks the rules that need no list, as the end of a sentence; null for one that does not. Lengths are
 * code points of what is seen. @see new-password.ts
 */
export function weakness(password: string, names: Names): string | null {
  const seen = seenText(password);
  if (seen === '' && password !== '') return 'must not consist of blanks and invisible characters';
  if (Array.from(seen).length < minLength) return `must have at least ${minLength} characters`;
  if (Array.from(normalize(password)).length > maxLength) return `must have at most ${maxLength} characters`;
  const isName = names.some((name) => name !== null && fold(name) === fold(password));
  return isName ? 'must not be the username, the e-mail address or the name of the organization' : null;
}

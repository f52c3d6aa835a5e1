/** Rules of a new password (functions/accounts/auth/README.md, "Passwords"). */

const minLength = 12;
const maxLength = 256;

const normalize = (text: string): string => text.normalize('NFKC');
const fold = (text: string): string => normalize(text).toLowerCase().trim();

/** Names that a password must not equal: username, e-mail address, name of the organization. */
export type Names = readonly (string | null)[];

/** Why a password is too weak, as the end of a sentence; null for a good one. Lengths are code points after NFKC. */
export function weakness(password: string, names: Names): string | null {
  const { length } = Array.from(normalize(password));
  if (length < minLength) return `must have at least ${minLength} characters`;
  if (length > maxLength) return `must have at most ${maxLength} characters`;
  const isName = names.some((name) => name !== null && fold(name) === fold(password));
  return isName ? 'must not be the username, the e-mail address or the name of the organization' : null;
}

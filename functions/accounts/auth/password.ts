import { AppError } from '../../../shared/errors.ts';

/** What a new password must be (auth.md, "Passwords"). */
const fewest = 12;
const most = 256;

const normalized = (text: string): string => text.normalize('NFKC');
const folded = (text: string): string => normalized(text).toLowerCase().trim();

/** Names that a password must not be: username, e-mail address, name of the organization. */
type Names = readonly (string | null)[];

/** Why a password is too weak, as a sentence; null for a good one. Lengths are in code points after NFKC. */
export function weakness(password: string, names: Names): string | null {
  const { length } = Array.from(normalized(password));
  if (length < fewest) return `must have at least ${fewest} characters`;
  if (length > most) return `must have at most ${most} characters`;
  const forbidden = names.some((name) => name !== null && folded(name) === folded(password));
  return forbidden ? 'must not be the username, the e-mail address or the name of the organization' : null;
}

/** WEAK_PASSWORD for the field at `path`, or null. */
export function weakPassword(password: string, names: Names, path: string): AppError | null {
  const message = weakness(password, names);
  return message === null
    ? null
    : new AppError('WEAK_PASSWORD', `The password ${message}`, { details: [{ path, message }] });
}

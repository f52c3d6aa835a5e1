/** Whom to invite, as it is typed or pasted. */

export type Invited = {
  readonly email: string;
  readonly first_name?: string;
  readonly last_name?: string;
};

/** A line of a list: someone to invite, or what is wrong with it. */
export type Line = { readonly text: string; readonly invited: Invited | null };

/** Looser than the server, which says what is wrong. Bounded, as a pasted text is long. */
const address = /[^\s<>",;@]{1,64}@[^\s<>",;@]{1,190}\.[^\s<>",;@.]{1,63}/;

/** First and last name: the last word is the last name. */
function namesIn(text: string): Omit<Invited, 'email'> {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const [last = '', first] = [words.at(-1), words.slice(0, -1).join(' ')];
  if (words.length === 0) return {};
  return words.length === 1 ? { first_name: last } : { first_name: first, last_name: last };
}

function invitedIn(text: string): Invited | null {
  const [email] = address.exec(text) ?? [];
  if (email === undefined) return null;
  return { email: email.toLowerCase(), ...namesIn(text.replace(email, ' ').replaceAll(/[<>()"';,]/g, ' ')) };
}

/**
 * Those of a pasted list: one a line, or several addresses separated by commas or semicolons, as mail programs copy
 * them. An address is listed once.
 */
export function linesOf(pasted: string): readonly Line[] {
  const entries = pasted
    .split(/\n|(?<=@[^\s,;]{1,253})\s{0,8}[,;]/)
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => ({ text, invited: invitedIn(text) }));
  const places = new Map(entries.map(({ invited, text }, at) => [invited?.email ?? text, at]));
  return entries.filter(({ invited, text }, at) => places.get(invited?.email ?? text) === at);
}

/** The user name of who signs in with an e-mail address. */
export const usernameOf = (email: string): string => email.trim().toLowerCase();

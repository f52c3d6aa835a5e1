import { storedAddress } from '#schema/email-address.ts';

/** Usernames of people (functions/accounts/README.md, "Users"). */

/** What markers of service accounts begin with (rows/user-markers.ts). A person with such a name would claim theirs. */
const servicePrefix = 'service#';

/** Whether a name belongs to a service account, which no log-in of a person finds. */
export const isServiceMarker = (username: string): boolean => username.startsWith(servicePrefix);

export const serviceMarker = (username: string, organization: number): string =>
  `${servicePrefix}${organization}#${username.normalize('NFKC').toLowerCase()}`;

/** The form in which usernames are compared: case and width (NFKC) do not count. Addresses are as they are stored. */
export function foldUsername(username: string): string {
  const folded = username.normalize('NFKC').toLowerCase().trim();
  return storedAddress(folded) ?? folded;
}

const plainName = /^[a-z0-9._@+-]{3,254}$/;

export const usernameForm = '3–254 characters of a-z 0-9 . _ @ + -, or an e-mail address';

/** Whether a person may have a folded name. */
export const isUsername = (folded: string): boolean =>
  plainName.test(folded) || (storedAddress(folded) === folded && !isServiceMarker(folded));

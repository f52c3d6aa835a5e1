import { useSyncExternalStore } from 'react';

/** Tokens of links to the console, behind `#` or `?`. Each leaves the address of the page at once. */

export type LinkToken = {
  /**
   * `first sign-in`: the first `npm start` prints its link. `reset`: of the e-mail for a forgotten password.
   * `salesforce`: the browser comes back from there; the token is the query of the address.
   */
  readonly kind: 'first sign-in' | 'reset' | 'salesforce';
  readonly token: string;
};

const links = [
  ['first sign-in', /^#first-sign-in=([\w-]+)$/],
  ['reset', /^#token=([\w-]+)$/],
] as const;

let opened: LinkToken | null = null;
const followers = new Set<() => void>();

function open(next: LinkToken | null): void {
  opened = next;
  followers.forEach((follow) => follow());
}

/** What an authorization response has (RFC 6749 §4.1.2). */
const isAuthorization = (query: URLSearchParams): boolean =>
  query.has('state') && (query.has('code') || query.has('error'));

function take(): void {
  const { search } = location;
  if (isAuthorization(new URLSearchParams(search))) {
    history.replaceState(null, '', location.pathname);
    open({ kind: 'salesforce', token: search });
  }
  for (const [kind, pattern] of links) {
    const [, token] = pattern.exec(location.hash) ?? [];
    if (token === undefined) continue;
    history.replaceState(null, '', location.pathname);
    open({ kind, token });
  }
}

take();
// A link that is opened in a tab of the console loads no page.
addEventListener('hashchange', take);

const follow = (change: () => void): (() => void) => {
  followers.add(change);
  return () => void followers.delete(change);
};

/** The link that was opened last; null: none, or it is done with. */
export const useLinkToken = (): LinkToken | null => useSyncExternalStore(follow, () => opened);

/** The link is done with, and what was shown before is shown again. */
export const closeLink = (): void => open(null);

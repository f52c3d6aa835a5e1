import { useSyncExternalStore } from 'react';
import type { components } from '#openapi';
import { platformLook } from '#schema/console-look.ts';
import { api } from './api.ts';

/**
 * How the console looks: by the reseller of who is signed in, else by the host. What was answered last is shown while
 * the API is asked, and nothing waits for the answer.
 */

export type Brand = components['schemas']['Brand'];

const platformBrand: Brand = {
  ...platformLook,
  logo_url: null,
  icon_url: null,
  support_url: null,
  sign_in_text: null,
};

/** Where the last answers are: that of the host in the browser, that of the session in its tab. */
const places = { host: localStorage, session: sessionStorage } as const;
type Place = keyof typeof places;
const storageKey = 'trunkline-brand';

/** Where the time of the last answer for the session is, in Unix milliseconds, and for how long it is of use. */
const answeredKey = 'trunkline-brand-answered';
const freshFor = 300_000;

function storedIn(place: Place): Brand | null {
  const stored = places[place].getItem(storageKey);
  // An earlier version of the page may have stored less.
  return stored === null ? null : { ...platformBrand, ...(JSON.parse(stored) as Partial<Brand>) };
}

let shown = storedIn('session') ?? storedIn('host') ?? platformBrand;
/** The last question, whose answer is shown. */
let latest: object = {};
const followers = new Set<() => void>();

function show(brand: Brand): void {
  if (JSON.stringify(brand) === JSON.stringify(shown)) return;
  shown = brand;
  for (const follow of followers) follow();
}

/** Without an answer, what was shown stays. */
async function ask(place: Place, read: () => Promise<{ readonly data?: { readonly data: Brand } }>): Promise<void> {
  const question = {};
  latest = question;
  const brand = await read().then(
    ({ data }) => data?.data,
    () => undefined,
  );
  if (brand === undefined || latest !== question) return;
  places[place].setItem(storageKey, JSON.stringify(brand));
  show(brand);
}

/** Without a session: that of the host. */
export function showHostBrand(): void {
  places.session.removeItem(storageKey);
  show(storedIn('host') ?? platformBrand);
  void ask('host', () => api.GET('/branding'));
}

/** In a session: that of its reseller. @param token of the session */
export async function showOwnBrand(token: string): Promise<void> {
  await ask('session', () => api.GET('/branding/me', { headers: { authorization: `Bearer ${token}` } }));
  sessionStorage.setItem(answeredKey, String(Date.now()));
}

/** The same after a reload of the page in the session, which has what was answered a moment ago. */
export async function resumeOwnBrand(token: string): Promise<void> {
  const answered = Number(sessionStorage.getItem(answeredKey));
  if (storedIn('session') === null || Date.now() - answered > freshFor) await showOwnBrand(token);
}

const subscribe = (follow: () => void): (() => void) => {
  followers.add(follow);
  return () => void followers.delete(follow);
};

export const useBrand = (): Brand => useSyncExternalStore(subscribe, () => shown);

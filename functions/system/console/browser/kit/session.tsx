import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { createContext, useCallback, useContext, useEffect, useState, type ReactNode } from 'react';
import type { components } from '#openapi';
import { api, isUnreachable, setCredentials } from './api.ts';
import { ApiError } from './api-error.ts';
import { resumeOwnBrand, showHostBrand, showOwnBrand } from './brand.ts';
import { untilBack } from './connection.ts';
import { keepOwnLanguage } from '../texts/language.ts';
import { pause } from './pause.ts';

/** Who is signed in. */
export type Session = components['schemas']['Session'];

type SignedIn = { readonly token: string; readonly session: Session };

type Signing = {
  readonly signedIn: SignedIn | null;
  /** Whose pages are open. After a session has ended they wait, with what was filled in, for the next sign-in. */
  readonly shown: SignedIn | null;
  /** The API no longer accepted the token of the last session. */
  readonly isExpired: boolean;
  /** Still looking whether a token of this tab is good. */
  readonly isResuming: boolean;
  /** Until the session ends, also after the page is loaded again in this tab. */
  readonly signIn: (token: string) => Promise<void>;
  /** At once; the session at the API, and what was registered to end before it, follow. */
  readonly signOut: () => void;
  /** Registers work whose requests begin at once when the session ends. @returns what takes it back */
  readonly beforeSignOut: (work: () => Promise<unknown>) => () => void;
  /** The organization that is looked at; null: the person's own. */
  readonly organization: string | null;
  readonly lookAt: (organization: string | null) => void;
};

const Context = createContext<Signing | null>(null);

/** Of this tab only. */
const storageKey = 'trunkline-token';

/** In the address of the document, so that a reload and a link look at the same organization. */
const parameter = 'org_id';

/** The organization that the address names; null: it names none. */
function organizationInAddress(): string | null {
  const named = new URLSearchParams(location.search).get(parameter) ?? '';
  return /^org_[0-9]{1,15}$/.test(named) ? named : null;
}

function nameInAddress(organization: string | null): void {
  const url = new URL(location.href);
  if (organization === null) url.searchParams.delete(parameter);
  else url.searchParams.set(parameter, organization);
  history.replaceState(history.state, '', url);
}

const readSession = async (token: string): Promise<SignedIn> => {
  setCredentials({ token, organization: null, onExpired: () => undefined });
  const { data } = await api.GET('/auth/session');
  if (data === undefined) throw new Error('The server answers no session');
  return { token, session: data.data };
};

/** Shows the pages in the language of the person: another than that of this page needs another load of it. */
async function showLanguageOf({ session }: SignedIn): Promise<void> {
  if (!keepOwnLanguage(session)) return;
  location.reload();
  await new Promise<never>(() => undefined);
}

/** Milliseconds until a server that is too busy is asked again for the session. */
const busyWait = 2_000;

/** Whether the API says that the token is none, which a busy or broken server does not. */
const isRejected = (error: unknown): boolean =>
  error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;

/** The session of a stored token; null if the API does not accept it. A server that is gone or busy is waited for. */
async function resume(token: string): Promise<SignedIn | null> {
  try {
    return await readSession(token);
  } catch (error) {
    if (isRejected(error)) return null;
    await (isUnreachable(error) ? untilBack() : pause(busyWait));
    return resume(token);
  }
}

/** Ends a session at the API, also after its page has gone. A server that is gone is waited for. */
async function endSession(token: string): Promise<void> {
  try {
    await api.DELETE('/auth', { headers: { authorization: `Bearer ${token}` }, keepalive: true });
  } catch (error) {
    if (!isUnreachable(error)) return;
    await untilBack();
    await endSession(token);
  }
}

/** The organization that is looked at. */
function useLook(signedIn: SignedIn | null) {
  const [named, setNamed] = useState(organizationInAddress);
  return {
    // Who has the own organization only looks at no other.
    organization: signedIn === null || signedIn.session.reach === 'own' ? null : named,
    look: (next: string | null): void => {
      setNamed(next);
      nameInAddress(next);
    },
  };
}

/** Work that is done before the session ends. */
function useLeaving() {
  const [works] = useState(() => new Set<() => Promise<unknown>>());
  const beforeSignOut = useCallback<Signing['beforeSignOut']>(
    (work) => {
      works.add(work);
      return () => void works.delete(work);
    },
    [works],
  );
  return { beforeSignOut, leave: () => Promise.allSettled([...works].map((work) => work())) };
}

/** Without a session, pages look as the host does. */
const useHostBrand = (hasNoSession: boolean): void =>
  useEffect(() => {
    if (hasNoSession) showHostBrand();
  }, [hasNoSession]);

/** Another person sees nothing of what the last one has read; the same one sees no rejection of the last session. */
function forgetReads(queries: QueryClient, isSamePerson: boolean): void {
  if (isSamePerson) queries.removeQueries({ predicate: ({ state }) => state.status === 'error' });
  else queries.clear();
}

export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient();
  const [signedIn, setSignedIn] = useState<SignedIn | null>(null);
  const [ended, setEnded] = useState<SignedIn | null>(null);
  const { organization, look } = useLook(signedIn ?? ended);
  const [isResuming, setResuming] = useState(sessionStorage.getItem(storageKey) !== null);
  const [isExpired, setExpired] = useState(false);

  const forget = (hasExpired: boolean): void => {
    setExpired(hasExpired);
    sessionStorage.removeItem(storageKey);
    setEnded(hasExpired ? signedIn : null);
    setSignedIn(null);
    if (hasExpired) return;
    keepOwnLanguage(null);
    queries.clear();
  };
  setCredentials({ token: signedIn?.token ?? null, organization, onExpired: () => forget(true) });

  useEffect(() => {
    const token = sessionStorage.getItem(storageKey);
    if (token === null) return;
    void resumeOwnBrand(token);
    void resume(token).then(async (session) => {
      if (session !== null) await showLanguageOf(session);
      if (session === null) sessionStorage.removeItem(storageKey);
      setSignedIn(session);
      setExpired(session === null);
      setResuming(false);
    });
  }, []);
  useHostBrand(signedIn === null && !isResuming);
  const { beforeSignOut, leave } = useLeaving();

  const signing: Signing = {
    signedIn,
    shown: signedIn ?? ended,
    isExpired,
    isResuming,
    organization,
    signIn: async (token) => {
      void showOwnBrand(token);
      const next = await readSession(token);
      sessionStorage.setItem(storageKey, token);
      await showLanguageOf(next);
      forgetReads(queries, ended?.session.sub === next.session.sub);
      setEnded(null);
      setSignedIn(next);
    },
    beforeSignOut,
    signOut: () => {
      const token = signedIn?.token;
      // Its requests have the token of the session, which ends after them.
      const left = leave();
      if (token !== undefined) void left.then(() => endSession(token));
      look(null);
      forget(false);
    },
    lookAt: (next) => {
      look(next);
      queries.clear();
    },
  };
  return <Context value={signing}>{children}</Context>;
}

export function useSigning(): Signing {
  const signing = useContext(Context);
  if (signing === null) throw new Error('No SessionProvider around this component');
  return signing;
}

/** The session of a page that only signed-in persons see. */
export function useSession(): Session {
  const { shown } = useSigning();
  if (shown === null) throw new Error('No one is signed in');
  return shown.session;
}

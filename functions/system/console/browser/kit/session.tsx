import { useQueryClient } from '@tanstack/react-query';
import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { components } from '#openapi';
import { api, setCredentials } from './api.ts';

/** Who is signed in. */
export type Session = components['schemas']['Session'];

type SignedIn = { readonly token: string; readonly session: Session };

type Signing = {
  readonly signedIn: SignedIn | null;
  /** Still looking whether a token of this tab is good. */
  readonly isResuming: boolean;
  /** @param stay also after the page is loaded again, in this tab */
  readonly signIn: (token: string, stay: boolean) => Promise<void>;
  readonly signOut: () => Promise<void>;
  /** Registers work that is done before the session ends. @returns what takes it back */
  readonly beforeSignOut: (work: () => Promise<unknown>) => () => void;
  /** The organization that is looked at; null: the person's own. */
  readonly organization: string | null;
  readonly lookAt: (organization: string | null) => void;
};

const Context = createContext<Signing | null>(null);

/** Of this tab only; written if the person asks to stay signed in. */
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

export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient();
  const [signedIn, setSignedIn] = useState<SignedIn | null>(null);
  const [named, setNamed] = useState(organizationInAddress);
  // Who has the own organization only looks at no other.
  const organization = signedIn === null || signedIn.session.reach === 'own' ? null : named;
  const [isResuming, setResuming] = useState(sessionStorage.getItem(storageKey) !== null);

  const forget = useMemo(
    () => (): void => {
      sessionStorage.removeItem(storageKey);
      setSignedIn(null);
      queries.clear();
    },
    [queries],
  );
  setCredentials({ token: signedIn?.token ?? null, organization, onExpired: forget });

  useEffect(() => {
    const token = sessionStorage.getItem(storageKey);
    if (token === null) return;
    readSession(token)
      .then(setSignedIn, () => sessionStorage.removeItem(storageKey))
      .finally(() => setResuming(false));
  }, []);

  const [leaving] = useState(() => new Set<() => Promise<unknown>>());
  const beforeSignOut = useCallback<Signing['beforeSignOut']>(
    (work) => {
      leaving.add(work);
      return () => void leaving.delete(work);
    },
    [leaving],
  );

  const signing: Signing = {
    signedIn,
    isResuming,
    organization,
    signIn: async (token, stay) => {
      const next = await readSession(token);
      if (stay) sessionStorage.setItem(storageKey, token);
      setSignedIn(next);
    },
    beforeSignOut,
    signOut: async () => {
      await Promise.allSettled([...leaving].map((work) => work()));
      await api.DELETE('/auth').catch(() => undefined);
      setNamed(null);
      nameInAddress(null);
      forget();
    },
    lookAt: (next) => {
      setNamed(next);
      nameInAddress(next);
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
  const { signedIn } = useSigning();
  if (signedIn === null) throw new Error('No one is signed in');
  return signedIn.session;
}

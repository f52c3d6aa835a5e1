import { Text } from '@mantine/core';
import { useSessionStorage } from '@mantine/hooks';
import { lazy, Suspense, useCallback, useEffect, useMemo, useState, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import { t } from '../texts/texts.ts';
import { loadPart } from '../kit/load-part.ts';
import { isAllowed } from '../kit/rights.ts';
import { useSigning } from '../kit/session.tsx';
import { DockContext, type Dock } from './dock-state.ts';

/** Its script is loaded, and its line made, when the phone is switched on. */
const PhonePanel = lazy(async () => ({ default: (await loadPart(() => import('./phone-panel.tsx'))).PhonePanel }));

/** A state of the tab, which a reload keeps. */
const useTabState = <State,>(key: string, defaultValue: State) =>
  useSessionStorage({ key: `trunkline-phone-${key}`, defaultValue, getInitialValueInEffect: false });

/** Whose phone is on. It stays on when the session ends by itself, for its calls and for the next sign-in. */
function useOwner() {
  const { signedIn, beforeSignOut } = useSigning();
  const [owner, setOwner] = useTabState<string | null>('owner', null);
  const person = signedIn?.session.sub ?? null;
  if (owner !== null && person !== null && owner !== person) setOwner(null);
  useEffect(
    () =>
      beforeSignOut(() => {
        setOwner(null);
        return Promise.resolve();
      }),
    [beforeSignOut, setOwner],
  );
  const setOn = useCallback((isOn: boolean): void => setOwner(isOn ? person : null), [person, setOwner]);
  return { isOn: owner !== null && (person === null || owner === person), setOn };
}

/** Has the phone, on every page and between two sessions. */
export function PhoneProvider({ children }: { readonly children: ReactNode }) {
  const session = useSigning().signedIn?.session ?? null;
  const { isOn, setOn } = useOwner();
  const [isOpen, setOpen] = useTabState('open', false);
  const [openings, setOpenings] = useState(0);
  const [wanted, setWanted] = useState<string | null>(null);
  const [place, setPlace] = useState<HTMLElement | null>(null);
  const dock = useMemo((): Dock => {
    const show = (isShown: boolean): void => {
      if (isShown) {
        setOn(true);
        setOpenings((count) => count + 1);
      }
      setOpen(isShown);
    };
    return {
      // As a user: the line of another caller belongs to no one.
      isAllowed: session?.type === 'user' && isAllowed(session, ['calls:write']),
      isOn,
      isOpen: isOn && isOpen,
      setOpen: show,
      openings,
      switchOff: () => {
        setOn(false);
        setOpen(false);
        setWanted(null);
      },
      call: (number) => {
        setWanted(number);
        show(true);
      },
      wanted,
      take: () => setWanted(null),
      place,
      setPlace,
    };
  }, [session, isOn, setOn, isOpen, setOpen, openings, wanted, place]);
  return (
    <DockContext value={dock}>
      {children}
      {isOn && (
        <Suspense fallback={place !== null && createPortal(<Text role="status">{t('Loading')} …</Text>, place)}>
          <PhonePanel />
        </Suspense>
      )}
    </DockContext>
  );
}

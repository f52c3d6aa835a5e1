import { Text } from '@mantine/core';
import {
  createContext,
  lazy,
  Suspense,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
  type ReactNode,
  type RefCallback,
} from 'react';
import { createPortal } from 'react-dom';
import { loadPart } from '../kit/connection.ts';
import { isAllowed } from '../kit/rights.ts';
import { useSigning } from '../kit/session.tsx';

/** Whether the phone is on and shown, for the frame, the phone, and pages that call a number. */

type Dock = {
  /** Whether the person may have a phone. */
  readonly isAllowed: boolean;
  readonly isOn: boolean;
  readonly isOpen: boolean;
  readonly setOpen: (isOpen: boolean) => void;
  readonly switchOff: () => void;
  /** Calls a number as soon as the line is ready. */
  readonly call: (number: string) => void;
  /** The number that waits to be called. */
  readonly wanted: string | null;
  readonly take: () => void;
  /** Where the phone is shown; null: nowhere. */
  readonly place: HTMLElement | null;
  readonly setPlace: RefCallback<HTMLElement>;
};

const Context = createContext<Dock | null>(null);

/** Its script is loaded, and its line made, when the phone is switched on. */
const PhonePanel = lazy(async () => ({ default: (await loadPart(() => import('./phone-panel.tsx'))).PhonePanel }));

/** Whose phone is on. It stays on when the session ends by itself, for its calls and for the next sign-in. */
function useOwner() {
  const { signedIn, beforeSignOut } = useSigning();
  const [owner, setOwner] = useState<string | null>(null);
  const person = signedIn?.session.sub ?? null;
  if (owner !== null && person !== null && owner !== person) setOwner(null);
  useEffect(
    () =>
      beforeSignOut(() => {
        setOwner(null);
        return Promise.resolve();
      }),
    [beforeSignOut],
  );
  const setOn = useCallback((isOn: boolean): void => setOwner(isOn ? person : null), [person]);
  return { isOn: owner !== null && (person === null || owner === person), setOn };
}

/** Has the phone, on every page and between two sessions. */
export function PhoneProvider({ children }: { readonly children: ReactNode }) {
  const session = useSigning().signedIn?.session ?? null;
  const { isOn, setOn } = useOwner();
  const [isOpen, setOpen] = useState(false);
  const [wanted, setWanted] = useState<string | null>(null);
  const [place, setPlace] = useState<HTMLElement | null>(null);
  const dock = useMemo((): Dock => {
    const show = (isShown: boolean): void => {
      if (isShown) setOn(true);
      setOpen(isShown);
    };
    return {
      // As a user: the line of another caller belongs to no one.
      isAllowed: session?.type === 'user' && isAllowed(session, ['calls:write']),
      isOn,
      isOpen: isOn && isOpen,
      setOpen: show,
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
  }, [session, isOn, setOn, isOpen, wanted, place]);
  return (
    <Context value={dock}>
      {children}
      {isOn && (
        <Suspense fallback={place !== null && createPortal(<Text role="status">Loading …</Text>, place)}>
          <PhonePanel />
        </Suspense>
      )}
    </Context>
  );
}

export function useDock(): Dock {
  const dock = useContext(Context);
  if (dock === null) throw new Error('No PhoneProvider around this component');
  return dock;
}

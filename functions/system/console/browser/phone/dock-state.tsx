import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { isAllowed } from '../kit/rights.ts';
import { useSession, useSigning } from '../kit/session.tsx';

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
};

const Context = createContext<Dock | null>(null);

/** Whose phone is on. It is switched on again when that person signs in after the session has ended by itself. */
let onFor: string | null = null;

export function PhoneProvider({ children }: { readonly children: ReactNode }) {
  const session = useSession();
  const { beforeSignOut } = useSigning();
  const [isOn, setOn] = useState(() => onFor === session.sub);
  const [isOpen, setOpen] = useState(isOn);
  const [wanted, setWanted] = useState<string | null>(null);
  useEffect(() => {
    onFor = isOn ? session.sub : null;
  }, [isOn, session.sub]);
  useEffect(
    () =>
      beforeSignOut(() => {
        onFor = null;
        return Promise.resolve();
      }),
    [beforeSignOut],
  );
  const dock = useMemo((): Dock => {
    const show = (isShown: boolean): void => {
      if (isShown) setOn(true);
      setOpen(isShown);
    };
    return {
      // As a user: the line of another caller belongs to no one.
      isAllowed: session.type === 'user' && isAllowed(session, ['calls:write']),
      isOn,
      isOpen,
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
    };
  }, [session, isOn, isOpen, wanted]);
  return <Context value={dock}>{children}</Context>;
}

export function useDock(): Dock {
  const dock = useContext(Context);
  if (dock === null) throw new Error('No PhoneProvider around this component');
  return dock;
}

import { createContext, useContext, type RefCallback } from 'react';

/** Whether the phone is on and shown, for the frame, the phone, and pages that call a number. */

export type Dock = {
  /** Whether the person may have a phone. */
  readonly isAllowed: boolean;
  readonly isOn: boolean;
  readonly isOpen: boolean;
  readonly setOpen: (isOpen: boolean) => void;
  /** How often the person has opened it since the page was loaded. */
  readonly openings: number;
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

export const DockContext = createContext<Dock | null>(null);

export function useDock(): Dock {
  const dock = useContext(DockContext);
  if (dock === null) throw new Error('No PhoneProvider around this component');
  return dock;
}

import { useEffect, useRef, useState } from 'react';
import { at, isObject, textIn, type JsonObject } from '../../json-value.ts';
import { isAllowed } from './rights.ts';
import { useSession, useSigning } from './session.tsx';

/** Events of the organization, as they happen (functions/sip-sidecar/event-listeners/README.md). */

/** Milliseconds until a lost connection is opened again: doubled each time. */
const waits = { first: 1_000, longest: 30_000 } as const;

const address = (): string => document.getElementById('console')?.dataset['events'] ?? '';

/** An event, such as `call.answered` with the call. */
export type OrganizationEvent = { readonly type: string; readonly data: JsonObject };

/** The event in a text. Its type is empty: the text is none. */
function eventOf(text: unknown): OrganizationEvent {
  try {
    const event: unknown = JSON.parse(textIn(text));
    const details = at(event, 'data');
    return { type: textIn(at(event, 'type')), data: isObject(details) ? details : {} };
  } catch {
    return { type: '', data: {} };
  }
}

type OnEvent = (event: OrganizationEvent) => void;

type Listening = { readonly close: () => void };

function listen(url: string, onEvent: OnEvent, onState: (isOpen: boolean) => void): Listening {
  let socket: WebSocket | undefined;
  let wait: number = waits.first;
  let timer = 0;
  let isClosed = false;
  const open = (): void => {
    socket = new WebSocket(url, 'events');
    socket.onopen = () => {
      wait = waits.first;
      onState(true);
    };
    socket.onmessage = ({ data: text }: MessageEvent<unknown>) => onEvent(eventOf(text));
    socket.onclose = () => {
      if (isClosed) return;
      onState(false);
      timer = window.setTimeout(open, wait);
      wait = Math.min(2 * wait, waits.longest);
    };
  };
  open();
  return {
    close: () => {
      isClosed = true;
      window.clearTimeout(timer);
      socket?.close();
    },
  };
}

/**
 * Listens to the events of the person's own organization while the page is shown.
 *
 * @param onEvent called with each event
 * @returns whether events arrive; false also where the person may not listen, or looks at another organization
 */
export function useEvents(onEvent: OnEvent): boolean {
  const session = useSession();
  const { signedIn, organization } = useSigning();
  const [isOpen, setOpen] = useState(false);
  const latest = useRef(onEvent);
  useEffect(() => {
    latest.current = onEvent;
  });
  const token = signedIn?.token ?? '';
  const url = address();
  const mayListen = url !== '' && organization === null && isAllowed(session, ['system:read']);
  useEffect(() => {
    if (!mayListen) return undefined;
    const connection = new URL(url);
    connection.searchParams.set('access_token', token);
    const { close } = listen(connection.href, (event) => latest.current(event), setOpen);
    return () => {
      setOpen(false);
      close();
    };
  }, [mayListen, url, token]);
  return isOpen;
}

import type { LineAccount } from '#browser-phone/line.ts';

/** The events of a line and of its calls, over a WebSocket with the subprotocol `events`. */

export type PlatformEvent = {
  readonly id?: string;
  readonly type: string;
  /** ISO 8601. */
  readonly at?: string;
  readonly data?: Readonly<Record<string, unknown>>;
};

/** Milliseconds before the next attempt to connect: doubled each time. */
const wait = { first: 1_000, longest: 30_000 } as const;

/** Listens until it is stopped, and connects again when the connection is lost: no event is missed for 5 minutes. */
export function listenToEvents(
  { websocket_url: url, username, password }: LineAccount,
  onEvent: (event: PlatformEvent) => void,
): () => void {
  let socket: WebSocket | undefined;
  let last: string | undefined;
  let pause: number = wait.first;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isStopped = false;

  const open = (): void => {
    socket = new WebSocket(last === undefined ? url : `${url}?since=${encodeURIComponent(last)}`, ['events']);
    socket.addEventListener('open', () => socket?.send(JSON.stringify({ username, password })));
    socket.addEventListener('message', ({ data }: MessageEvent<string>) => {
      const event = JSON.parse(data) as PlatformEvent;
      last = event.id ?? last;
      pause = wait.first;
      onEvent(event);
    });
    socket.addEventListener('close', () => {
      if (isStopped) return;
      timer = setTimeout(open, pause);
      pause = Math.min(2 * pause, wait.longest);
    });
  };
  open();
  return () => {
    isStopped = true;
    clearTimeout(timer);
    socket?.close();
  };
}

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, name) => (Object(inner) as Record<string, unknown>)[name], value);

const textAt = (value: unknown, ...path: readonly string[]): string => {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
};

/** What an event says, in a line: `201 → 202`, and why a call ended. */
export function eventText({ type, data }: PlatformEvent): string {
  if (type.startsWith('call.')) {
    const from = textAt(data, 'source', 'caller', 'user') || 'anonymous';
    const cause = textAt(data, 'hangup', 'cause');
    return `${from} → ${textAt(data, 'destination', 'req', 'user')}${cause === '' ? '' : ` (${cause})`}`;
  }
  return textAt(data, 'message') || textAt(data, 'reason');
}

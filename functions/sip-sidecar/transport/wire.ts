import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import { second } from '#schema/time.ts';
import { framing, type Arrival } from '#sip/framing.ts';
import { frameProgress } from './frame-progress.ts';

/** How messages travel over a connection: in a stream of bytes, or each in a frame of a WebSocket. */
export type Wire = {
  readonly send: (bytes: Buffer) => void;
  /** Reads no more until `resume`. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Ends the connection after its unsent bytes. */
  readonly end: () => void;
  /** Says why the connection is about to be closed, where the protocol can. */
  readonly refuse?: (reason: string) => void;
  /** Called each second with the time in milliseconds. False if the peer gives no sign of life. */
  readonly isAlive?: (now: number) => boolean;
};

/** What a wire delivers. */
export type WireListener = {
  /** Bytes were received. */
  readonly onBytes: (count: number) => void;
  /** Messages that they completed, and whether a further one has begun. */
  readonly onArrivals: (arrivals: readonly Arrival[], isWithin: boolean) => void;
};

/** Delivers the messages of a socket to a listener. */
export type OpenWire = (socket: Socket, listener: WireListener) => Wire;

/** Messages in a stream, by their Content-Length (RFC 3261 §18.3). */
export const streamWire: OpenWire = (socket, { onBytes, onArrivals }) => {
  const frames = framing();
  socket.on('data', (chunk: Buffer) => {
    onBytes(chunk.length);
    const arrivals = frames.take(chunk);
    onArrivals(arrivals, frames.isWithin());
  });
  return {
    send: (bytes) => void socket.write(bytes),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end: () => socket.destroySoon(),
  };
};

/** Interval between two pings, each of which must be answered before the next one. In milliseconds. */
const pingInterval = 30 * second;

/** Why the server closes a WebSocket (RFC 6455 §7.4.1). */
const status = { goingAway: 1_001, policy: 1_008 } as const;

/** CRLFs only: a keep-alive, as over other connections (RFC 5626 §3.5.1). */
const isKeepalive = (bytes: Buffer): boolean => bytes.every((byte) => byte === 13 || byte === 10);

function bytesOf(message: RawData): Buffer {
  if (Array.isArray(message)) return Buffer.concat(message);
  return Buffer.isBuffer(message) ? message : Buffer.from(message);
}

/** One message in each frame, of text or binary (RFC 7118 §5). */
export const webSocketWire =
  (webSocket: WebSocket): OpenWire =>
  (socket, { onBytes, onArrivals }) => {
    let pingedAt: number | undefined;
    let isAnswered = true;
    const progress = frameProgress();
    // Before the library: it announces the frames that end in the chunk afterwards.
    socket.prependListener('data', (chunk: Buffer) => {
      onBytes(chunk.length);
      onArrivals([], progress.take(chunk));
    });
    webSocket.on('message', (message) => {
      const bytes = bytesOf(message);
      onArrivals([isKeepalive(bytes) ? { kind: 'keepalive' } : { kind: 'message', bytes }], progress.isWithin());
    });
    webSocket.on('pong', () => (isAnswered = true));
    // A frame that breaks the protocol, or is too long: the library closes the connection with its status.
    webSocket.on('error', () => undefined);
    return {
      // A browser ends a connection whose text is not UTF-8.
      send: (bytes) => webSocket.send(bytes, { binary: !isUtf8(bytes) }),
      pause: () => webSocket.pause(),
      resume: () => webSocket.resume(),
      end: () => webSocket.close(status.goingAway),
      refuse: (reason) => webSocket.close(status.policy, reason),
      isAlive: (now) => {
        if (pingedAt !== undefined && now - pingedAt < pingInterval) return true;
        if (!isAnswered) return false;
        if (pingedAt !== undefined) {
          isAnswered = false;
          webSocket.ping();
        }
        pingedAt = now;
        return true;
      },
    };
  };

import type { Account } from './accounts.ts';

/** Phones of browsers, by libraries that speak SIP over WebSocket. They signal in full, and have no media. */

/** The media type of the calls of a line (RFC 4235). */
export const lineStateType = 'application/dialog-info+xml';

/** The credentials of a line, and where it registers. */
export type WebSocketAccount = Pick<Account, 'username' | 'password' | 'domain'> & { readonly url: string };

/** One call of a phone. */
export type BrowserCall = {
  /**
   * What the library has reported, in order: `ringing`, `answered`, `rejected 486`, `cancelled`, `digit 5`; and of the
   * other side: `hung up`, `held`, `resumed`; of a transfer: `transferred`, or `not transferred`. SIP.js also reports
   * `over`, and `offer rejected 491`.
   */
  readonly seen: readonly string[];
  readonly answer: () => void;
  readonly reject: (status: number) => void;
  /** Ends the call: by BYE, or by CANCEL while it rings. */
  readonly hangUp: () => void;
  readonly hold: () => void;
  readonly resume: () => void;
  /** Sends REFER: the other side is to be joined to an extension. */
  readonly transfer: (extension: string) => void;
  /** Sends a digit by INFO. */
  readonly press: (digit: string) => void;
};

/** A subscription to the calls of a line (RFC 4235), as the library reports it. */
export type Watching = {
  /** The NOTIFYs so far. */
  readonly notified: readonly { readonly body: string }[];
  /** Ends the subscription. */
  readonly end: () => void;
  readonly isOver: () => boolean;
};

/** A phone that is registered. */
export type BrowserPhone = Disposable & {
  readonly call: (extension: string) => BrowserCall;
  readonly watch: (extension: string) => Watching;
  /** The calls that have come in. */
  readonly incoming: readonly BrowserCall[];
  /** How often it has registered. */
  readonly registrations: () => number;
};

const directions = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const;
type Direction = (typeof directions)[number];

/** The direction of the first medium. */
const directionIn = (sdp: string): Direction => directions.find((each) => sdp.includes(`a=${each}`)) ?? 'sendrecv';

/** Whether the sender of a description holds the other side (RFC 3264 §8.4). */
export const holds = (sdp: string): boolean => ['sendonly', 'inactive'].includes(directionIn(sdp));

/** The direction of an answer. */
const opposite: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

const candidates = Array.from(
  { length: 16 },
  (_, at) => `a=candidate:${at} 1 udp ${2_122_260_223 - at} 192.0.2.${at + 1} ${50_000 + at} typ host generation 0`,
);

/** An audio description as Chrome's, of more than 1,300 bytes. */
const audio = (direction: Direction, version: number): string =>
  [
    'v=0',
    `o=- 4611731400430051336 ${version} IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'a=extmap-allow-mixed',
    'a=msid-semantic: WMS',
    'm=audio 50000 UDP/TLS/RTP/SAVPF 111 0 8 126',
    'c=IN IP4 192.0.2.1',
    'a=rtcp:9 IN IP4 0.0.0.0',
    ...candidates,
    'a=ice-ufrag:F7gI',
    'a=ice-pwd:x9cml/YzichV2+XlhiMu8g==',
    `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'A5').join(':')}`,
    'a=setup:actpass',
    'a=mid:0',
    `a=${direction}`,
    'a=rtcp-mux',
    'a=rtpmap:111 opus/48000/2',
    'a=fmtp:111 minptime=10;useinbandfec=1',
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:126 telephone-event/8000',
    '',
  ].join('\r\n');

/** The descriptions of one side of a call. */
export class FakeMedia {
  #version = 1;
  #remote: string | undefined;

  offer(isHeld = false): string {
    this.#version += 1;
    return audio(isHeld ? 'sendonly' : 'sendrecv', this.#version);
  }

  /** The answer to the last offer. */
  answer(): string {
    this.#version += 1;
    return audio(opposite[directionIn(this.#remote ?? '')], this.#version);
  }

  receive(sdp: string): void {
    this.#remote = sdp;
  }
}

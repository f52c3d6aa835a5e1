import type { RTCSession } from 'jssip/lib/RTCSession.js';
import type { Sessions } from './sessions.ts';

/** Calls whose network or connection was lost, and that go on over the next one (RFC 8829 §3.5.1, ICE restart). */

/** Milliseconds. */
const times = {
  /** For which a call waits for its media; the platform keeps a call as long. */
  lost: 30_000,
  /** Without media, until it counts as lost: a network may lose some packets. */
  silent: 2_000,
  /** For which the platform may be silent when it is asked. */
  answer: 4_000,
  /** Until a side restarts the media whose connection was not lost. */
  other: 5_000,
  /** Between two attempts. */
  pause: 1_000,
} as const;

/** The part of JsSIP's user agent that is asked whether the platform answers. */
export type Reachable = {
  readonly on: (event: 'registered' | 'disconnected', listener: () => void) => unknown;
  readonly register: () => void;
  readonly isRegistered: () => boolean;
};

/** The part of a session that is restored. */
export type Restorable = Pick<RTCSession, 'id' | 'isEstablished' | 'isEnded' | 'renegotiate' | 'terminate'> & {
  readonly connection: Pick<RTCPeerConnection, 'iceConnectionState' | 'addEventListener'>;
};

type Options = {
  readonly agent: Reachable;
  readonly sessions: Pick<Sessions, 'dispatch'> & { readonly byId: ReadonlyMap<string, Restorable> };
  /** Gives up the connection to the platform, so that the next one begins. */
  readonly drop: () => void;
};

/** For what JsSIP ends a call, although it may go on. */
const noMedia = 'RTP Timeout';
const ofSignalling: ReadonlySet<string> = new Set(['Connection Error', 'Request Timeout']);
/** A change of the call has failed: that of a lost call is tried again. */
const ofChange = 'WebRTC Error';

const hasMedia = ({ connection }: Restorable): boolean =>
  connection.iceConnectionState === 'connected' || connection.iceConnectionState === 'completed';

/** Keeps established calls while their network is away. */
export class Recovery {
  readonly #options: Options;
  /** When each call was lost, in milliseconds of a clock that no one sets. */
  readonly #lost = new Map<string, number>();
  /** Whether the connection was lost since the line has registered. */
  #isNewConnection = false;
  /** How often the platform has accepted a registration. */
  #registrations = 0;

  constructor(options: Options) {
    this.#options = options;
    const { agent, sessions } = options;
    agent.on('disconnected', () => {
      this.#isNewConnection = true;
      for (const session of sessions.byId.values()) this.#lose(session);
    });
    agent.on('registered', () => {
      this.#registrations += 1;
      if (!this.#isNewConnection) return;
      this.#isNewConnection = false;
      for (const session of sessions.byId.values()) this.#restart(session);
    });
  }

  /** Ends a session only if its media do not come back. */
  keep(session: Restorable): void {
    const terminate = session.terminate.bind(session);
    session.terminate = (options) => {
      // JsSIP ends a session whose re-INVITE fails, and throws if that has ended before.
      if (session.isEnded() || this.#isKept(session, options?.cause)) return;
      this.#lost.delete(session.id);
      terminate(options);
    };
  }

  /** @param session one that has its connection */
  watchMedia(session: Restorable): void {
    const { connection } = session;
    connection.addEventListener('iceconnectionstatechange', () => {
      if (hasMedia(session)) this.#find(session);
      else if (connection.iceConnectionState === 'disconnected')
        setTimeout(() => {
          if (connection.iceConnectionState === 'disconnected') this.#lose(session);
        }, times.silent);
    });
  }

  #isKept(session: Restorable, cause = ''): boolean {
    const isLost = this.#lost.has(session.id);
    const isOfNetwork = cause === noMedia || ofSignalling.has(cause) || (cause === ofChange && isLost);
    if (!isOfNetwork || !session.isEstablished() || this.#isOver(session)) return false;
    this.#lose(session);
    this.#restartIn(session, cause === noMedia ? times.other : times.pause);
    return true;
  }

  #isOver({ id }: Restorable): boolean {
    const since = this.#lost.get(id);
    return since !== undefined && performance.now() - since >= times.lost;
  }

  #lose(session: Restorable): void {
    const { id } = session;
    if (!session.isEstablished() || this.#lost.has(id)) return;
    this.#lost.set(id, performance.now());
    this.#options.sessions.dispatch({ kind: 'reconnecting', id, isReconnecting: true });
    setTimeout(() => {
      if (this.#isOver(session)) session.terminate({ cause: noMedia, status_code: 408 });
    }, times.lost);
    this.#ask();
  }

  #find({ id }: Restorable): void {
    if (this.#isNewConnection || !this.#lost.delete(id)) return;
    this.#options.sessions.dispatch({ kind: 'reconnecting', id, isReconnecting: false });
  }

  /** Whether the platform is away. If it is there, the other side may be away, and restarts the media itself. */
  #ask(): void {
    if (this.#isNewConnection) return;
    const { agent, drop } = this.#options;
    const before = this.#registrations;
    agent.register();
    setTimeout(() => {
      if (this.#registrations === before && !this.#isNewConnection) drop();
    }, times.answer);
  }

  /** Both sides may restart at once: each waits for a time of its own. */
  #restartIn(session: Restorable, pause: number): void {
    setTimeout(() => this.#restart(session), pause * (1 + Math.random()));
  }

  #restart(session: Restorable): void {
    const isRegistered = this.#options.agent.isRegistered();
    if (!this.#lost.has(session.id) || session.isEnded() || !isRegistered) return;
    // JsSIP 3.13 takes the addresses that it has found before for those of the restart, and offers none.
    Object.assign(session, { _iceReady: false });
    const isSent = session.renegotiate({ rtcOfferConstraints: { iceRestart: true } }, () => {
      if (hasMedia(session)) this.#find(session);
    });
    if (!isSent) this.#restartIn(session, times.pause);
  }
}

import type { RTCSession } from 'jssip/lib/RTCSession.js';
import { reasonOf } from './reasons.ts';
import type { Action } from './state.ts';

/** The sessions of a line (RFC 3261 §13), by their ids. */
export type Sessions = {
  readonly byId: Map<string, RTCSession>;
  readonly dispatch: (action: Action) => void;
  /** The element that plays a call. */
  readonly playIn: (id: string) => HTMLAudioElement;
  readonly domain: string;
};

/** What is done with calls. */
export type CallActions = {
  readonly answer: (id: string) => void;
  /** Ends a call, or declines it. */
  readonly hangUp: (id: string) => void;
  readonly hold: (id: string, isHeld: boolean) => void;
  readonly mute: (id: string, isMuted: boolean) => void;
  /** Sends a digit as a telephone event (RFC 4733), or by INFO if the other side knows none. */
  readonly press: (id: string, digit: string) => void;
  /** Blind (RFC 5359 §2.4). */
  readonly transfer: (id: string, number: string) => void;
  /** Attended (RFC 5359 §2.5): joins the parties of two calls; `replaced` is one that was called here. */
  readonly join: (id: string, replaced: string) => void;
};

/** Milliseconds: for further addresses of this machine after the first one, and of a tone. */
const gathering = 500;
const tone = 160;

/** Calls have no video, and reach the other side without servers that find public addresses. */
export const audioOnly = {
  mediaConstraints: { audio: true, video: false },
  pcConfig: { iceServers: [] },
  // An INVITE of a transfer has no offer (RFC 3725): without this, JsSIP would offer nothing.
  rtcOfferConstraints: { offerToReceiveAudio: true },
};

/** Status of a response of JsSIP; undefined: there is none. */
export const statusIn = (message: unknown): number | undefined => {
  const { status_code: status } = Object(message) as { readonly status_code?: number };
  return status;
};

const sideOf = (originator: string): 'me' | 'peer' => (originator === 'local' ? 'me' : 'peer');

/** Plays a session, and reports what happens to it. */
export function follow({ byId, dispatch, playIn }: Sessions, session: RTCSession): void {
  const { id } = session;
  byId.set(id, session);
  endOnce(session);
  play(session, playIn(id));
  const end = ({ cause, message }: { readonly cause: string; readonly message?: unknown }): void => {
    byId.delete(id);
    dispatch({ kind: 'ended', id, why: reasonOf(statusIn(message), cause) });
  };
  // Addresses that are slow to find, such as those of a VPN, do not delay the call.
  session.on('icecandidate', ({ ready }) => void setTimeout(ready, gathering));
  session.on('progress', ({ originator }: { readonly originator: string }) => {
    if (sideOf(originator) === 'peer') dispatch({ kind: 'rings', id });
  });
  session.on('confirmed', () => dispatch({ kind: 'answered', id, at: Date.now() }));
  session.on('hold', ({ originator }) => dispatch({ kind: 'held', id, by: sideOf(originator), isHeld: true }));
  session.on('unhold', ({ originator }) => dispatch({ kind: 'held', id, by: sideOf(originator), isHeld: false }));
  session.on('muted', () => dispatch({ kind: 'muted', id, isMuted: true }));
  session.on('unmuted', () => dispatch({ kind: 'muted', id, isMuted: false }));
  session.on('ended', end);
  session.on('failed', end);
}

/** JsSIP ends a session whose re-INVITE fails, and throws if that has ended before. */
function endOnce(session: RTCSession): void {
  const terminate = session.terminate.bind(session);
  session.terminate = (options) => {
    if (!session.isEnded()) terminate(options);
  };
}

/** An outgoing session has its connection already; an incoming one gets it with the answer. */
function play(session: RTCSession, audio: HTMLAudioElement): void {
  const playFrom = (connection: RTCPeerConnection): void =>
    connection.addEventListener('track', ({ streams, track }) => {
      audio.srcObject = streams[0] ?? new MediaStream([track]);
    });
  if (session.direction.toString() === 'outgoing') playFrom(session.connection);
  else session.on('peerconnection', ({ peerconnection }) => playFrom(peerconnection));
}

/** A call that is gone is left alone. */
export function actionsOn(sessions: Sessions): CallActions {
  const { byId, dispatch } = sessions;
  const withSession =
    <Rest extends readonly unknown[]>(work: (session: RTCSession, ...rest: Rest) => void) =>
    (id: string, ...rest: Rest): void => {
      const session = byId.get(id);
      if (session !== undefined) work(session, ...rest);
    };
  return {
    answer: withSession((session) => session.answer(audioOnly)),
    hangUp: withSession((session) => session.terminate()),
    hold: withSession((session, isHeld: boolean) => {
      const isDone = isHeld ? session.hold() : session.unhold();
      if (!isDone) dispatch({ kind: 'said', notice: 'The call is being changed. Try again.' });
    }),
    mute: withSession((session, isMuted: boolean) =>
      isMuted ? session.mute({ audio: true }) : session.unmute({ audio: true }),
    ),
    press: withSession(press),
    transfer: withSession((session, number: string) => {
      refer(sessions, session, { target: `sip:${encodeURIComponent(number)}@${sessions.domain}`, to: number });
    }),
    join: withSession((session, replaced: string) => {
      const other = byId.get(replaced);
      if (other === undefined) return;
      const { uri } = other.remote_identity;
      refer(sessions, session, { target: uri.toString(), to: uri.user, replaces: other });
    }),
  };
}

function press(session: RTCSession, digit: string): void {
  const sender = session.connection.getSenders().find(({ track }) => track?.kind === 'audio')?.dtmf;
  if (sender?.canInsertDTMF === true) sender.insertDTMF(sender.toneBuffer + digit, tone);
  else session.sendDTMF(digit);
}

type Referred = {
  readonly target: string;
  /** For the notices. */
  readonly to: string;
  readonly replaces?: RTCSession;
};

/** Sends REFER (RFC 3515), and leaves when the parties are joined. */
function refer({ dispatch }: Sessions, session: RTCSession, { target, to, replaces }: Referred): void {
  const { id } = session;
  dispatch({ kind: 'transferring', id, to });
  const fail = (status: number | undefined, cause?: string): void =>
    dispatch({ kind: 'not transferred', id, why: reasonOf(status, cause) });
  session.refer(target, {
    ...(replaces === undefined ? {} : { replaces }),
    eventHandlers: {
      requestFailed: ({ response, cause }: { readonly response: unknown; readonly cause: string }) =>
        fail(statusIn(response), cause),
      failed: ({ status_line: line }: { readonly status_line: unknown }) => fail(statusIn(line)),
      accepted: () => {
        if (replaces !== undefined)
          dispatch({ kind: 'transferred', id: replaces.id, to: session.remote_identity.uri.user });
        dispatch({ kind: 'transferred', id, to });
        for (const each of [session, replaces]) each?.terminate();
      },
    },
  });
}

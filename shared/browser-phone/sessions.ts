import type { RTCSession } from 'jssip/lib/RTCSession.js';
import type { IncomingRequest, IncomingResponse } from 'jssip/lib/SIPMessage.js';
import type { LeftCall } from './left-calls.ts';
import { keepMicrophone, microphonesOfPage } from './microphone.ts';
import { reasonOf } from './reasons.ts';
import type { Recovery } from './recovery.ts';
import type { Action } from './state.ts';

/** The sessions of a line (RFC 3261 §13), by their ids. */
export type Sessions = {
  readonly byId: Map<string, RTCSession>;
  /** Replaces (RFC 3891) of each answered session. */
  readonly dialogs: Map<string, string>;
  readonly recovery: Recovery;
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

type Message = IncomingRequest | IncomingResponse;

/** As the platform knows the dialog: its own tag is the one of To. @param mine the header with the tag of this side */
function replacesOf(message: Message, mine: 'from' | 'to'): string {
  const tagIn = (header: 'from' | 'to'): string => String(message[header].getParam('tag'));
  const theirs = mine === 'from' ? 'to' : 'from';
  return `${message.getHeader('call-id')};to-tag=${tagIn(theirs)};from-tag=${tagIn(mine)}`;
}

/**
 * Plays a session, and reports what happens to it.
 * @param left the call that it takes up; undefined: it is a new one
 */
export function follow({ byId, dialogs, recovery, dispatch, playIn }: Sessions, session: RTCSession, left?: LeftCall) {
  const { id } = session;
  byId.set(id, session);
  recovery.keep(session);
  withConnection(session, (connection) => {
    playFrom(connection, playIn(id));
    recovery.watchMedia(session);
  });
  let endMicrophone = (): void => undefined;
  const end = ({ cause, message }: { readonly cause: string; readonly message?: unknown }): void => {
    byId.delete(id);
    dialogs.delete(id);
    endMicrophone();
    dispatch({ kind: 'ended', id, why: reasonOf(statusIn(message), cause) });
  };
  // Addresses that are slow to find, such as those of a VPN, do not delay the call.
  session.on('icecandidate', ({ ready }) => void setTimeout(ready, gathering));
  session.on('progress', ({ originator }: { readonly originator: string }) => {
    if (sideOf(originator) === 'peer') dispatch({ kind: 'rings', id });
  });
  // JsSIP types neither: null of this side.
  session.on('accepted', ({ response }: { readonly response?: IncomingResponse | null }) => {
    if (response !== undefined && response !== null) dialogs.set(id, replacesOf(response, 'from'));
  });
  session.on('confirmed', ({ ack }: { readonly ack?: IncomingRequest | null }) => {
    if (ack !== undefined && ack !== null) dialogs.set(id, replacesOf(ack, 'to'));
    dispatch({ kind: 'answered', id, at: left?.answeredAt ?? Date.now() });
    endMicrophone = watchMicrophone(session, dispatch);
    if (left?.isHeld === true) session.hold();
    if (left?.isMuted === true) session.mute({ audio: true });
  });
  session.on('hold', ({ originator }) => dispatch({ kind: 'held', id, by: sideOf(originator), isHeld: true }));
  session.on('unhold', ({ originator }) => dispatch({ kind: 'held', id, by: sideOf(originator), isHeld: false }));
  session.on('muted', () => dispatch({ kind: 'muted', id, isMuted: true }));
  session.on('unmuted', () => dispatch({ kind: 'muted', id, isMuted: false }));
  session.on('ended', end);
  session.on('failed', end);
}

/** An outgoing session has its connection already; an incoming one gets it with the answer. */
function withConnection(session: RTCSession, use: (connection: RTCPeerConnection) => void): void {
  if (session.direction.toString() === 'outgoing') use(session.connection);
  else session.on('peerconnection', ({ peerconnection }) => use(peerconnection));
}

function playFrom(connection: RTCPeerConnection, audio: HTMLAudioElement): void {
  connection.addEventListener('track', ({ streams, track }) => {
    audio.srcObject = streams[0] ?? new MediaStream([track]);
  });
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

const audioSender = ({ connection }: RTCSession): RTCRtpSender | undefined =>
  connection.getSenders().find(({ track }) => track?.kind === 'audio');

function watchMicrophone(session: RTCSession, dispatch: Sessions['dispatch']): () => void {
  const sender = audioSender(session);
  if (sender === undefined) return () => undefined;
  return keepMicrophone(sender, microphonesOfPage, (name) => dispatch({ kind: 'microphone', id: session.id, name }));
}

function press(session: RTCSession, digit: string): void {
  const sender = audioSender(session)?.dtmf;
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

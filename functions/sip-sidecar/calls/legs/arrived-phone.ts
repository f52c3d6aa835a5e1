import type { IncomingSession, Session, SessionListener } from '#sip/session/session.ts';
import type { ArrivedPhone } from '../routing/target.ts';

type Taking = {
  /** What the phone is to answer; undefined: its own offer counts. */
  readonly offer: string | undefined;
  readonly listener: SessionListener;
  /** The answer by which the phone waits for that. */
  readonly hold: (sdp: string) => string | Promise<string>;
  /** The session has its dialog, and is one like any other from now on. */
  readonly onAnswered: (session: Session) => void;
};

/**
 * Lets a phone that has called take a call which rings at others (RFC 3891 §3), as if that had called it. Both sides
 * have made an offer: the phone is answered without media, and then gets the caller's offer (RFC 3725 §4.3), so that
 * the caller is answered by who speaks to it, and by no one if that fails. Without an offer of the caller, that of the
 * phone passes, and it is answered by what is answered to it.
 * @returns the session; undefined: the INVITE was rejected, or cancelled
 */
export function takeArrived(
  { accept }: Pick<ArrivedPhone, 'accept'>,
  { offer, listener, hold, onAnswered }: Taking,
): Session | undefined {
  let isCalled = true;
  const fail = (status: number): void => listener.onFailure({ by: 'peer', status, reason: 'Not joined' });
  const incoming = accept({
    ...listener,
    onEnd: (end) => {
      if (isCalled) fail(487);
      else listener.onEnd(end);
    },
  });
  if (incoming === undefined) return undefined;
  const { offered } = incoming;
  const answer = (sdp: string): void => {
    isCalled = false;
    incoming.answer(sdp);
    onAnswered(incoming);
  };
  if (offered === undefined) incoming.reject(488);
  else if (offer === undefined) setImmediate(() => listener.onAnswer({ sdp: offered }));
  else {
    void exchange(incoming, { offer, held: Promise.resolve(hold(offered)) }).then((outcome) => {
      if ('status' in outcome) {
        incoming.end();
        fail(outcome.status);
        return;
      }
      isCalled = false;
      onAnswered(incoming);
      listener.onAnswer(outcome);
    });
  }
  return calledSession(incoming, answer);
}

type Exchange = { readonly offer: string; readonly held: Promise<string> };

async function exchange(session: IncomingSession, { offer, held }: Exchange): ReturnType<Session['offer']> {
  try {
    session.answer(await held);
  } catch {
    return { status: 488 };
  }
  return session.offer(offer);
}

/** Of a phone that is not joined yet. @param answer joins it, by the answer to its offer */
const calledSession = (incoming: IncomingSession, answer: (sdp: string) => void): Session => ({
  callId: incoming.callId,
  // What ends a session that was answered as a wait is a BYE.
  end: (reason) => (incoming.stored() === undefined ? incoming.reject(481) : incoming.end(reason)),
  offer: (sdp, withdrawn) => incoming.offer(sdp, withdrawn),
  acknowledge: answer,
  info: (type, body) => incoming.info(type, body),
  refer: (to, onProgress) => incoming.refer(to, onProgress),
  route: undefined,
  described: undefined,
  stored: () => undefined,
  isIdle: false,
  get isOffered() {
    return incoming.isOffered;
  },
  get gone() {
    return incoming.gone;
  },
  handOver: () => incoming.handOver(),
  refreshTarget: () => undefined,
});

import type { OfferOutcome, PeerRefer, Session, SessionListener } from '#sip/session/session.ts';
import type { CallMedia, StoredMedia } from '../media/call-media.ts';
import type { CallEvent, CallState, Side } from './call-state.ts';
import { InCall } from './in-call.ts';
import { LegEvents, refusalOf } from './leg-events.ts';
import { legListener } from './leg-listener.ts';
import type { LegSessions } from './leg-sessions.ts';
import { offerPassed, sessionBehind } from './session-behind.ts';
import type { Target } from './target.ts';
import { legOfSide } from './transfer.ts';

type Parts = {
  readonly media: CallMedia;
  readonly sessions: Pick<LegSessions, 'get'>;
  readonly state: () => CallState<Target>;
  /** The leg of the other party, while both are connected. */
  readonly otherOf: (leg: string) => string | undefined;
  readonly dispatch: (event: CallEvent<Target>) => void;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly onRefer: (leg: string, refer: PeerRefer) => void;
  readonly fault: (error: unknown) => void;
  /** The party of a leg has sent a request or a response. */
  readonly onSign: (leg: string) => void;
  /** The last sign of life of the connected parties, in Unix milliseconds; undefined: it is not known. */
  readonly lastSign: () => Promise<number | undefined>;
};

/** What passes between the legs of one call: events, descriptions through its media, and INFO. */
export class CallTraffic {
  readonly #parts: Parts;
  readonly #inCall: InCall;
  readonly #events: LegEvents<Target>;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#inCall = new InCall((leg) => this.sessionFor(leg, parts.otherOf(leg)), parts.fault);
    this.#events = new LegEvents(parts);
  }

  /** The listener of a leg's session. */
  listenerOf(leg: string): SessionListener {
    const { now, onRefer, onSign } = this.#parts;
    return legListener(leg, {
      dispatch: (event) => this.#events.take(event),
      now,
      inCall: this.#inCall,
      onRefer: (refer) => onRefer(leg, refer),
      onSign: () => onSign(leg),
    });
  }

  /** The session of a leg as another one speaks to it. */
  sessionFor(from: string, to: string | undefined): Session | undefined {
    const session = this.#parts.sessions.get(to);
    const { media, fault } = this.#parts;
    return session === undefined || to === undefined ? undefined : sessionBehind(session, { media, from, to, fault });
  }

  /** Offers a leg what has passed to it. @param from whose offer it is, and who gets the answer */
  async join(leg: string, from: string | undefined, sdp: string): Promise<OfferOutcome> {
    const { media, sessions } = this.#parts;
    const session = sessions.get(leg);
    return session === undefined || from === undefined
      ? { status: 481 }
      : offerPassed(session, { media, from, to: leg }, sdp);
  }

  /** Acknowledges the offer of a leg. `inactive`: its offer, which is answered without media for now. */
  acknowledge(leg: string, sdp: string | { readonly inactive: string }): void {
    const { media, sessions, dispatch } = this.#parts;
    const acknowledge = (answer: string): void => sessions.get(leg)?.acknowledge(answer);
    const fail = (error: unknown): void => dispatch(refusalOf(error));
    try {
      const answer = typeof sdp === 'string' ? sdp : media.hold(leg, sdp.inactive);
      if (typeof answer === 'string') acknowledge(answer);
      else answer.then(acknowledge, fail);
    } catch (error) {
      fail(error);
    }
  }

  /** The session of a side as a leg of the call speaks to it. */
  sessionOfSide(from: string, side: Side): Session | undefined {
    return this.sessionFor(from, legOfSide(this.#parts.state(), side));
  }

  /** A side keeps its party: the offer that it was asked for has come to nothing. @param sdp the answer to it */
  keep(side: Side, sdp: string): void {
    const { media, sessions, state } = this.#parts;
    const leg = legOfSide(state(), side);
    sessions.get(leg)?.acknowledge(sdp);
    if (leg !== undefined) media.reject(leg);
  }

  /** Where the media of its connected parties pass, for the task that goes on with the call. */
  stored(): StoredMedia | undefined {
    const { a, b = '' } = this.#parts.state();
    return this.#parts.media.stored(a, b);
  }

  /** The offer with which a target is called. @throws MediaFailure if it cannot pass to the target */
  async offerTo(leg: string, { to }: Target, sdp: string | undefined): Promise<string | undefined> {
    const { media, state } = this.#parts;
    if (to.kind === 'phone') media.expect(leg, to.flow.transport, to.flow.remote.address);
    else media.expect(leg, to.peer.transport, to.peer.host);
    return sdp === undefined ? undefined : media.pass({ kind: 'offer', from: state().a, to: leg, sdp });
  }
}

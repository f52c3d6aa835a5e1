import type {
  Failure,
  InfoRequest,
  OfferOutcome,
  PeerOffer,
  PeerRefer,
  Session,
  SessionListener,
} from '#sip/session/session.ts';
import { readReason } from '#sip/session/reason.ts';
import type { Uri } from '#sip/uri.ts';
import type { CallMedia, StoredMedia } from '../../media/call-media.ts';
import type { CallEvent, CallState, Side } from '../call/state.ts';
import { type EndOfLeg, type LegEvent, LegEvents, mediaRejection } from './leg-events.ts';
import type { LegSessions } from './sessions.ts';
import { passedStatus } from '../call/causes.ts';
import { passedAnswer, textOfReason } from './passed-answers.ts';
import { offeredEncryption, plainTarget, type PlainTargets } from './plain-targets.ts';
import { offerPassed, sessionThroughMedia } from './session-through-media.ts';
import type { Target } from '../routing/target.ts';
import { legOfSide } from '../call/state.ts';

/** What the parties of an answered call send each other: offers, answers and INFO. */
class AnsweredParties {
  readonly #otherOf: (leg: string) => Session | undefined;
  readonly #media: Pick<CallMedia, 'learnsPlaceOf'>;
  readonly #fault: (error: unknown) => void;
  readonly #onAgreed: () => void;
  /** By leg that asked for an offer: whom its answer goes to. */
  readonly #awaiting = new Map<string, Session>();

  /** @param otherOf the session of the other party, while both are connected */
  constructor(
    otherOf: (leg: string) => Session | undefined,
    { media, fault, onAgreed }: Pick<TrafficParts, 'media' | 'fault' | 'onAgreed'>,
  ) {
    this.#otherOf = otherOf;
    this.#media = media;
    this.#fault = fault;
    this.#onAgreed = onAgreed;
  }

  /**
   * Passes an offer on, and its answer back. Before both are connected it collides with the offers that do that, later
   * with one of the other party (RFC 3261 §14.1): each would wait for the answer of the other. One that repeats what
   * was agreed, as refreshes of session timers do, is no matter of the other party.
   */
  onOffer(leg: string, offer: PeerOffer): void {
    if (offer.agreed !== undefined && !this.#media.learnsPlaceOf(leg)) {
      offer.respond({ sdp: offer.agreed });
      return;
    }
    const other = this.#otherOf(leg);
    if (other === undefined || other.isOffered) {
      offer.respond({ status: 491 });
      return;
    }
    const pass = (outcome: OfferOutcome): void => {
      if ('status' in outcome) {
        offer.respond({ status: passedStatus(outcome.status) });
        return;
      }
      if (offer.sdp === undefined) this.#awaiting.set(leg, other);
      offer.respond(outcome);
      this.#onAgreed();
    };
    const fail = (error: unknown): void => {
      offer.respond({ status: 500 });
      this.#fault(error);
    };
    other.offer(offer.sdp, offer.withdrawn).then(pass).catch(fail);
  }

  /** The answer of a party that asked for an offer. @returns whether it was awaited */
  onAcknowledge(leg: string, sdp: string | undefined): boolean {
    const other = this.#awaiting.get(leg);
    this.#awaiting.delete(leg);
    if (other === undefined || sdp === undefined) return false;
    other.acknowledge(sdp);
    this.#onAgreed();
    return true;
  }

  /** Passes an INFO on, such as a digit (RFC 6086). A 415 is about its own body. */
  onInfo(leg: string, { contentType, body, respond }: InfoRequest): void {
    const other = this.#otherOf(leg);
    const fail = (error: unknown): void => {
      respond(500);
      this.#fault(error);
    };
    if (other === undefined) respond(481);
    else other.info(contentType, body).then((status) => respond(status === 415 ? status : passedStatus(status)), fail);
  }
}

export type TrafficParts = {
  readonly media: CallMedia;
  readonly sessions: Pick<LegSessions, 'get' | 'targetOf'>;
  readonly state: () => CallState<Target>;
  /** The leg of the other party, while both are connected. */
  readonly otherOf: (leg: string) => string | undefined;
  readonly dispatch: (event: CallEvent<Target>) => void;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly onRefer: (leg: string, refer: PeerRefer) => void;
  /** The targets to which a phone sends the call on. Never rejects. */
  readonly redirect: (leg: string, contacts: readonly Uri[]) => Promise<readonly Target[]>;
  /** Those of the task. */
  readonly plainTargets: PlainTargets;
  readonly fault: (error: unknown) => void;
  /** The connected parties have agreed on other descriptions, or on the same again. */
  readonly onAgreed: () => void;
  /** The party of a leg has sent a request or a response. */
  readonly onSign: (leg: string) => void;
  /** When the call has ended for a party that is lost, or has left, in Unix milliseconds; undefined: now. */
  readonly lastSign: (lost: EndOfLeg) => Promise<number | undefined>;
};

/** What passes between the legs of one call: events, descriptions through its media, and INFO. */
export class CallTraffic {
  readonly #parts: TrafficParts;
  readonly #parties: AnsweredParties;
  readonly #events: LegEvents<Target>;

  constructor(parts: TrafficParts) {
    this.#parts = parts;
    this.#parties = new AnsweredParties((leg) => this.sessionFor(leg, parts.otherOf(leg)), parts);
    this.#events = new LegEvents(parts);
  }

  /** Turns what happens in a leg's session into events of the call. */
  listenerOf(leg: string): SessionListener {
    const { now, onRefer, onSign } = this.#parts;
    const take = (event: LegEvent<Target>): void => this.#events.take(event);
    return {
      onProgress: ({ status, sdp }) => take({ type: 'progress', leg, status, ...(sdp === undefined ? {} : { sdp }) }),
      onAnswer: ({ sdp }) => {
        this.#noteAnswer(leg);
        take({ type: 'answer', leg, at: now(), ...(sdp === undefined ? {} : { sdp }) });
      },
      onFailure: (failure) => void this.#afterFailure(leg, failure, take),
      onSilence: (isSilent) => take({ type: 'silence', leg, isSilent }),
      onAcknowledge: ({ sdp }) => {
        if (this.#parties.onAcknowledge(leg, sdp)) return;
        take({ type: 'acknowledge', leg, ...(sdp === undefined ? {} : { sdp }) });
      },
      onOffer: (offer) => this.#parties.onOffer(leg, offer),
      onInfo: (request) => this.#parties.onInfo(leg, request),
      onRefer: (refer) => onRefer(leg, refer),
      onSign: () => onSign(leg),
      onEnd: ({ by, q850, status, text }) => {
        const end = {
          by,
          ...(q850 === undefined ? {} : { q850 }),
          ...(status === undefined ? {} : { status }),
          ...(by === 'peer' ? textOfReason(text) : {}),
        };
        take({ type: 'end', leg, end });
      },
    };
  }

  /** A target that has rejected SRTP, and takes the call without, gets its next calls so. */
  #noteAnswer(leg: string): void {
    const { sessions, plainTargets, now } = this.#parts;
    const target = sessions.targetOf(leg);
    if (target?.isPlainAgain === true) plainTargets.note(target, now());
  }

  /** What a failure becomes: the legs to which a phone sends the call on, or the same one without SRTP. */
  async #afterFailure(leg: string, failure: Failure, take: (event: LegEvent<Target>) => void): Promise<void> {
    const { status, q850, by, headers, isUnproven, contacts = [] } = failure;
    const { redirect, sessions } = this.#parts;
    const plain = plainOf(sessions.targetOf(leg), failure);
    const targets = contacts.length === 0 ? plain : await redirect(leg, contacts);
    const cause = isUnproven === true ? { cause: 'HOST_IN_USE' as const } : {};
    const target = sessions.targetOf(leg);
    const passes = target === undefined ? undefined : passedAnswer(failure, target.trust);
    const details = {
      ...cause,
      ...(q850 === undefined ? {} : { q850 }),
      ...(passes === undefined ? {} : { passes }),
      ...(by === 'peer' && headers !== undefined ? textOfReason(readReason(headers).text) : {}),
    };
    if (targets.length > 0) take({ type: 'redirected', leg, targets });
    else take({ type: 'failure', leg, failure: { status, by, ...details } });
  }

  /** The session of a leg as another one speaks to it. */
  sessionFor(from: string, to: string | undefined): Session | undefined {
    const session = this.#parts.sessions.get(to);
    const { media, fault } = this.#parts;
    return session === undefined || to === undefined
      ? undefined
      : sessionThroughMedia(session, { media, from, to, fault });
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
    const fail = (error: unknown): void => dispatch(mediaRejection(error));
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

  /**
   * The offer with which a target is called; one that is asked first makes its own.
   * @throws MediaFailure if it cannot pass to the target
   */
  async offerTo(leg: string, target: Target, sdp: string | undefined): Promise<string | undefined> {
    const { media, plainTargets, now } = this.#parts;
    const { to, accept, fax, audio } = target;
    if (fax !== undefined) media.limitFax(leg, fax);
    if (audio !== undefined) media.limitAudio(leg, audio);
    if (to.kind === 'application') media.expectApplication(leg);
    else if (to.kind === 'peer') media.expect(leg, to.peer.transport, to.peer.host);
    else if (to.kind !== 'deferred') media.expect(leg, to.flow.transport, to.flow.remote.address);
    const encryption = offeredEncryption(to, plainTargets.encryptionOf(target, now()));
    if (encryption !== undefined) media.encrypt(leg, encryption);
    return accept === undefined ? this.callersOfferTo(leg, sdp) : undefined;
  }

  /** The offer of the caller as a leg gets it. @throws MediaFailure if it cannot pass to the leg */
  async callersOfferTo(leg: string, sdp: string | undefined): Promise<string | undefined> {
    const { media, state } = this.#parts;
    return sdp === undefined ? undefined : media.pass({ kind: 'offer', from: state().a, to: leg, sdp });
  }
}

const plainOf = (target: Target | undefined, failure: Failure): readonly Target[] => {
  const plain = target && plainTarget(target, failure);
  return plain === undefined ? [] : [plain];
};

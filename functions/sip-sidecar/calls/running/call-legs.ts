import type { Session } from '#sip/session/session.ts';
import type { HeardParties } from '../../media/call-media.ts';
import { lastPacket } from '../../media/last-packet.ts';
import { ringingHunt } from '../call/call.ts';
import { openLegs } from '../call/hunt.ts';
import type { LegParty } from '../call/record.ts';
import { legOfSide, otherSide, sides, type CallState, type Side } from '../call/state.ts';
import { ApplicationSession } from '../legs/application-session.ts';
import type { LegSessions } from '../legs/sessions.ts';
import type { Target } from '../routing/target.ts';
import type { Flow } from '../../transport/flow.ts';

type Parts = {
  readonly state: () => CallState<Target>;
  readonly sessions: Pick<LegSessions, 'get' | 'legsOf'>;
  /** Whether its parties are being joined to others. */
  readonly isJoining: () => boolean;
};

/** The legs by which the parties of one call are connected: their sides, their sessions, and their signs of life. */
export class CallLegs {
  readonly #parts: Parts;
  /** By leg: when its party sent its last request or response, in Unix milliseconds. */
  readonly #sentAt = new Map<string, number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The session of the caller's or the callee's side, if it is connected. */
  sessionOf(side: Side): Session | undefined {
    return this.#parts.sessions.get(legOfSide(this.#parts.state(), side));
  }

  /** The side of a connected leg. */
  sideOf(leg: string): Side | undefined {
    return sides.find((side) => legOfSide(this.#parts.state(), side) === leg);
  }

  /** The connected leg of a session. */
  legOf(session: Session): string | undefined {
    return this.#parts.sessions.legsOf(session).find((leg) => this.sideOf(leg) !== undefined);
  }

  /** The leg of the other party, while both are connected. */
  otherOf(leg: string): string | undefined {
    const state = this.#parts.state();
    const side = this.sideOf(leg);
    const isJoining = this.#parts.isJoining() || state.transfer?.answered !== undefined;
    if (state.phase !== 'up' || side === undefined || isJoining) return undefined;
    return legOfSide(state, otherSide(side));
  }

  /** The application that is a party of the call. */
  get application(): ApplicationSession | undefined {
    return sides.map((side) => this.sessionOf(side)).find((session) => session instanceof ApplicationSession);
  }

  /** The side of that. */
  get applicationSide(): Side | undefined {
    return sides.find((side) => this.sessionOf(side) instanceof ApplicationSession);
  }

  /** The party of a session at which the call rings; undefined: it does not. */
  ringingParty(session: Session): LegParty | undefined {
    const hunt = ringingHunt(this.#parts.state());
    const legs = hunt === undefined ? [] : openLegs(hunt);
    return legs.find(({ id }) => this.#parts.sessions.get(id) === session)?.target.party;
  }

  /** The flows of the phones at which the call rings. */
  get ringingFlows(): readonly Flow[] {
    const hunt = ringingHunt(this.#parts.state());
    const legs = hunt === undefined ? [] : openLegs(hunt);
    return legs.flatMap(({ target: { to } }) => (to.kind === 'phone' ? [to.flow] : []));
  }

  /** The party of a leg has sent a request or a response. @param at Unix milliseconds */
  noteSign(leg: string, at: number): void {
    this.#sentAt.set(leg, at);
  }

  /**
   * The last sign of life of both parties, in Unix milliseconds. A party that says nothing but is heard by the other
   * one, or hears it, pays on. Undefined: media do not pass here, so that no party can end its charge by its silence.
   */
  lastSignOfBoth(heard: HeardParties | undefined): number | undefined {
    if (heard === undefined) return undefined;
    const state = this.#parts.state();
    const signOf = (side: Side): number => this.#sentAt.get(legOfSide(state, side) ?? '') ?? 0;
    const { answeredAt = 0 } = state;
    return Math.max(answeredAt, ...sides.flatMap((side) => [lastPacket(heard[side], answeredAt), signOf(side)]));
  }

  /**
   * The last sign of a party that has left before it said so: its media. What the other one says since then reaches no
   * one. Undefined: its media do not pass here, or it has sent none.
   */
  lastSignOfLeft(leg: string, heard: HeardParties | undefined): number | undefined {
    const side = this.sideOf(leg);
    if (heard === undefined || side === undefined || !heard[side].isExpected) return undefined;
    const { answeredAt = 0 } = this.#parts.state();
    return Math.max(answeredAt, lastPacket(heard[side], answeredAt));
  }
}

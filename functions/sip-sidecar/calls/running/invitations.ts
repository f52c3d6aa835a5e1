import { setTimeout as pause } from 'node:timers/promises';
import { MediaFailure } from '../../media/call-media.ts';
import type { HuntLeg } from '../call/hunt.ts';
import { inviteParty } from '../call/record.ts';
import type { Redirections } from '../call/redirections.ts';
import type { LegFailure, Side } from '../call/state.ts';
import { takeArrived } from '../legs/arrived-phone.ts';
import { presentedToMember, type InvitationFacts } from '../legs/invitation.ts';
import type { LegSessions } from '../legs/sessions.ts';
import type { ArrivedPhone, Target } from '../routing/target.ts';
import type { CallApplications } from './applications.ts';
import type { RunningCall, RunningCallParts } from './running-call.ts';

type Surroundings = {
  readonly sessions: LegSessions;
  readonly applications: CallApplications;
  readonly redirections: Redirections;
};

/** How one call reaches the targets of its legs: by an INVITE, as an application, or by the INVITE of the target. */
export class CallInvitations {
  readonly #call: RunningCall;
  readonly #parts: RunningCallParts;
  readonly #surroundings: Surroundings;

  constructor(call: RunningCall, parts: RunningCallParts, surroundings: Surroundings) {
    this.#call = call;
    this.#parts = parts;
    this.#surroundings = surroundings;
  }

  /** Calls a leg. @param sdp the offer of the caller; undefined: it is called without */
  async invite(leg: HuntLeg<Target>, sdp: string | undefined): Promise<void> {
    this.#surroundings.sessions.call(leg.id, leg.target);
    const { delay = 0 } = leg.target.member ?? {};
    if (delay > 0) await pause(delay);
    // It may have been cancelled in between.
    if (this.#surroundings.sessions.targetOf(leg.id) === undefined) {
      this.#turnAway(leg.target);
      return;
    }
    this.#surroundings.redirections.note(leg.target.party.target);
    let failure: LegFailure = { status: 503, by: 'transport' };
    try {
      if (await this.#isInvited(leg, sdp)) return;
    } catch (error) {
      if (error instanceof MediaFailure) failure = error.failure;
      else this.#parts.carrier.fault(error);
    }
    this.#turnAway(leg.target);
    this.#call.dispatch({ type: 'failure', leg: leg.id, failure });
  }

  /** A phone that wanted to take the call is too late (RFC 3891 §3). */
  #turnAway({ to }: Target): void {
    if (to.kind === 'arrived') to.reject(481);
  }

  /** @returns false if the target has no channel left, or the INVITE cannot be sent */
  async #isInvited({ id, target }: HuntLeg<Target>, offer: string | undefined): Promise<boolean> {
    const sdp = await this.#call.traffic.offerTo(id, target, offer);
    const { maxForwards, writer, ringTime: timeout } = this.#parts;
    const role = this.#call.sideOf(id) ?? this.#call.parties.sideOfNew(id);
    if (!(await this.#call.parties.takeChannels(id, target))) return false;
    // The call may have ended, or the leg been cancelled, in the meantime.
    if (this.#surroundings.sessions.targetOf(id) === undefined || this.#call.state.phase === 'over') {
      this.#turnAway(target);
      return true;
    }
    writer.change((call) => inviteParty(call, role, target.party, this.#parts.carrier.now()));
    const { org_id: organization } = writer.call;
    const presented = presentedToMember(this.#presentedTo(id, role), target);
    const ringTime = target.member?.ringTime ?? this.#call.parties.ringTimeOf(id) ?? timeout;
    const facts = { ...presented, organization, sdp, maxForwards, timeout: ringTime };
    if (target.to.kind === 'application') {
      const session = this.#surroundings.applications.session(id, target.to.start, sdp);
      this.#surroundings.sessions.begin(id, session);
      session.begin();
      return true;
    }
    if (target.to.kind === 'arrived') return this.#takeArrived(id, target.to, sdp);
    const session = await this.#surroundings.applications.invite(id, { ...target, to: target.to }, { facts, offer });
    if (session === undefined) return false;
    this.#surroundings.sessions.begin(id, session);
    return true;
  }

  /** @param offer that of the caller, as the phone gets it */
  #takeArrived(leg: string, phone: ArrivedPhone, offer: string | undefined): boolean {
    const session = takeArrived(phone, {
      offer,
      listener: this.#call.traffic.listenerOf(leg),
      hold: (sdp) => this.#parts.media.hold(leg, sdp),
      onAnswered: (answered) => this.#call.setSession(leg, answered),
    });
    if (session !== undefined) this.#surroundings.sessions.begin(leg, session);
    return session !== undefined;
  }

  /** What a leg sees of the call. */
  #presentedTo(leg: string, role: Side): Pick<InvitationFacts, 'call' | 'called' | 'received'> {
    const { received, writer } = this.#parts;
    const ofTransfer = this.#call.parties.presentedTo(leg);
    if (ofTransfer !== undefined) return { call: ofTransfer, called: null, received: undefined };
    const { call } = writer;
    const dialed = call.numbers.called ?? call.destination.requested.user;
    return { call, called: role === 'destination' ? dialed : null, received };
  }
}

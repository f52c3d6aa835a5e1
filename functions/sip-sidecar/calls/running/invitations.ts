import { setTimeout as pause } from 'node:timers/promises';
import { MediaFailure } from '../../media/call-media.ts';
import type { HuntLeg } from '../call/hunt.ts';
import { inviteParty } from '../call/record.ts';
import type { LegFailure, Side } from '../call/state.ts';
import { takeArrived } from '../legs/arrived-phone.ts';
import { presentedToMember, type InvitationFacts } from '../legs/invitation.ts';
import type { LegSessions } from '../legs/sessions.ts';
import { payingForward, type ArrivedPhone, type Target } from '../routing/target.ts';
import type { DecideUserCall } from '../routing/user-calls.ts';
import type { CallApplications, Inviting } from './applications.ts';
import { eventOf, forwardedCall, handledCall, undecidedCall } from './user-calls.ts';
import type { RunningCall, RunningCallParts } from './running-call.ts';

type Surroundings = {
  readonly sessions: LegSessions;
  readonly applications: CallApplications;
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
    const { to, member, rings } = leg.target;
    const { delay = 0 } = member ?? rings ?? {};
    if (delay > 0) await pause(delay);
    // It may have been cancelled in between.
    if (this.#surroundings.sessions.targetOf(leg.id) === undefined) {
      this.#turnAway(leg.target);
      return;
    }
    if (to.kind === 'deferred') {
      await this.#decide(leg, to.decide);
      return;
    }
    this.#call.parties.redirectionsOf(leg.id).note(leg.target.party.target);
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

  /** Who is called is decided now: others take the place of the leg, or it fails. */
  async #decide(leg: HuntLeg<Target>, decide: DecideUserCall): Promise<void> {
    const { id, after } = leg;
    const { sessions } = this.#surroundings;
    const call = this.#call;
    const { forwards } = call;
    if (after !== undefined) forwards.fail(after, leg.target);
    // Others may be decided at the same time.
    const numbered: number[] = [];
    const nextForward = (): number => {
      const next = forwards.next();
      numbered.push(next);
      return next;
    };
    try {
      const decided = await decide(undecidedCall(call, leg, nextForward), after ?? []);
      const goesOn = 'attempts' in decided ? decided : undefined;
      // It may have been cancelled in between.
      const isCancelled = sessions.targetOf(id) === undefined || call.state.phase === 'over';
      forwards.drop(numbered, isCancelled ? undefined : goesOn?.forward);
      if (isCancelled) return;
      const isTransfer = call.parties.transferOf(id) !== undefined;
      call.writer.change((each) => handledCall(each, decided, isTransfer));
      if (goesOn !== undefined) forwards.begin(id, goesOn);
      call.dispatch(eventOf(leg, decided));
    } catch (error) {
      this.#parts.carrier.fault(error);
      forwards.drop(numbered);
      call.dispatch({ type: 'failure', leg: id, failure: { status: 503, by: 'us' } });
    }
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
      this.#call.parties.dropChannels(id);
      this.#turnAway(target);
      return true;
    }
    const invited = { role, party: target.party, forward: payingForward(target)?.count };
    writer.change((call) => inviteParty(call, invited, this.#parts.carrier.now()));
    const { org_id: organization } = writer.call;
    const presented = presentedToMember(this.#presentedTo(id, role, target), target);
    const ringTime = (target.member ?? target.rings)?.ringTime ?? this.#call.parties.ringTimeOf(id) ?? timeout;
    const facts = { ...presented, organization, sdp, maxForwards, timeout: ringTime };
    return this.#begin(id, target, { facts, offer });
  }

  async #begin(id: string, target: Target, { facts, offer }: Inviting): Promise<boolean> {
    const { sessions, applications } = this.#surroundings;
    const { to } = target;
    if (to.kind === 'application') {
      const session = applications.session(id, to.start, facts.sdp);
      sessions.begin(id, session);
      session.begin();
      return true;
    }
    if (to.kind === 'arrived') return this.#takeArrived(id, to, facts.sdp);
    if (to.kind === 'deferred') return false;
    const session = await applications.invite(id, { ...target, to }, { facts, offer });
    if (session === undefined) return false;
    sessions.begin(id, session);
    this.#call.storeDialogs();
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
  #presentedTo(leg: string, role: Side, target: Target): Pick<InvitationFacts, 'call' | 'called' | 'received'> {
    const { received, writer } = this.#parts;
    const ofTransfer = this.#call.parties.presentedTo(leg);
    const { numbers, destination } = writer.call;
    const call = forwardedCall(ofTransfer ?? writer.call, payingForward(target), this.#call.organization);
    if (ofTransfer !== undefined) return { call, called: null, received: undefined };
    const dialed = numbers.called ?? destination.requested.user;
    return { call, called: role === 'destination' ? dialed : null, received };
  }
}

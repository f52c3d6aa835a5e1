import { setTimeout as pause } from 'node:timers/promises';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { PromptName } from '#schema/prompt.ts';
import type { Sound } from '#schema/sound.ts';
import { second } from '#schema/time.ts';
import type { Session } from '#sip/session/session.ts';
import type { Uri } from '#sip/uri.ts';
import { type CallMedia, MediaFailure } from '../../media/call-media.ts';
import type { HuntLeg } from '../call/hunt.ts';
import { inviteParty, redirectCall } from '../call/record.ts';
import type { CallEvent, CallState, LegFailure, Side } from '../call/state.ts';
import { takeArrived } from '../legs/arrived-phone.ts';
import { presentedToMember, type InvitationFacts, type SendInvite } from '../legs/invitation.ts';
import type { ReceivedHeaders } from '../legs/passed-headers.ts';
import { ScreenedLeg } from '../legs/screened-leg.ts';
import type { LegSessions } from '../legs/sessions.ts';
import type { CallTraffic } from '../legs/traffic.ts';
import type { CallWriter } from '../records/writer.ts';
import type { Redirect } from '../routing/redirect.ts';
import {
  isOutside,
  payingForward,
  type ArrivedPhone,
  type SipTarget,
  type Target,
  type DecideUserCall,
} from '../routing/target.ts';
import { noteDigit, type CallApplications } from './applications.ts';
import type { CallLegs } from './call-legs.ts';
import type { CallForwards } from './forwards.ts';
import type { CallParties } from './parties.ts';
import { eventOf, forwardedCall, handledCall, notAcceptedCall, undecidedCall, wayOf } from './user-calls.ts';

/** How the task reaches those whom a call calls. */
export type InvitationServices = {
  readonly invite: SendInvite;
  readonly redirect: Redirect;
};

type Parts = {
  readonly services: InvitationServices;
  readonly organization: OrganizationItem;
  readonly writer: Pick<CallWriter, 'call' | 'change' | 'note'>;
  readonly media: CallMedia;
  /** Of each leg, in milliseconds. */
  readonly ringTime: number;
  readonly received: ReceivedHeaders | undefined;
  readonly maxForwards: number | undefined;
  readonly state: () => Pick<CallState<Target>, 'phase'>;
  readonly sessions: LegSessions;
  readonly legs: Pick<CallLegs, 'sideOf'>;
  readonly parties: CallParties;
  readonly forwards: Pick<CallForwards, 'begin' | 'drop' | 'fail' | 'next'>;
  readonly applications: Pick<CallApplications, 'session'>;
  readonly traffic: Pick<CallTraffic, 'callersOfferTo' | 'listenerOf' | 'offerTo'>;
  readonly dispatch: (event: CallEvent<Target>) => void;
  /** Stores the parties, and those that ring. */
  readonly storeDialogs: () => void;
  /** The sound of the organization in place of a prompt of the platform; undefined: it has none. */
  readonly replacement: (name: PromptName) => Promise<Sound | undefined>;
  readonly fault: (error: unknown) => void;
  readonly now: () => Date;
};

/** What an INVITE says. */
type Inviting = {
  readonly facts: Parameters<SendInvite>[1];
  /** That of the caller; undefined: the party makes one. */
  readonly offer: string | undefined;
  /** It leaves. */
  readonly onSent: () => void;
};

/**
 * How one call reaches the targets of its legs: by an INVITE, as an application, or by the INVITE of the target; and
 * whom a phone sends it on to.
 */
export class CallInvitations {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Calls a leg. @param sdp the offer of the caller; undefined: it is called without */
  async invite(leg: HuntLeg<Target>, sdp: string | undefined): Promise<void> {
    const { sessions, parties, dispatch, fault } = this.#parts;
    sessions.call(leg.id, leg.target);
    const { to, member, rings } = leg.target;
    const { delay = 0 } = member ?? rings ?? {};
    if (delay > 0) await pause(delay);
    // It may have been cancelled in between.
    if (sessions.targetOf(leg.id) === undefined) {
      this.#turnAway(leg.target);
      return;
    }
    if (to.kind === 'deferred') {
      await this.#decide(leg, to.decide);
      return;
    }
    parties.redirectionsOf(leg.id).note(leg.target.party.target);
    let failure: LegFailure = { status: 503, by: 'transport' };
    try {
      if (await this.#isInvited(leg, sdp)) return;
    } catch (error) {
      if (error instanceof MediaFailure) failure = error.failure;
      else fault(error);
    }
    this.#turnAway(leg.target);
    dispatch({ type: 'failure', leg: leg.id, failure });
  }

  /** Who is called is decided now: others take the place of the leg, or it fails. */
  async #decide(leg: HuntLeg<Target>, decide: DecideUserCall): Promise<void> {
    const { id, after } = leg;
    const { sessions, forwards, parties, organization, writer, state, dispatch, fault } = this.#parts;
    if (after !== undefined) forwards.fail(after, leg.target);
    // Others may be decided at the same time.
    const numbered: number[] = [];
    const nextForward = (): number => {
      const next = forwards.next();
      numbered.push(next);
      return next;
    };
    try {
      const call = undecidedCall({ record: writer.call, organization, parties }, leg, nextForward);
      const decided = await decide(call, after ?? []);
      const goesOn = 'attempts' in decided ? decided : undefined;
      // It may have been cancelled in between.
      const isCancelled = sessions.targetOf(id) === undefined || state().phase === 'over';
      forwards.drop(numbered, isCancelled ? undefined : goesOn?.forward);
      if (isCancelled) return;
      const isTransfer = parties.transferOf(id) !== undefined;
      writer.change((each) => handledCall(each, decided, isTransfer));
      if (goesOn !== undefined) forwards.begin(id, goesOn);
      dispatch(eventOf(leg, decided));
    } catch (error) {
      fault(error);
      forwards.drop(numbered);
      dispatch({ type: 'failure', leg: id, failure: { status: 503, by: 'us' } });
    }
  }

  /** A phone that wanted to take the call is too late (RFC 3891 §3). */
  #turnAway({ to }: Target): void {
    if (to.kind === 'arrived') to.reject(481);
  }

  /** @returns false if the target has no channel left, or the INVITE cannot be sent */
  async #isInvited({ id, target }: HuntLeg<Target>, offer: string | undefined): Promise<boolean> {
    const { traffic, legs, parties, sessions, state, maxForwards, writer, ringTime: timeout, now } = this.#parts;
    const sdp = await traffic.offerTo(id, target, offer);
    const role = legs.sideOf(id) ?? parties.sideOfNew(id);
    if (!(await parties.takeChannels(id, target))) return false;
    // The call may have ended, or the leg been cancelled, in the meantime.
    if (sessions.targetOf(id) === undefined || state().phase === 'over') {
      parties.dropChannels(id);
      this.#turnAway(target);
      return true;
    }
    const invited = { role, party: target.party, forward: payingForward(target)?.count };
    const onSent = (): void => writer.change((call) => inviteParty(call, invited, now()));
    const { org_id: organization } = writer.call;
    const presented = presentedToMember(this.#presentedTo(id, role, target), target);
    const ringTime = (target.member ?? target.rings)?.ringTime ?? parties.ringTimeOf(id) ?? timeout;
    const facts = { ...presented, organization, sdp, maxForwards, timeout: ringTime };
    return this.#begin(id, target, { facts, offer, onSent });
  }

  async #begin(id: string, target: Target, inviting: Inviting): Promise<boolean> {
    const { sessions, applications } = this.#parts;
    const { facts, onSent } = inviting;
    const { to } = target;
    if (to.kind === 'deferred') return false;
    if (to.kind !== 'application' && to.kind !== 'arrived') return this.#send(id, { ...target, to }, inviting);
    onSent();
    if (to.kind === 'application') {
      const session = applications.session(id, to.start, facts.sdp);
      sessions.begin(id, session);
      session.begin();
      return true;
    }
    return this.#takeArrived(id, to, facts.sdp);
  }

  async #send(id: string, target: SipTarget, inviting: Inviting): Promise<boolean> {
    const session = await this.#invite(id, target, inviting);
    if (session === undefined) return false;
    this.#parts.sessions.begin(id, session);
    this.#parts.storeDialogs();
    return true;
  }

  /** Invites the party of a new leg; one that has to accept the call is asked before it is joined. */
  async #invite(leg: string, target: SipTarget, { facts, offer, onSent }: Inviting): Promise<Session | undefined> {
    const { services, traffic } = this.#parts;
    const screened = this.#screened(leg, target, offer);
    const listener = screened?.listener ?? traffic.listenerOf(leg);
    const session = await services.invite(target, facts, { ...listener, onSent });
    return session && (screened?.sessionOf(session) ?? session);
  }

  /**
   * A new leg whose party is asked before it is joined; undefined: it is not asked. What it costs until then is that of
   * a carrier: its leg is answered when it has answered.
   */
  #screened(leg: string, target: Target, offer: string | undefined): ScreenedLeg | undefined {
    const { parties, traffic, sessions, media, replacement, fault, now, writer } = this.#parts;
    const { accept } = target;
    if (accept === undefined) return undefined;
    const seconds = isOutside(target.party) ? parties.secondsOf(leg, target) : null;
    return new ScreenedLeg({
      leg,
      media,
      accept,
      replacement,
      listener: traffic.listenerOf(leg),
      offer: () => traffic.callersOfferTo(leg, offer),
      noteDigit: (way) => noteDigit(writer, { side: 'destination', way }),
      onAnswered: () => {
        if (isOutside(target.party)) parties.noteAnswer(leg, target);
      },
      onAccepted: (session) => sessions.set(leg, session),
      onDeclined: () => {
        const { follows: user } = accept;
        if (user !== undefined) writer.change((call) => notAcceptedCall(call, user));
      },
      paidFor: seconds === null ? null : seconds * second,
      fault,
      now: () => now().getTime(),
    });
  }

  /** @param offer that of the caller, as the phone gets it */
  #takeArrived(leg: string, phone: ArrivedPhone, offer: string | undefined): boolean {
    const { traffic, media, sessions } = this.#parts;
    const session = takeArrived(phone, {
      offer,
      listener: traffic.listenerOf(leg),
      hold: (sdp) => media.hold(leg, sdp),
      onAnswered: (answered) => sessions.set(leg, answered),
    });
    if (session !== undefined) sessions.begin(leg, session);
    return session !== undefined;
  }

  /** What a leg sees of the call. */
  #presentedTo(
    leg: string,
    role: Side,
    target: Target,
  ): Pick<InvitationFacts, 'call' | 'called' | 'received' | 'identities'> {
    const { received, writer, parties, organization } = this.#parts;
    const ofTransfer = parties.presentedTo(leg);
    const { numbers, destination } = writer.call;
    const call = forwardedCall(ofTransfer ?? writer.call, payingForward(target), organization);
    const identities = received?.identities;
    if (ofTransfer !== undefined) return { call, called: null, received: undefined, identities };
    const dialed = numbers.called ?? destination.requested.user;
    return { call, called: role === 'destination' ? dialed : null, received, identities };
  }

  /** The targets to which a called phone sends the call on. The source of a call of the API is as it was named. */
  async redirect(leg: string, contacts: readonly Uri[]): Promise<readonly Target[]> {
    const { services, sessions, organization, parties, writer, fault } = this.#parts;
    const from = sessions.targetOf(leg);
    if (from?.to.kind !== 'phone' || leg.startsWith('a')) return [];
    const { id, numbers } = writer.call;
    const redirections = parties.redirectionsOf(leg);
    const call = { id, organization, caller: numbers.caller, redirections };
    const found = await services.redirect(call, from, contacts).catch(fault);
    // It may have been cancelled in between.
    if (found === undefined || sessions.targetOf(leg) === undefined) return [];
    const { extension, targets } = found;
    if (extension !== undefined && parties.presentedTo(leg) === undefined)
      writer.change((each) => redirectCall(each, extension, null));
    return targets.map((target) => ({ ...wayOf(from), ...target }));
  }
}

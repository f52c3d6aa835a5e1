import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { Call, CallLeg } from '#schema/call.ts';
import { withDirection } from '#sip/sdp/sdp.ts';
import type { IncomingSession, PeerRefer, Session } from '#sip/session/session.ts';
import type { Uri } from '#sip/uri.ts';
import type { Sound } from '#schema/sound.ts';
import type { CallMedia, HeardParties } from '../../media/call-media.ts';
import type { Flow } from '../../transport/flow.ts';
import { nextCall, ringingHunt } from '../call/call.ts';
import { openLegs } from '../call/hunt.ts';
import { CallApplications, type Continuation } from './applications.ts';
import { CallForwards } from './forwards.ts';
import { CallInvitations } from './invitations.ts';
import { LastSigns } from './last-signs.ts';
import { movedState } from './moved-state.ts';
import { CallParties, type WantedTransfer } from './parties.ts';
import { StoredDialogs } from './stored-dialogs.ts';
import { CallTimers } from './timers.ts';
import { callInStatus, connectedLeg, endRecord, redirectCall, withoutAnswer, type LegParty } from '../call/record.ts';
import { Redirections } from '../call/redirections.ts';
import {
  legOfSide,
  otherSide,
  sides,
  type CallCommand,
  type CallEvent,
  type CallState,
  type Hangup,
  type Side,
} from '../call/state.ts';
import { isUnknownDialog } from '../legs/leg-events.ts';
import { CallTraffic } from '../legs/traffic.ts';
import { diversionsIn, type ReceivedHeaders } from '../legs/passed-headers.ts';
import { LegSessions, type OnSession } from '../legs/sessions.ts';
import { mayTransfer } from '../call/transfer.ts';
import { wayOf } from './user-calls.ts';
import type { CallWriter } from '../records/writer.ts';
import type { Redirect } from '../routing/redirect.ts';
import type { MovedApplication } from '../call/moved-application.ts';
import type { ApplicationHost, StartApplication, WantedParties } from '../routing/application.ts';
import { ownFailure, type Target } from '../routing/target.ts';
import { ApplicationSession } from '../legs/application-session.ts';
import type { LimitedSide } from '../call/limits.ts';
import type { SendInvite } from '../legs/invitation.ts';

/** What carries out the commands of a call. */
export type CallHost = {
  readonly invite: SendInvite;
  /** @returns the seconds that the call may last now; null: no more than before */
  readonly renew: (call: RunningCall) => Promise<number | null>;
  /** The party of a side has left, and the call goes on. `limited`: what limited this side. */
  readonly onLeft: (call: RunningCall, limited: readonly LimitedSide[]) => void;
  /** A forward has ended, and what it has reserved. */
  readonly release: (call: RunningCall, reservation: string) => void;
  /** A REFER of the party of a leg. */
  readonly onRefer: (call: RunningCall, leg: string, refer: PeerRefer) => void;
  readonly redirect: Redirect;
  /** An application calls others. */
  readonly dial: (call: RunningCall, wanted: WantedParties) => ReturnType<ApplicationHost['dial']>;
  /** An application puts its call into a slot, or takes it out. @returns whether it is in one now */
  readonly park: (call: RunningCall, isParked: boolean) => Promise<boolean>;
  /** The callee has hung up, and an application goes on with the caller. It begins a transfer at once. */
  readonly goOn: (call: RunningCall, start: StartApplication) => void;
  readonly sound: (file: string) => Promise<Sound | undefined>;
  readonly nextId: (prefix: string) => string;
  /** Called once, when the call is over. Its end is not written yet. */
  readonly onOver: (call: RunningCall) => void;
  readonly fault: (error: unknown) => void;
  readonly now: () => Date;
};

/** What a running call is made of. */
export type RunningCallParts = {
  readonly carrier: CallHost;
  readonly organization: OrganizationItem;
  readonly writer: CallWriter;
  readonly media: CallMedia;
  readonly state: CallState<Target>;
  /** Of each leg, in milliseconds. */
  readonly ringTime: number;
  /** Those of the caller's INVITE; undefined: the API has placed the call, or another task has answered it. */
  readonly received: ReceivedHeaders | undefined;
  /** Max-Forwards of the INVITEs that it sends. */
  readonly maxForwards: number | undefined;
  /** Default: nothing is done. */
  readonly onSession?: OnSession;
};

type Event = CallEvent<Target>;
type Command = CallCommand<Target>;
type LegCommand = Exclude<Command, { type: 'invite' | 'status' | 'set timer' | 'clear timers' | 'renew' | 'over' }>;

/** Joins the sessions, the timers and the record of one call to its state. */
export class RunningCall {
  readonly organization: OrganizationItem;
  readonly media: CallMedia;
  readonly #parts: RunningCallParts;
  readonly #sessions: LegSessions;
  readonly #timers: CallTimers;
  /** What passes between its legs. */
  readonly traffic: CallTraffic;
  readonly #events: Event[] = [];
  #state: CallState<Target>;
  #isDispatching = false;
  /** Whose channels and limits its parties have, and their transfers. */
  readonly parties: CallParties;
  readonly #waiting = new Set<() => void>();
  readonly #signs = new LastSigns(() => this.#state);
  /** By users that it calls. */
  readonly forwards: CallForwards;
  readonly #applications: CallApplications;
  readonly #invitations: CallInvitations;
  readonly #stored: StoredDialogs;
  /** Until the caller has proven where it is. */
  #onUnacknowledged: (() => void) | undefined;

  constructor(parts: RunningCallParts) {
    this.#parts = parts;
    this.#sessions = new LegSessions(parts.onSession);
    this.organization = parts.organization;
    this.media = parts.media;
    this.#state = parts.state;
    this.parties = new CallParties({
      ...parts,
      redirections: new Redirections(diversionsIn(parts.received?.headers)),
      dispatch: (event) => this.dispatch(event),
      storeDialogs: () => this.storeDialogs(),
      onLeft: (limited) => parts.carrier.onLeft(this, limited),
      onFailed: (failure) => this.forwards.abandon(failure),
      now: () => this.#now(),
    });
    this.forwards = new CallForwards(this, parts);
    this.#applications = new CallApplications(this, parts, {
      listenerOf: (leg) => this.traffic.listenerOf(leg),
    });
    this.#invitations = new CallInvitations(this, parts, {
      sessions: this.#sessions,
      applications: this.#applications,
    });
    this.#stored = new StoredDialogs(parts, {
      sessions: this.#sessions,
      state: () => this.#state,
      after: () => this.#applications.after?.stored,
      moved: () => (this.isUp ? movedState(this) : undefined),
    });
    this.#timers = new CallTimers((type) => this.dispatch({ type }));
    this.traffic = new CallTraffic({
      media: parts.media,
      sessions: this.#sessions,
      fault: parts.carrier.fault,
      state: () => this.#state,
      otherOf: (leg) => this.#otherOf(leg),
      dispatch: (event) => this.dispatch(event),
      now: () => this.#now().getTime(),
      onRefer: (leg, refer) => parts.carrier.onRefer(this, leg, refer),
      redirect: (leg, contacts) => this.#redirect(leg, contacts),
      onSign: (leg) => this.#noteSign(leg),
      onAgreed: () => this.noteExchange(),
      lastSign: async ({ leg, end }) => {
        const heard = await this.heard();
        return isUnknownDialog(end) ? this.#signs.ofLeft(leg, heard) : this.#signs.ofBoth(heard);
      },
    });
  }

  /** As it is stored, or will be. */
  get record(): Call {
    return this.#parts.writer.call;
  }

  get state(): CallState<Target> {
    return this.#state;
  }

  get isUp(): boolean {
    return this.#state.phase === 'up';
  }

  /** The session of the caller's or the callee's side, if it is connected. */
  sessionOf(role: CallLeg['role']): Session | undefined {
    return this.#sessions.get(legOfSide(this.#state, role));
  }

  /**
   * The caller's session, of a call that came to us.
   * @param onUnacknowledged what is done if the call is answered, and the caller does not prove that it gets what is
   * sent to its address: such a call has no voices, and is free
   */
  attach(session: IncomingSession, flow: Flow, onUnacknowledged?: () => void): void {
    this.#onUnacknowledged = onUnacknowledged;
    if (onUnacknowledged !== undefined) this.#parts.media.holdBack();
    this.#parts.media.expect('a', flow.transport, flow.remote.address);
    this.#sessions.attach(session);
    this.#stored.storeCaller(session, flow);
  }

  get writer(): CallWriter {
    return this.#parts.writer;
  }

  /** Whether it is answered, and its parties are not joined yet. */
  get isJoining(): boolean {
    return this.#state.phase === 'joining';
  }

  /** Resolves when its parties are joined, or the call is over. */
  async joined(): Promise<void> {
    if (this.#isBetween) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Resolves when a leg that has answered is joined to the other party, or the call is over. */
  async connected(leg: string): Promise<void> {
    while (this.#state.phase !== 'over' && (this.#isBetween || this.sideOf(leg) === undefined))
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Whether a party has answered that is not joined yet. */
  get #isBetween(): boolean {
    return this.isJoining || this.#state.transfer?.answered !== undefined;
  }

  /** An application goes on with the caller when the callee hangs up, instead of the end of the call. */
  goOnAfter(after: Continuation): void {
    this.#applications.after = after;
    this.storeDialogs();
  }

  /** Whether a party may be replaced now. */
  get mayTransfer(): boolean {
    return mayTransfer(this.#state) && !this.parties.isBusy;
  }

  /** Whether another task can go on with it now: both parties talk, and nothing is in progress. */
  get isIdle(): boolean {
    return this.mayTransfer && this.#sessions.isIdle;
  }

  /** The application that is a party of the call. */
  get application(): ApplicationSession | undefined {
    return sides.map((side) => this.sessionOf(side)).find((session) => session instanceof ApplicationSession);
  }

  /** The side of that. */
  get applicationSide(): Side | undefined {
    return sides.find((side) => this.sessionOf(side) instanceof ApplicationSession);
  }

  /** Forgets the call, with which another task goes on. */
  leave(): void {
    this.#timers.clear();
    this.#sessions.leave();
    this.#parts.media.leave();
    this.#state = { ...this.#state, phase: 'over' };
  }

  /** When the media of its parties were heard last. Undefined: no relay says it. */
  async heard(): Promise<HeardParties | undefined> {
    const { a, b } = this.#state;
    return b === undefined ? undefined : this.#parts.media.heard(a, b);
  }

  /** The party of a side is lost: the call ends, and did so with the last sign of life of both. */
  lose(side: Side, heard: HeardParties | undefined): void {
    this.dispatch({ type: 'lost', side, at: this.#signs.ofBoth(heard) });
  }

  /** The tags of a request within the dialog, as of an ACK, are known to who has got a response only. */
  #noteSign(leg: string): void {
    this.#signs.note(leg, this.#now().getTime());
    if (leg !== 'a' || this.#onUnacknowledged === undefined) return;
    this.#onUnacknowledged = undefined;
    this.#parts.media.open();
  }

  /** Resolves when its parties have answered their BYE, or do not answer. */
  gone(): Promise<unknown> {
    return this.#sessions.gone();
  }

  /** The side of a connected leg. */
  sideOf(leg: string): Side | undefined {
    return sides.find((side) => legOfSide(this.#state, side) === leg);
  }

  /** The party of a session at which the call rings; undefined: it does not. */
  ringingParty(session: Session): LegParty | undefined {
    const hunt = ringingHunt(this.#state);
    const legs = hunt === undefined ? [] : openLegs(hunt);
    return legs.find(({ id }) => this.#sessions.get(id) === session)?.target.party;
  }

  /** The connected leg of a session. */
  legOf(session: Session): string | undefined {
    return this.#sessions.legsOf(session).find((leg) => this.sideOf(leg) !== undefined);
  }

  /** Calls the new party of a side, and joins it to the party of the other one. */
  async transfer(wanted: WantedTransfer): Promise<void> {
    await this.parties.begin(wanted, () => mayTransfer(this.#state) && !this.parties.isBusy);
  }

  /** A session becomes a leg of the call. */
  setSession(leg: string, session: Session): void {
    this.#sessions.set(leg, session);
  }

  /** Processes an event, and those that follow from it, in order. */
  dispatch(event: Event): void {
    if (event.type === 'end' && event.leg === this.#state.b && this.mayTransfer) this.#applications.goOn();
    this.#events.push(event);
    if (this.#isDispatching) return;
    this.#isDispatching = true;
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) this.#process(next);
    this.#isDispatching = false;
  }

  /** Ends the call. @param at when it ended, in Unix milliseconds, if it is answered; default: now */
  end(hangup: Pick<Hangup, 'cause' | 'q850'>, by: 'api' | 'system', at?: number): void {
    this.dispatch({ type: 'hang up', by, cause: hangup, at });
  }

  #now(): Date {
    return this.#parts.carrier.now();
  }

  /** The leg of the other party, while both are connected. */
  #otherOf(leg: string): string | undefined {
    const { phase, transfer } = this.#state;
    const side = this.sideOf(leg);
    const isJoining = this.parties.isJoining || transfer?.answered !== undefined;
    if (phase !== 'up' || side === undefined || isJoining) return undefined;
    return legOfSide(this.#state, otherSide(side));
  }

  #process(event: Event): void {
    const noted = this.#ofForward(this.#ofTarget(event));
    this.#note(noted);
    const { state, commands } = nextCall(this.#state, noted);
    this.#state = state;
    for (const command of commands) this.#perform(command);
    if (noted.type === 'failure') this.forwards.failBeside(this.#sessions.targetOf(noted.leg), noted.failure);
    if (this.#isBetween) return;
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #ofTarget(event: Event): Event {
    const target = event.type === 'failure' ? this.#sessions.targetOf(event.leg) : undefined;
    if (event.type !== 'failure' || target === undefined) return event;
    return { ...event, failure: ownFailure(target, event.failure) };
  }

  /** Who answers may be called by forwards, which limit the call. A leg that was ended answers nothing. */
  #ofForward(event: Event): Event {
    const hunt = ringingHunt(this.#state);
    if (event.type !== 'answer' || hunt === undefined) return event;
    const answering = openLegs(hunt).find(({ id }) => id === event.leg);
    return answering === undefined ? event : { ...event, limit: this.forwards.answer(event.leg, answering.target) };
  }

  /** Keeps in the record what only the sides of the call show. */
  #note(event: Event): void {
    if (event.type === 'progress') this.#stored.noteProgress(event.leg);
    if (event.type === 'failure' || event.type === 'end' || event.type === 'redirected') {
      this.#sessions.remove(event.leg);
      this.parties.dropChannels(event.leg);
    }
    if (event.type !== 'answer') return;
    this.#signs.note(event.leg, event.at);
    const target = this.#sessions.targetOf(event.leg);
    if (target !== undefined && this.#state.phase !== 'over')
      this.parties.answer(event.leg, target, this.sideOf(event.leg));
  }

  #perform(command: Command): void {
    const { writer } = this.#parts;
    switch (command.type) {
      case 'invite':
        void this.#invitations.invite(command.leg, command.sdp);
        return;
      case 'status':
        writer.change((call) => callInStatus(call, command.status, this.#now()));
        return;
      case 'set timer':
        this.#timers.set(command.timer, command.milliseconds);
        return;
      case 'clear timers':
        this.#timers.clear();
        return;
      case 'renew':
        void this.#renew();
        return;
      case 'over':
        this.#close(command.hangup, command.at);
        return;
      default:
        this.#performOnLeg(command);
    }
  }

  #performOnLeg(command: LegCommand): void {
    switch (command.type) {
      case 'join':
        void this.#join(command.leg, command.sdp);
        return;
      case 'acknowledge':
        this.traffic.acknowledge(command.leg, command.sdp);
        return;
      case 'add leg':
      case 'transfer progress':
      case 'left':
      case 'transferred':
      case 'transfer failed':
        this.parties.perform(command);
        return;
      default:
        this.#sessions.perform(command);
        if (command.type === 'answer') this.storeDialogs();
    }
  }

  /** A phone takes the call, which rings at others. @returns false: none rings, and its INVITE is not answered */
  pickUp(target: Target): boolean {
    const before = this.#state;
    this.dispatch({ type: 'pick up', target });
    return this.#state !== before;
  }

  /** Goes on with the application that another task had as a leg. */
  resumeApplication(leg: string, start: StartApplication, moved: MovedApplication): void {
    this.#parts.media.expectApplication(leg);
    const session = this.#applications.session(leg, start, undefined);
    this.setSession(leg, session);
    session.resume(moved);
  }

  /** The targets to which a called phone sends the call on. The source of a call of the API is as it was named. */
  async #redirect(leg: string, contacts: readonly Uri[]): Promise<readonly Target[]> {
    const { carrier } = this.#parts;
    const from = this.#sessions.targetOf(leg);
    if (from?.to.kind !== 'phone' || leg.startsWith('a')) return [];
    const { organization, record } = this;
    const redirections = this.parties.redirectionsOf(leg);
    const call = { id: record.id, organization, caller: record.numbers.caller, redirections };
    const found = await carrier.redirect(call, from, contacts).catch(carrier.fault);
    // It may have been cancelled in between.
    if (found === undefined || this.#sessions.targetOf(leg) === undefined) return [];
    const { extension, targets } = found;
    if (extension !== undefined && this.parties.presentedTo(leg) === undefined)
      this.writer.change((each) => redirectCall(each, extension, null));
    return targets.map((target) => ({ ...wayOf(from), ...target }));
  }

  async #join(leg: string, sdp: string): Promise<void> {
    // Who is muted stays so with a new party.
    const isMuted = connectedLeg(this.record, this.sideOf(leg) ?? 'source')?.muted === true;
    const offered = isMuted ? withDirection(sdp, 'sendonly') : sdp;
    const { transfer, b } = this.#state;
    const outcome = await this.traffic.join(leg, transfer === undefined ? b : transfer.answered?.leg, offered);
    this.dispatch({ type: 'joined', outcome });
    this.storeDialogs();
  }

  async #renew(): Promise<void> {
    const { carrier } = this.#parts;
    try {
      const seconds = await carrier.renew(this);
      this.dispatch({ type: 'renewed', seconds, at: this.#now().getTime() });
    } catch (error) {
      // Without a renewal the timer of the limit ends the call.
      carrier.fault(error);
    }
  }

  /** Its parties have agreed again. */
  noteExchange(): void {
    this.#stored.noteExchange();
  }

  /** Stores its parties, for the task that takes the call over. */
  storeDialogs(): void {
    this.#stored.store();
  }

  /** @param at when it ended, in Unix milliseconds; undefined: now */
  #close(hangup: Hangup, at: number | undefined): void {
    const { writer, carrier } = this.#parts;
    this.#timers.clear();
    this.#sessions.close();
    void this.#parts.media.close();
    this.parties.close();
    const now = this.#now();
    const end = at === undefined || at > now.getTime() ? now : new Date(at);
    const isFree = this.#onUnacknowledged !== undefined && this.#state.answeredAt !== undefined;
    writer.change((call) => endRecord(isFree ? withoutAnswer(call) : call, hangup, end));
    // A callee that hangs up at once may be quicker than the ACK.
    if (isFree && hangup.by === 'caller') this.#onUnacknowledged?.();
    carrier.onOver(this);
  }
}

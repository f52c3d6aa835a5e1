import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { Call } from '#telephony/call.ts';
import { withDirection } from '#sip/sdp/sdp.ts';
import type { IncomingSession, PeerRefer, Session } from '#sip/session/session.ts';
import type { Sound } from '#schema/sound.ts';
import type { PromptName } from '#schema/prompt.ts';
import type { CallMedia, HeardParties } from '../../media/call-media.ts';
import type { Flow } from '../../transport/flow.ts';
import { nextCall, ringingHunt } from '../call/call.ts';
import { openLegs } from '../call/hunt.ts';
import { callInStatus, connectedLeg, endRecord, withoutAnswer } from '../call/record.ts';
import { Redirections } from '../call/redirections.ts';
import { legOfSide, type CallCommand, type CallEvent, type CallState, type Hangup, type Side } from '../call/state.ts';
import { isUnknownDialog } from '../legs/leg-events.ts';
import { CallTraffic, type TrafficParts } from '../legs/traffic.ts';
import type { PlainTargets } from '../legs/plain-targets.ts';
import { diversionsIn, type ReceivedHeaders } from '../legs/passed-headers.ts';
import { LegSessions, type OnSession } from '../legs/sessions.ts';
import { mayReplace, mayTransfer } from '../call/transfer.ts';
import type { CallWriter } from '../records/writer.ts';
import type { MovedApplication } from '../call/moved-application.ts';
import type { StartApplication } from '../applications/application.ts';
import { ownFailure, type Target } from '../routing/target.ts';
import { CallApplications, type Continuation, type ApplicationServices } from './applications.ts';
import { CallLegs } from './call-legs.ts';
import { CallForwards } from './forwards.ts';
import { CallInvitations, type InvitationServices } from './invitations.ts';
import { movedState } from './moved-state.ts';
import { CallParties, type WantedTransfer } from './parties.ts';
import { StoredDialogs } from './stored-dialogs.ts';
import { CallTimers } from './timers.ts';
import type { CallCharges } from './charges.ts';
import type { Leave } from './leave.ts';

/** What a running call is made of. */
export type RunningCallParts = {
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
  readonly invitations: InvitationServices;
  readonly applications: ApplicationServices;
  readonly charges: Pick<CallCharges, 'renew' | 'onLeft' | 'release' | 'releaseSides'>;
  /** The sound of the organization in place of a prompt of the platform; undefined: it has none. */
  readonly replacement: (name: PromptName) => Promise<Sound | undefined>;
  /** Default: nothing is done. */
  readonly onSession?: OnSession;
  /** A REFER of the party of a leg. */
  readonly onRefer: (leg: string, refer: PeerRefer) => void;
  /** Called once, when the call is over. Its end is not written yet. */
  readonly onOver: () => void;
  /** Those of the task. */
  readonly plainTargets: PlainTargets;
  readonly fault: (error: unknown) => void;
  readonly now: () => Date;
};

type Event = CallEvent<Target>;
type Command = CallCommand<Target>;
type LegCommand = Exclude<Command, { type: 'invite' | 'status' | 'set timer' | 'clear timers' | 'renew' | 'over' }>;

/** Joins the sessions, the timers and the record of one call to its state. */
export class RunningCall {
  readonly organization: OrganizationItem;
  readonly media: CallMedia;
  readonly charges: RunningCallParts['charges'];
  readonly #parts: RunningCallParts;
  readonly #sessions: LegSessions;
  readonly #timers: CallTimers;
  /** By which its parties are connected. */
  readonly legs: CallLegs;
  /** What passes between its legs. */
  readonly traffic: CallTraffic;
  readonly #events: Event[] = [];
  #state: CallState<Target>;
  #isDispatching = false;
  #leave: Leave | undefined;
  /** Whose channels and limits its parties have, and their transfers. */
  readonly parties: CallParties;
  readonly #waiting = new Set<() => void>();
  /** By users that it calls. */
  readonly #forwards: CallForwards;
  readonly #applications: CallApplications;
  readonly #invitations: CallInvitations;
  readonly #stored: StoredDialogs;
  /** Of a call that came to us. */
  #callerFlow: Flow | undefined;
  /** Until the caller has proven where it is. */
  #onUnacknowledged: (() => void) | undefined;

  constructor(parts: RunningCallParts) {
    this.#parts = parts;
    this.organization = parts.organization;
    this.media = parts.media;
    this.charges = parts.charges;
    this.#state = parts.state;
    const sessions = new LegSessions(parts.onSession);
    this.#sessions = sessions;
    const state = () => this.#state;
    const dispatch = (event: Event) => this.dispatch(event);
    const storeDialogs = () => this.storeDialogs();
    this.parties = new CallParties({
      ...parts,
      redirections: new Redirections(diversionsIn(parts.received?.headers)),
      dispatch,
      storeDialogs,
      onLeft: (limited) => parts.charges.onLeft(limited),
      onFailed: (failure) => this.#forwards.abandon(failure),
      legOf: (side) => legOfSide(this.#state, side),
    });
    this.legs = new CallLegs({ state, sessions, isJoining: () => this.parties.isJoining });
    this.traffic = this.#newTraffic({ state, dispatch });
    const { parties, legs, traffic } = this;
    const { writer, media, received, replacement, fault, now } = parts;
    this.#forwards = new CallForwards({
      ...{ writer, parties, state, now },
      charge: () => parts.charges.onLeft([]),
      release: (reservation) => parts.charges.release(reservation),
    });
    this.#applications = new CallApplications({
      services: parts.applications,
      ...{ writer, media, received, state, legs, parties, replacement, fault, now },
      listenerOf: (leg) => traffic.listenerOf(leg),
      joined: () => this.joined(),
      connected: (leg) => this.connected(leg),
    });
    this.#invitations = new CallInvitations({
      ...parts,
      services: parts.invitations,
      ...{ state, sessions, legs, parties, traffic, dispatch, storeDialogs },
      forwards: this.#forwards,
      applications: this.#applications,
    });
    this.#stored = new StoredDialogs(parts, {
      sessions,
      state,
      after: () => this.#applications.after?.stored,
      moved: () => (this.isUp ? movedState(this) : undefined),
    });
    this.#timers = new CallTimers((type) => this.dispatch({ type }));
  }

  #newTraffic(own: Pick<TrafficParts, 'state' | 'dispatch'>): CallTraffic {
    const { media, plainTargets, fault, onRefer, now } = this.#parts;
    return new CallTraffic({
      ...own,
      ...{ media, plainTargets, fault, onRefer },
      sessions: this.#sessions,
      otherOf: (leg) => this.legs.otherOf(leg),
      now: () => now().getTime(),
      redirect: (leg, contacts) => this.#invitations.redirect(leg, contacts),
      onSign: (leg) => this.#noteSign(leg),
      onAgreed: () => this.noteExchange(),
      lastSign: async ({ leg, end }) => {
        const heard = await this.heard();
        return isUnknownDialog(end) ? this.legs.lastSignOfLeft(leg, heard) : this.legs.lastSignOfBoth(heard);
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

  /**
   * The caller's session, of a call that came to us.
   * @param onUnacknowledged what is done if the call is answered, and the caller does not prove that it gets what is
   * sent to its address: such a call has no voices, and is free
   */
  attach(session: IncomingSession, flow: Flow, onUnacknowledged?: () => void): void {
    this.#callerFlow = flow;
    this.#onUnacknowledged = onUnacknowledged;
    if (onUnacknowledged !== undefined) this.#parts.media.holdBack();
    this.#parts.media.expect('a', flow.transport, flow.remote.address);
    this.#sessions.attach(session);
    this.#stored.storeCaller(session, flow);
  }

  /** The flows of phones that are not joined: of the caller of a call that is not up, and of those that ring. */
  get waitingFlows(): readonly Flow[] {
    const ofCaller = this.isUp || this.#callerFlow === undefined ? [] : [this.#callerFlow];
    return [...ofCaller, ...this.legs.ringingFlows];
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
    while (this.#state.phase !== 'over' && (this.#isBetween || this.legs.sideOf(leg) === undefined))
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

  /** A party may hang up from now on: the other one waits until it is settled. Undefined: it may not be replaced. */
  beginLeave(side: Side): Leave | undefined {
    if (!this.mayTransfer) return undefined;
    const leave: Leave = {
      side,
      settle: (failure) => {
        if (this.#leave !== leave) return;
        this.#leave = undefined;
        if (failure.status !== 200) this.dispatch({ type: 'not replaced', failure });
      },
    };
    this.#leave = leave;
    this.dispatch({ type: 'leaving', side });
    return leave;
  }

  /** Whether a party may be replaced now by whom it is leaving for. */
  mayReplace(leave: Leave): boolean {
    return this.#leave === leave && mayReplace(this.#state, leave.side) && !this.parties.isBusy;
  }

  /** Whether another task can go on with it now: both parties talk, and nothing is in progress. */
  get isIdle(): boolean {
    return this.mayTransfer && this.#sessions.isIdle;
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
    this.dispatch({ type: 'lost', side, at: this.legs.lastSignOfBoth(heard) });
  }

  /** The tags of a request within the dialog, as of an ACK, are known to who has got a response only. */
  #noteSign(leg: string): void {
    this.legs.noteSign(leg, this.#parts.now().getTime());
    if (leg !== 'a' || this.#onUnacknowledged === undefined) return;
    this.#onUnacknowledged = undefined;
    this.#parts.media.open();
  }

  /** Resolves when its parties have answered their BYE, or do not answer. */
  gone(): Promise<unknown> {
    return this.#sessions.gone();
  }

  /** Calls the new party of a side, and joins it to the party of the other one. */
  async transfer(wanted: WantedTransfer): Promise<void> {
    const { leave } = wanted;
    await this.parties.begin(wanted, () => (leave === undefined ? this.mayTransfer : this.mayReplace(leave)));
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

  #process(event: Event): void {
    const noted = this.#ofForward(this.#ofTarget(event));
    this.#note(noted);
    const { state, commands } = nextCall(this.#state, noted);
    this.#state = state;
    for (const command of commands) this.#perform(command);
    if (noted.type === 'failure') this.#forwards.failBeside(this.#sessions.targetOf(noted.leg), noted.failure);
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
    return answering === undefined ? event : { ...event, limit: this.#forwards.answer(event.leg, answering.target) };
  }

  /** Keeps in the record what only the sides of the call show. */
  #note(event: Event): void {
    if (event.type === 'progress') this.#stored.noteProgress(event.leg);
    if (event.type === 'failure' || event.type === 'end' || event.type === 'redirected') {
      this.#sessions.remove(event.leg);
      this.parties.dropChannels(event.leg);
    }
    if (event.type !== 'answer') return;
    this.legs.noteSign(event.leg, event.at);
    const target = this.#sessions.targetOf(event.leg);
    if (target !== undefined && this.#state.phase !== 'over')
      this.parties.answer(event, target, this.legs.sideOf(event.leg));
  }

  #perform(command: Command): void {
    const { writer } = this.#parts;
    switch (command.type) {
      case 'invite':
        void this.#invitations.invite(command.leg, command.sdp);
        return;
      case 'status':
        writer.change((call) => callInStatus(call, command.status, this.#parts.now()));
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

  async #join(leg: string, sdp: string): Promise<void> {
    // Who is muted stays so with a new party.
    const isMuted = connectedLeg(this.record, this.legs.sideOf(leg) ?? 'source')?.muted === true;
    const offered = isMuted ? withDirection(sdp, 'sendonly') : sdp;
    const { transfer, b } = this.#state;
    const outcome = await this.traffic.join(leg, transfer === undefined ? b : transfer.answered?.leg, offered);
    this.dispatch({ type: 'joined', outcome });
    this.storeDialogs();
  }

  async #renew(): Promise<void> {
    const { charges, fault, now } = this.#parts;
    try {
      const seconds = await charges.renew(this.parties.sides);
      this.dispatch({ type: 'renewed', seconds, at: now().getTime() });
    } catch (error) {
      // Without a renewal the timer of the limit ends the call.
      fault(error);
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
    const { writer, media, now, onOver } = this.#parts;
    this.#timers.clear();
    this.#sessions.close();
    this.parties.close();
    const end = new Date(Math.min(at ?? Infinity, now().getTime()));
    const isFree = this.#onUnacknowledged !== undefined && this.#state.answeredAt !== undefined;
    writer.change((call) => endRecord(isFree ? withoutAnswer(call) : call, hangup, end));
    // Until then a task that takes the call over asks the relay when its parties were heard.
    void writer.settled().then(() => (writer.isLost ? media.leave() : media.close()));
    // A callee that hangs up at once may be quicker than the ACK.
    if (isFree && hangup.by === 'caller') this.#onUnacknowledged?.();
    onOver();
  }
}

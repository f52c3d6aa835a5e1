import { callRow } from '#dynamodb/rows/call.ts';
import type { ChannelLimits } from '#dynamodb/rows/channel.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { type Call, type Channel, isLive } from '#telephony/call.ts';
import type { TakeCallCommand } from '#sidecar/call-command.ts';
import type { SipRequest } from '#sip/message.ts';
import type { PeerRefer, Replaces, RequestSender } from '#sip/session/session.ts';
import type { Uri } from '#sip/uri.ts';
import { second } from '#schema/time.ts';
import { Fault } from '#sip/fault.ts';
import { header } from '#sip/header-kinds.ts';
import { sdpOf } from '#sip/session/body.ts';
import { readReplaces } from '#sip/session/replaces.ts';
import type { CallMedia } from '../../media/call-media.ts';
import type { Transaction } from '../../stack/request-handler.ts';
import { dialedIn } from '../routing/dialed.ts';
import { type CallFacts, newRecord } from '../call/record.ts';
import { acceptedCall, newCall } from '../call/call.ts';
import { type LimitedSide, limitOfSides, routedSide, settledLegs } from '../call/limits.ts';
import { emergencyCallOf, noteEmergencyCall, type EmergencyRoute } from '../records/emergency.ts';
import { type CallRecords, newCallWriter } from '../records/writer.ts';
import type { Caller } from '../routing/caller.ts';
import { causeNamed } from '../call/causes.ts';
import type { PeerTrust, Target } from '../routing/target.ts';
import { rejection, type Route } from '../routing/route.ts';
import type { WantedParties, ApplicationHost, StartApplication } from '../applications/application.ts';
import type { Uses } from './context.ts';
import { channelsOfFirst, isCallLimit, organizationChannel, organizationLimits } from './channels.ts';
import { locationIn } from '../legs/caller-location.ts';
import type { ReceivedHeaders } from '../legs/passed-headers.ts';
import { PlainTargets } from '../legs/plain-targets.ts';
import { beginMedia, replacementsOf, resumeMedia } from './media.ts';
import { CallTraces } from './traces.ts';
import { incomingFacts, routedRecord } from './facts.ts';
import { RunningCall, type RunningCallParts } from './running-call.ts';
import { CallCharges } from './charges.ts';

/** An INVITE of an admitted caller. */
export type AdmittedCall = {
  readonly request: SipRequest;
  readonly transaction: Transaction;
  /** When the INVITE came, before its caller was looked up: the call began then. */
  readonly receivedAt: Date;
  readonly caller: Caller;
  readonly sender: RequestSender;
  readonly contact: Uri;
  /** Primary domain of the organization. */
  readonly domain: string;
  readonly route: (callId: string) => Promise<Route>;
  /** Of a caller that only its address identifies: its call was answered, and it sent neither ACK nor request. */
  readonly onUnacknowledged?: (() => void) | undefined;
};

/** Of a call for help: one more than there may be is better than none. */
const noLimits: ChannelLimits = {};

/** Share of its calls from which on an organization may be short of them. */
const nearlyFull = 0.5;

/** A call of the API, whose ends are routed. */
export type PlacedCall = Pick<Beginning, 'organization' | 'facts' | 'limits'> & {
  readonly source: readonly (readonly Target[])[];
  readonly destination: readonly (readonly Target[])[];
  /** What limits each of its sides. */
  readonly sides: readonly LimitedSide[];
  /** Whether its user calls for help. */
  readonly isEmergency: boolean;
};

/** A call that begins: its facts, how it is routed, and by whom. */
export type Beginning = {
  readonly organization: OrganizationItem;
  readonly facts: CallFacts;
  readonly channels: readonly Channel[];
  readonly limits: ChannelLimits;
};

/** Where a call came from: a request that it must answer, or the API. */
export type Origin =
  | {
      readonly isIncoming: true;
      readonly request: SipRequest;
      readonly from: PeerTrust;
      readonly receivedAt: Date;
      /** The `Identity` headers that prove its caller. */
      readonly identities?: readonly string[] | undefined;
    }
  | { readonly isIncoming: false };

type CallsContext = Uses<{
  context: true;
  membership: 'id' | 'isDraining' | 'missed';
  sessions: 'accept';
  decider: 'renew' | 'release' | 'settle' | 'isAmple';
  commit: true;
  departures: true;
  cdrs: true;
  media: 'begin' | 'resume';
  directory: 'sound';
  invite: true;
  redirect: true;
  traces: 'begin' | 'invited';
  onChange: true;
}>;

/** What parties ask of a call besides its end (`transfers`). */
export type CallHooks = {
  /** A REFER of the party of a leg. */
  readonly onRefer: (call: RunningCall, leg: string, refer: PeerRefer) => void;
  /** An application calls others. */
  readonly dial: (call: RunningCall, wanted: WantedParties) => ReturnType<ApplicationHost['dial']>;
  /** An application puts its call into a slot, or takes it out. @returns whether it is in one now */
  readonly park: (call: RunningCall, isParked: boolean) => Promise<boolean>;
  /** The callee has hung up, and an application goes on with the caller. */
  readonly goOn: (call: RunningCall, start: StartApplication) => void;
  /** An INVITE that is to replace a party of another call. */
  readonly onReplaces: (admitted: AdmittedCall, replaces: Replaces) => Promise<void>;
  /** An INVITE that may dial a code which takes a call of others. Undefined: it does not, and begins a call. */
  readonly onCode: (admitted: AdmittedCall) => Promise<void> | undefined;
  /** An INVITE that would begin a call at a task which takes none. */
  readonly onDraining: (admitted: AdmittedCall) => Promise<void>;
  /** An INVITE, while tasks have just died: what they have stored of it ends. */
  readonly onRepeated: (admitted: AdmittedCall) => Promise<void>;
};

type Carried = Pick<RunningCallParts, 'state' | 'received' | 'maxForwards'> &
  CallRecords & {
    /** Of a call of another task. */
    readonly media?: CallMedia | undefined;
  };

/** What the other side may learn of the INVITE of a call. */
function receivedBy({ from, request, identities }: Extract<Origin, { isIncoming: true }>): ReceivedHeaders {
  // What others claim of a place is not the caller's.
  const location = from === 'phone' || from === 'pbx' ? locationIn(request) : undefined;
  return {
    from,
    headers: request.headers,
    ...(identities !== undefined && { identities }),
    ...(location !== undefined && { location }),
  };
}

/** The calls that this task carries. */
export class Calls {
  readonly #context: CallsContext;
  readonly #hooks: CallHooks;
  readonly #running = new Map<string, RunningCall>();
  /** Resolves when a call is stored; rejects if it could not be. */
  readonly #created = new Map<string, Promise<void>>();
  /** Calls that are over and whose end, which gives back channels and what they have reserved, is not written. */
  readonly #ending = new Set<RunningCall>();
  /** Calls that another task is asked to accept, and those that are taken from one. */
  readonly #moving = new Set<string>();
  readonly #traces: CallTraces;
  readonly #plainTargets = new PlainTargets();

  constructor(context: CallsContext, hooks: CallHooks) {
    this.#context = context;
    this.#traces = new CallTraces(context);
    this.#hooks = hooks;
  }

  /** Calls that are not over, or whose CDRs are not sent. */
  get size(): number {
    return this.#running.size;
  }

  get(id: string): RunningCall | undefined {
    return this.#running.get(id);
  }

  all(): Iterable<RunningCall> {
    return this.#running.values();
  }

  /** A media relay has lost its calls. @param at when their media ended, in Unix milliseconds */
  endAtRelay(relay: string, at: number): void {
    for (const call of [...this.#running.values()].filter(({ record }) => record.media_relay === relay))
      call.end(causeNamed('MEDIA_RELAY_LOST'), 'system', at);
  }

  /** A call that came to us. */
  async begin(admitted: AdmittedCall): Promise<void> {
    const { request, transaction, receivedAt, caller, sender, contact } = admitted;
    const { sessions, context, membership } = this.#context;
    const replaces = readReplaces(request.headers);
    if (replaces instanceof Fault) return void transaction.respond({ status: 400, reason: replaces.reason });
    if (replaces !== undefined) return this.#hooks.onReplaces(admitted, replaces);
    const taken = this.#hooks.onCode(admitted);
    if (taken !== undefined) return taken;
    if (membership.isDraining) return this.#hooks.onDraining(admitted);
    if (membership.missed.length > 0) {
      await this.#hooks.onRepeated(admitted);
      // A caller that has cancelled in between got its response.
      if (transaction.state !== 'proceeding') return;
    }
    const id = context.nextId('call');
    const facts = incomingFacts(
      { id, task: membership.id, now: receivedAt },
      { dialed: dialedIn(request.uri), caller, domain: admitted.domain },
    );
    const { trust: from, identities } = caller;
    const call = this.#run({ ...caller, facts }, { isIncoming: true, request, from, receivedAt, identities });
    const mayBeForged = admitted.onUnacknowledged !== undefined;
    const invite = { request, transaction, sender, contact, mayBeForged };
    const session = sessions.accept(invite, call.traffic.listenerOf('a'));
    if (session === undefined) {
      this.#forget(id);
      return;
    }
    this.#traces.receive(id, request, transaction.flow.flow);
    call.attach(session, transaction.flow.flow, admitted.onUnacknowledged);
    if (caller.encryption !== undefined) call.media.encrypt('a', caller.encryption);
    if (caller.fax !== undefined) call.media.limitFax('a', caller.fax);
    if (caller.audio !== undefined) call.media.limitAudio('a', caller.audio);
    await this.#settleEnded(caller.organization);
    await this.#store(call, caller, await this.#routed(call, admitted.route(id)), () => transaction.trying());
  }

  /**
   * A call of the API.
   * @throws AppError CALL_LIMIT, or what the store throws; there is no call then
   */
  async place({ organization, facts, limits, sides, isEmergency, ...placed }: PlacedCall): Promise<void> {
    const call = this.#run({ organization, facts }, { isIncoming: false });
    this.#noteEmergency(call, { isEmergency, attempts: placed.destination });
    call.parties.sides = sides;
    call.parties.channels.keep(facts.channels);
    try {
      await this.#create(call, isEmergency ? noLimits : { ...limits, ...organizationLimits(organization) });
    } catch (error) {
      this.#forget(facts.id);
      throw error;
    }
    call.dispatch({ type: 'placed', ...placed, limit: limitOfSides(sides) });
  }

  /** Resolves when an organization that may be short of money or channels has back what its ended calls had. */
  async #settleEnded(organization: OrganizationItem): Promise<void> {
    const { org_id: id, limits } = organization;
    const own = [...this.#running.values()].filter(({ record }) => record.org_id === id);
    const isNearlyFull = own.length >= limits.max_concurrent_calls * nearlyFull;
    const isAmple = this.#context.decider.isAmple(id);
    await this.#flush(
      own.filter(
        (call) => this.#ending.has(call) && (isNearlyFull || (!isAmple && settledLegs(call.record).length > 0)),
      ),
    );
  }

  /** @returns whether there was one */
  async #flush(calls: readonly RunningCall[]): Promise<boolean> {
    await Promise.all(calls.map(({ writer }) => writer.flush()));
    return calls.length > 0;
  }

  async #routed(call: RunningCall, routing: Promise<Route>): Promise<Route> {
    try {
      return await routing;
    } catch (error) {
      this.#fault(call, error);
      return { ...rejection('NO_ROUTE'), status: 503, cause: causeNamed('NORMAL_TEMPORARY_FAILURE') };
    }
  }

  /** Stores a call with its route, and goes on with it. @param onStored its caller need not repeat the INVITE */
  async #store(
    call: RunningCall,
    { channels, limits }: Pick<Beginning, 'channels' | 'limits'>,
    route: Route,
    onStored: () => void,
  ): Promise<void> {
    const { writer } = call;
    const { blockedBy } = route;
    if (blockedBy !== undefined) writer.change((each) => ({ ...each, blocked_by: blockedBy }));
    if (route.kind === 'rejected') {
      const { status, cause, passes } = route;
      call.dispatch({ type: 'rejected', status, cause, ...(passes === undefined ? {} : { passes }) });
      return this.#create(call, {});
    }
    this.#noteEmergency(call, route);
    const kept = [organizationChannel(route), ...route.channels];
    const base = [...kept, ...channels];
    const first = channelsOfFirst(route.attempts);
    const before = writer.call;
    const withTarget = route.isEmergency
      ? noLimits
      : { ...limits, ...route.limits, ...first.limits, ...organizationLimits(call.organization) };
    call.parties.channels.keep(kept);
    call.parties.channels.set('source', channels);
    call.parties.sides = [routedSide(call.record.id, route)];
    writer.change((each) =>
      each.hangup === null
        ? routedRecord(each, route, [...base, ...first.channels])
        : { ...each, reserved_until: route.reservedUntil },
    );
    try {
      await this.#create(call, withTarget);
      call.parties.channels.hasTaken(first.targets);
    } catch (error) {
      if (!isCallLimit(error)) return this.#reject(call, error);
      const isCalledBack = (await route.isCalledBack?.().catch((fault: unknown) => this.#fault(call, fault))) === true;
      if (!isCalledBack && first.channels.length === 0) return this.#reject(call, error);
      // The first gateway may be full: then the call begins without it, and tries the next.
      // Who calls back after a call for help has no limit.
      writer.change((each) => (each.hangup === null ? { ...each, channels: base } : each));
      await this.#create(call, isCalledBack ? noLimits : withTarget).catch((full: unknown) => this.#reject(call, full));
    }
    onStored();
    if (before.hangup === null) call.dispatch({ type: 'routed', attempts: route.attempts, limit: route.limit });
  }

  #noteEmergency(call: RunningCall, route: EmergencyRoute): void {
    const { context } = this.#context;
    noteEmergencyCall({ context, fault: (error) => this.#fault(call, error) }, route, emergencyCallOf(call.record));
  }

  /** A call above a limit ends, and is stored so; one that cannot be stored is none. */
  async #reject(call: RunningCall, error: unknown): Promise<void> {
    if (isCallLimit(error)) {
      call.dispatch({ type: 'rejected', status: 486, cause: causeNamed('CALL_LIMIT') });
      return this.#create(call, {});
    }
    this.#fault(call, error);
    call.dispatch({ type: 'rejected', status: 503, cause: causeNamed('NORMAL_TEMPORARY_FAILURE') });
    this.#forget(call.record.id);
    await this.#context.decider.release(call.organization, call.record.id);
  }

  async #create(call: RunningCall, limits: ChannelLimits): Promise<void> {
    const { id, org_id: organization } = call.record;
    try {
      await call.writer.create(limits);
    } catch (error) {
      // Ended calls may still have the channels.
      const ending = [...this.#ending].filter(({ record }) => record.org_id === organization);
      if (!isCallLimit(error) || !(await this.#flush(ending))) throw error;
      await call.writer.create(limits);
    }
    this.#created.set(id, Promise.resolve());
    if (call.record.hangup !== null) void this.#finish(call);
  }

  #run({ organization, facts }: Pick<Beginning, 'organization' | 'facts'>, origin: Origin): RunningCall {
    const request = origin.isIncoming ? origin.request : undefined;
    const forwards = request?.headers.one(header.maxForwards);
    return this.#carry(organization, {
      call: newRecord(facts, origin.isIncoming ? origin.receivedAt : this.#context.context.clock()),
      state: newCall<Target>(origin.isIncoming, request === undefined ? undefined : sdpOf(request)),
      received: origin.isIncoming ? receivedBy(origin) : undefined,
      maxForwards: typeof forwards === 'number' ? forwards - 1 : undefined,
    });
  }

  #carry(
    organization: OrganizationItem,
    { state, received, maxForwards, media: moved, ...record }: Carried,
  ): RunningCall {
    const { context, invite, redirect, decider } = this.#context;
    const { id, options } = record.call;
    const writer = newCallWriter(this.#context, organization, {
      ...record,
      onLost: () => this.#lose(id),
      settle: (ended) => decider.settle(organization, settledLegs(ended)),
    });
    const media = moved ?? beginMedia(this.#context, organization, record.call, writer);
    const fault = (error: unknown): void => this.#fault(call, error);
    const onSession = this.#traces.begin(organization, id, () => writer.call);
    const call: RunningCall = new RunningCall({
      invitations: { invite, redirect },
      applications: {
        dial: (wanted) => this.#hooks.dial(call, wanted),
        park: (isParked) => this.#hooks.park(call, isParked),
        goOn: (start) => this.#hooks.goOn(call, start),
        nextFile: () => context.nextId('file'),
      },
      charges: new CallCharges(this.#context, { organization, writer, fault }),
      replacement: replacementsOf(this.#context, organization),
      onRefer: (leg, refer) => this.#hooks.onRefer(call, leg, refer),
      onOver: () => this.#close(call),
      plainTargets: this.#plainTargets,
      fault,
      now: context.clock,
      organization,
      writer,
      media,
      state,
      ringTime: options.timeout * second,
      received,
      maxForwards,
      ...(onSession && { onSession }),
    });
    this.#running.set(id, call);
    return call;
  }

  #close(call: RunningCall): void {
    if (!this.#created.has(call.record.id)) return;
    this.#ending.add(call);
    void this.#finish(call);
  }

  /** Another task has the call: one to which it moves, or that has changed it while it moves here, ends nothing. */
  #lose(id: string): void {
    const call = this.#running.get(id);
    if (call !== undefined && !this.#moving.has(id)) void this.#leaveOrEnd(call);
  }

  /** Another task has taken this one for dead: it goes on with the call, or has ended it. */
  async #leaveOrEnd(call: RunningCall): Promise<void> {
    const { context, membership } = this.#context;
    const { id, org_id: organization } = call.record;
    const stored = await context
      .tableOf(organization)
      .get(callRow, { id })
      .catch((error: unknown) => this.#fault(call, error));
    if (stored !== undefined && isLive(stored) && stored.task !== membership.id) this.leave(call);
    else call.end(causeNamed('SYSTEM_SHUTDOWN'), 'system');
  }

  /**
   * Takes an answered call of another task, whose sessions follow.
   * @param stored as that task stored it
   * @returns undefined if that task has changed it since, or asks for the second time and the first one is in progress
   */
  async accept(
    organization: OrganizationItem,
    stored: Call,
    moved: TakeCallCommand['state'],
  ): Promise<RunningCall | undefined> {
    const { id } = stored;
    if (this.#running.has(id)) return undefined;
    const call = this.#acceptedCall(organization, stored, moved);
    this.#moving.add(id);
    try {
      call.writer.change((each) => ({ ...each, task: this.#context.membership.id }));
      await call.writer.settled();
    } finally {
      this.#moving.delete(id);
    }
    if (!call.writer.isLost) return call;
    this.leave(call);
    return undefined;
  }

  #acceptedCall(organization: OrganizationItem, stored: Call, moved: TakeCallCommand['state']): RunningCall {
    const { id } = stored;
    this.#created.set(id, Promise.resolve());
    const media = moved.media && resumeMedia(this.#context, organization, id, moved.media);
    const state = acceptedCall<Target>(moved);
    return this.#carry(organization, {
      call: stored,
      stored,
      state,
      media,
      received: undefined,
      maxForwards: undefined,
    });
  }

  /** Offers a call to another task, and forgets it if that accepts. @param isAccepted false: the call stays here */
  async offer(call: RunningCall, isAccepted: () => Promise<boolean>): Promise<void> {
    const { id } = call.record;
    this.#moving.add(id);
    try {
      if (!(await isAccepted())) return;
      const isTraced = this.#traces.store(call.record);
      this.leave(call);
      await isTraced;
    } finally {
      this.#moving.delete(id);
    }
  }

  /** Forgets a call that another task carries. */
  leave(call: RunningCall): void {
    call.leave();
    this.#forget(call.record.id);
  }

  /** Sends the CDRs of a call whose end is written. Until its parties have answered BYE, a task may take it over. */
  async #finish(call: RunningCall): Promise<void> {
    const { id } = call.record;
    try {
      await call.writer.settled();
      this.#ending.delete(call);
      // The task that has taken the call over sends its CDRs.
      if (call.writer.isLost) return;
      await this.#context.cdrs.send(call.record);
      await call.charges.releaseSides(call.parties.sides);
      await call.gone();
      call.writer.change((each) => ({ ...each, cdr: 'sent' }));
      await call.writer.settled();
      await this.#traces.store(call.record);
    } catch (error) {
      this.#fault(call, error);
    } finally {
      this.#ending.delete(call);
      this.#forget(id);
    }
  }

  #forget(id: string): void {
    this.#running.delete(id);
    this.#created.delete(id);
    this.#traces.forget(id);
    this.#context.onChange(id);
  }

  #fault(call: RunningCall, error: unknown): void {
    this.#context.context.log.fault(error, call.record.id, 'a call failed unexpectedly');
  }
}

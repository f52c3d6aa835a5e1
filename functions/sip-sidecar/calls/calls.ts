import type { ChannelLimits } from '#dynamodb/rows/channel.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { Call } from '#schema/call.ts';
import { second } from '#schema/time.ts';
import { Fault } from '#sip/fault.ts';
import { header } from '#sip/header-kinds.ts';
import { sdpOf } from '#sip/session/body.ts';
import { readReplaces } from '#sip/session/replaces.ts';
import type { CallMedia } from '../media/call-media.ts';
import { beginMedia, resumeMedia } from './begin-media.ts';
import { newCall } from './call.ts';
import type { AdmittedCall, Beginning, CallsDependencies, Origin, PlacedCall } from './call-beginnings.ts';
import { endsByCdr, limitOfSides, renewSides, settledLegs, type LimitedSide } from './call-limits.ts';
import { firstOf, isCallLimit, organizationChannel, organizationLimits } from './first-channels.ts';
import { newCallWriter, type CallRecords } from './new-call-writer.ts';
import { incomingFacts, routedRecord } from './call-facts.ts';
import { newRecord } from './call-record.ts';
import { userIn } from './caller.ts';
import { causeNamed } from './causes.ts';
import { refusal, type Route } from './routing.ts';
import { RunningCall } from './running-call.ts';
import type { RunningCallParts } from './running-call-parts.ts';
import { adoptedState, type MovedState } from './moved-call.ts';
import type { Target } from './target.ts';
import { replaceParty } from './replacement.ts';

type Carried = Pick<RunningCallParts, 'state' | 'maxForwards'> &
  CallRecords & {
    /** Of a call of another task. */
    readonly media?: CallMedia | undefined;
  };

/** The calls that this task carries. */
export class Calls {
  readonly #dependencies: CallsDependencies;
  readonly #running = new Map<string, RunningCall>();
  /** Resolves when a call is stored; rejects if it could not be. */
  readonly #created = new Map<string, Promise<void>>();
  /** Calls that are over, and whose end, which gives back what they have reserved, is not written yet. */
  readonly #ending = new Set<RunningCall>();
  /** Calls that another task is asked to take. */
  readonly #moving = new Set<string>();
  #isDraining = false;

  constructor(dependencies: CallsDependencies) {
    this.#dependencies = dependencies;
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

  /** A media relay has lost its calls. */
  endAtRelay(relay: string): void {
    for (const call of [...this.#running.values()].filter(({ record }) => record.media_relay === relay))
      call.end(causeNamed('MEDIA_RELAY_LOST'), 'system');
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Accepts no more calls. */
  drain(): void {
    this.#isDraining = true;
  }

  /** A call that came to us. */
  async begin(admitted: AdmittedCall): Promise<void> {
    const { request, transaction, caller, way, contact } = admitted;
    const { sessions, context, task } = this.#dependencies;
    const replaces = readReplaces(request.headers);
    if (replaces instanceof Fault) return void transaction.respond({ status: 400, reason: replaces.reason });
    if (replaces !== undefined) return replaceParty(this.#dependencies, admitted, replaces);
    if (this.#isDraining) return void transaction.respond({ status: 503 });
    const id = context.nextId('call');
    const facts = incomingFacts(
      { id, task, now: context.clock() },
      { dialed: userIn(request.uri), caller, domain: admitted.domain },
    );
    const call = this.#run({ ...caller, facts }, { isIncoming: true, request });
    const session = sessions.accept({ request, transaction, way, contact }, call.traffic.listenerOf('a'));
    if (session === undefined) {
      this.#forget(id);
      return;
    }
    call.attach(session, transaction.flow.flow, admitted.onUnacknowledged);
    await this.#ended(caller.organization.org_id);
    await this.#store(call, caller, await this.#routed(call, admitted.route(id)));
  }

  /**
   * A call of the API.
   * @throws AppError CALL_LIMIT, or what the store throws; there is no call then
   */
  async place({ organization, facts, limits, sides, ...placed }: PlacedCall): Promise<void> {
    const call = this.#run({ organization, facts }, { isIncoming: false });
    call.parties.sides = sides;
    call.parties.channels.keep(facts.channels);
    try {
      await this.#create(call, { ...limits, ...organizationLimits(organization) });
    } catch (error) {
      this.#forget(facts.id);
      throw error;
    }
    call.dispatch({ type: 'placed', ...placed, limit: limitOfSides(sides) });
  }

  /** Resolves when what the ended calls of an organization had reserved is available. */
  async #ended(organization: number): Promise<void> {
    const ending = [...this.#ending].filter(({ record }) => record.org_id === organization);
    await Promise.all(ending.map(({ writer }) => writer.settled()));
  }

  async #routed(call: RunningCall, routing: Promise<Route>): Promise<Route> {
    try {
      return await routing;
    } catch (error) {
      this.#fault(call, error);
      return { ...refusal('NO_ROUTE'), status: 503, cause: causeNamed('NORMAL_TEMPORARY_FAILURE') };
    }
  }

  /** Stores a call with its route, and goes on with it. */
  async #store(
    call: RunningCall,
    { channels, limits }: Pick<Beginning, 'channels' | 'limits'>,
    route: Route,
  ): Promise<void> {
    const { writer } = call;
    if (route.kind === 'refused') {
      call.dispatch({ type: 'refused', status: route.status, cause: route.cause });
      return this.#create(call, {});
    }
    const kept = [organizationChannel(route), ...route.channels];
    const base = [...kept, ...channels];
    const first = firstOf(route.attempts);
    const before = writer.call;
    const withTarget = { ...limits, ...route.limits, ...first.limits, ...organizationLimits(call.organization) };
    call.parties.channels.keep(kept);
    call.parties.channels.set('source', channels);
    call.parties.sides = [{ side: 'destination', reservation: call.record.id, limit: route.limit, from: 0 }];
    writer.change((each) =>
      each.hangup === null
        ? routedRecord(each, route, [...base, ...first.channels])
        : { ...each, reserved_until: route.reservedUntil },
    );
    try {
      await this.#create(call, withTarget);
      call.parties.channels.hasTaken(first.targets);
    } catch (error) {
      if (!isCallLimit(error) || first.channels.length === 0) return this.#refuse(call, error);
      // The first gateway may be full: then the call begins without it, and tries the next.
      writer.change((each) => (each.hangup === null ? { ...each, channels: base } : each));
      await this.#create(call, withTarget).catch((full: unknown) => this.#refuse(call, full));
    }
    if (before.hangup === null) call.dispatch({ type: 'routed', attempts: route.attempts, limit: route.limit });
  }

  /** A call above a limit ends, and is stored so; one that cannot be stored is none. */
  async #refuse(call: RunningCall, error: unknown): Promise<void> {
    if (isCallLimit(error)) {
      call.dispatch({ type: 'refused', status: 486, cause: causeNamed('CALL_LIMIT') });
      return this.#create(call, {});
    }
    this.#fault(call, error);
    call.dispatch({ type: 'refused', status: 503, cause: causeNamed('NORMAL_TEMPORARY_FAILURE') });
    this.#forget(call.record.id);
    await this.#dependencies.decider.release(call.organization, call.record.id);
  }

  async #create(call: RunningCall, limits: ChannelLimits): Promise<void> {
    const { id } = call.record;
    await call.writer.create(limits);
    this.#created.set(id, Promise.resolve());
    if (call.record.hangup !== null) void this.#finish(call);
  }

  #run(
    { organization, facts }: Pick<Beginning, 'organization' | 'facts'>,
    { isIncoming, request }: Origin,
  ): RunningCall {
    const forwards = request?.headers.one(header.maxForwards);
    return this.#carry(organization, {
      call: newRecord(facts, this.#dependencies.context.clock()),
      state: newCall<Target>(isIncoming, request === undefined ? undefined : sdpOf(request)),
      maxForwards: typeof forwards === 'number' ? forwards - 1 : undefined,
    });
  }

  #carry(organization: OrganizationItem, { state, maxForwards, media: moved, ...record }: Carried): RunningCall {
    const { context, invite, decider } = this.#dependencies;
    const { id, options } = record.call;
    const writer = newCallWriter(this.#dependencies, organization, {
      ...record,
      onLost: () => this.#lose(id),
      settle: (ended) => decider.settle(organization, settledLegs(ended)),
    });
    const media = moved ?? beginMedia(this.#dependencies, organization, record.call, writer);
    const call = new RunningCall({
      carrier: {
        invite,
        now: context.clock,
        fault: (error) => this.#fault(call, error),
        renew: ({ parties }) => renewSides(parties.sides, (reservation) => decider.renew(organization, reservation)),
        onLeft: (left, limited) => void this.#chargeEnded(left, limited),
        onRefer: this.#dependencies.onRefer,
        onOver: (over) => this.#close(over),
      },
      organization,
      writer,
      media,
      state,
      ringTime: options.timeout * second,
      maxForwards,
    });
    this.#running.set(id, call);
    return call;
  }

  #close(call: RunningCall): void {
    if (!this.#created.has(call.record.id)) return;
    if (settledLegs(call.record).length > 0) this.#ending.add(call);
    void this.#finish(call);
  }

  /** Another task has the call: one that takes it at our wish ends nothing. */
  #lose(id: string): void {
    if (!this.#moving.has(id)) this.#running.get(id)?.end(causeNamed('SYSTEM_SHUTDOWN'), 'system');
  }

  /** Goes on with an answered call of another task, whose sessions follow. @param stored as that task stored it */
  adopt(organization: OrganizationItem, stored: Call, moved: MovedState): RunningCall {
    const { id } = stored;
    this.#created.set(id, Promise.resolve());
    const media = moved.media && resumeMedia(this.#dependencies, organization, id, moved.media);
    const state = adoptedState(moved);
    return this.#carry(organization, { call: stored, stored, state, media, maxForwards: undefined });
  }

  /** Moves a call to another task, and forgets it. @param move resolves to false if it stays here */
  async moveAway(call: RunningCall, move: () => Promise<boolean>): Promise<void> {
    const { id } = call.record;
    this.#moving.add(id);
    try {
      if (!(await move())) return;
      call.handOver();
      this.#forget(id);
    } finally {
      this.#moving.delete(id);
    }
  }

  /** Forgets a call that could not be adopted. */
  disown(call: RunningCall): void {
    call.handOver();
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
      await this.#dependencies.cdrs.send(call.record);
      await this.#release(call, call.parties.sides);
      await call.gone();
      call.writer.change((each) => ({ ...each, cdr: 'sent' }));
      await call.writer.settled();
    } catch (error) {
      this.#fault(call, error);
    } finally {
      this.#ending.delete(call);
      this.#forget(id);
    }
  }

  /** A party has left: its CDR is sent at once, and again with those of the end; its reservation ends. */
  async #chargeEnded(call: RunningCall, limited: LimitedSide | undefined): Promise<void> {
    try {
      await call.writer.settled();
      if (call.writer.isLost) return;
      await this.#dependencies.cdrs.send(call.record);
      if (limited !== undefined) await this.#release(call, [limited]);
    } catch (error) {
      this.#fault(call, error);
    }
  }

  /** Ends the reservations that no CDR ends. */
  async #release({ organization, record }: RunningCall, sides: readonly LimitedSide[]): Promise<void> {
    const others = sides.filter(({ reservation, limit }) => limit.isReserved && !endsByCdr(reservation, record));
    await Promise.all(others.map(({ reservation }) => this.#dependencies.decider.release(organization, reservation)));
  }

  #forget(id: string): void {
    this.#running.delete(id);
    this.#created.delete(id);
    this.#dependencies.onChange(id);
  }

  #fault(call: RunningCall, error: unknown): void {
    this.#dependencies.context.log.fault(error, call.record.id, 'a call failed unexpectedly');
  }
}

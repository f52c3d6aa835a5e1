import { dialedIn } from '../routing/dialed.ts';
import { isEmergencyNumber } from '#telephony/emergency-spellings.ts';
import { numberOriginOf } from '#telephony/number-format.ts';
import { originalCaller } from '#functions/telephony/schema/call-flow.ts';
import type { CallActionCommand, CallActionOutcome } from '#sidecar/call-command.ts';
import { second } from '#schema/time.ts';
import type { Call, CallLeg } from '#schema/call.ts';
import type { PeerRefer, Replaces } from '#sip/session/session.ts';
import { isSipUri, type Uri } from '#sip/uri.ts';
import { byRank } from '#telephony/ring-group.ts';
import type { StartApplication, WantedParties, WantedParty } from '../routing/application.ts';
import { noteEmergencyCall } from '../records/emergency.ts';
import { idleSince, roundsOf } from '../routing/ring-groups.ts';
import { applicationTarget } from '../routing/template-actions.ts';
import { endsByCdr, transferReservation } from '../call/limits.ts';
import { connectedLeg } from '../call/record.ts';
import { callingUser } from '../routing/caller.ts';
import { passedStatus } from '../call/causes.ts';
import type { Failure } from '../call/hunt.ts';
import { presentedTo } from '../legs/invitation.ts';
import { dialResultOf, resultOf, type DialResult } from './dial-result.ts';
import { joinCalls, type LeavingParty } from './joining.ts';
import { isOwnHost, platformHosts, type PlatformHosts } from '../routing/redirect.ts';
import { deniedCommand } from '../routing/denied-command.ts';
import { internal, type RoutedCall, type Route } from '../routing/routing.ts';
import { wantedSlot, type Parking } from './parking.ts';
import { mayReplace, replaceParty, type FindReplaced } from './pickup.ts';
import type { RingingCalls } from './ringing-calls.ts';
import type { AdmittedCall, Calls } from '../running/calls.ts';
import type { Uses } from '../context.ts';
import type { Continuation } from '../running/applications.ts';
import type { RunningCall } from '../running/running-call.ts';
import type { Target } from '../routing/target.ts';
import { otherSide } from '../call/state.ts';
import type { WantedTransfer } from '../running/parties.ts';

type TransfersContext = Uses<{
  context: 'clock' | 'tryCommit';
  settings: 'advertised';
  domain: true;
  directory: true;
  routing: 'route' | 'routeEnd' | 'routeInside' | 'ringGroup';
  decider: 'release';
  sessions: 'replaced' | 'accept';
  applications: 'resume';
  rightOf: true;
  fault: true;
}>;

/** Who asks for a transfer, and what becomes of it. */
type Asked = Pick<WantedTransfer, 'side' | 'isReferred' | 'onProgress' | 'ringTime'> & {
  readonly original?: string | null;
  readonly onSettled: (outcome: Failure) => void;
};

/** How an application calls others. */
type HowToRing = Pick<WantedParties, 'accept'> & {
  /** Milliseconds. */
  readonly ringTime: number;
  readonly after: Continuation | undefined;
  readonly original: string | null;
};

/** A party that can be called, or why it cannot. */
type Callable = {
  readonly route: Extract<Route, { kind: 'routed' }>;
  readonly payer: Payer;
  readonly count: number;
};
type Found = Callable | { readonly outcome: DialResult };

/** The call of a `dial`, and what decides its parties. */
type Dialing = { readonly call: RunningCall; readonly payer: Payer; readonly policy: string | null };

/** What may be an extension: its phones are looked up to order the parties. */
const extension = /^[0-9]{2,8}$/;

/** What transfers ask of others. */
type OfOthers = Pick<RingingCalls, 'pickUpDialog'> & Pick<Parking, 'park' | 'fetchDialog'>;
const noOthers: OfOthers = {
  pickUpDialog: async () => false,
  fetchDialog: async () => false,
  park: async () => undefined,
};

/** For whom the dial plan decides. */
type Payer = Pick<RoutedCall, 'organization' | 'caller' | 'userId' | 'reserves'>;

/**
 * Transfers of answered calls (RFC 5359 §2.4, §2.5): by the API, by REFER of a phone, and by Replaces. The new party is
 * what was dialed, and is decided as that of a new call: no URI of a request is followed.
 */
export class Transfers {
  readonly #context: TransfersContext;
  readonly #calls: Pick<Calls, 'all'>;
  /** Hosts of the platform that phones may name in a Refer-To. */
  readonly #hosts: PlatformHosts;
  /** The number of the last transfer of each call. */
  readonly #counts = new WeakMap<RunningCall, number>();

  readonly #others: OfOthers;

  constructor(context: TransfersContext, calls: Pick<Calls, 'all'>, others: OfOthers = noOthers) {
    this.#context = context;
    this.#calls = calls;
    this.#others = others;
    this.#hosts = platformHosts(context);
  }

  /**
   * Joins the source to a new party. Its destination leaves when that has answered.
   * @param onSettled what became of it, if it was accepted. 200: the parties are joined
   */
  async transfer(
    call: RunningCall,
    { organization: id, caller, destination }: CallActionCommand,
    onSettled: (outcome: Failure) => void,
  ): Promise<CallActionOutcome> {
    const { directory, routing, fault } = this.#context;
    const organization = await directory.organization(id);
    if (destination === undefined || organization === undefined || !(call.mayTransfer || call.isJoining))
      return { kind: 'invalid_state' };
    const number = await this.#ownNumberOf(call.record);
    const payer = { organization, caller: number, userId: caller.user_id, reserves: !caller.own_only };
    const count = this.#nextCount(call);
    const reservation = transferReservation(call.record.id, count);
    const routed = { ...payer, callId: reservation, isInProgress: true, asksUsers: true };
    const route = await routing.routeEnd(routed, destination);
    if (route.kind === 'rejected') {
      await this.#context.decider.release(organization, reservation);
      return deniedCommand(route, 'destination');
    }
    noteEmergencyCall(this.#context, route, { organization: id, user: caller.user_id });
    const asked = { side: 'destination', isReferred: false, onProgress: () => undefined, onSettled } as const;
    // A call that was just answered is being joined.
    void call.joined().then(() => this.#begin(call, { ...asked, payer, count }, route).catch(fault));
    return { kind: 'accepted' };
  }

  /**
   * Calls others for the application that speaks to the caller: it leaves when one of them has answered. Of parties
   * that are to ring at once, those outside are called after the others, one by one: each is a call that is charged.
   */
  async dial(call: RunningCall, wanted: WantedParties): Promise<DialResult> {
    const { strategy, ring_seconds: ring, caller_id: callerId, accept, policy, user } = wanted;
    const organization = await this.#context.directory.organization(call.record.org_id);
    if (organization === undefined) return 'unreachable';
    const caller = (await this.#presentable(call.record, callerId)) ?? (await this.#ownNumberOf(call.record));
    const payer = { organization, caller, userId: user, reserves: true };
    const after = await this.#afterOf(call, wanted);
    const original = callerId === originalCaller ? call.record.numbers.caller : null;
    const how = { ringTime: ring * second, after, accept, original };
    const parties = strategy === 'longest_idle' ? await this.#byIdleTime(call, payer, wanted) : wanted.parties;
    const { together, others } =
      strategy === 'all' ? await this.#inside(call, payer, wanted) : { together: undefined, others: parties };
    let outcome = together === undefined ? 'unreachable' : await this.#ring(call, together, how);
    for (const party of others) {
      if (outcome === 'answered') break;
      outcome = await this.#ringParty({ call, payer, policy }, party, how);
    }
    return outcome;
  }

  async #ringParty({ call, payer, policy }: Dialing, party: WantedParty, how: HowToRing): Promise<DialResult> {
    if ('ring_group' in party) return this.#ringGroup(call, payer, party.ring_group, how);
    const found = await this.#find(call, payer, party, policy);
    return 'outcome' in found ? found.outcome : this.#ring(call, found, how);
  }

  /** The members of a group in its order, each number outside by itself. */
  async #ringGroup(call: RunningCall, payer: Payer, id: string, how: HowToRing): Promise<DialResult> {
    const ringing = await this.#context.routing.ringGroup(payer.organization.org_id, id);
    if (ringing === undefined) return 'unreachable';
    const outside = { ...how, ringTime: ringing.ringTime };
    let outcome: DialResult = 'unreachable';
    for (const { attempts, numbers } of roundsOf(ringing)) {
      if (outcome === 'answered') break;
      const route = { ...internal([]), attempts };
      outcome = resultOf(outcome, await this.#ring(call, { route, payer, count: this.#nextCount(call) }, how));
      for (const number of numbers) {
        if (outcome === 'answered') break;
        const party = { number, from_variable: false };
        outcome = resultOf(outcome, await this.#ringParty({ call, payer, policy: null }, party, outside));
      }
    }
    return outcome;
  }

  /** Those first whose phones have had no call for the longest time; numbers outside last, as it is unknown of them. */
  async #byIdleTime(
    call: RunningCall,
    payer: Payer,
    { parties, policy }: WantedParties,
  ): Promise<readonly WantedParty[]> {
    const since = await Promise.all(parties.map((party) => this.#idleSince({ call, payer, policy }, party)));
    const ranks = new Map(parties.map((party, at) => [party, since[at] ?? 0]));
    return byRank(parties, (party) => ranks.get(party) ?? 0);
  }

  async #idleSince({ call, payer, policy }: Dialing, party: WantedParty): Promise<number> {
    const { directory, routing } = this.#context;
    const { org_id: organization } = payer.organization;
    if ('ring_group' in party) {
      const phones = (await routing.ringGroup(organization, party.ring_group))?.stages.flatMap((stage) => stage.phones);
      const each = (phones ?? []).map((phone) => idleSince(directory, organization, [phone]));
      return Math.min(Infinity, ...(await Promise.all(each)));
    }
    if ('number' in party && !extension.test(party.number)) return Infinity;
    const found = await this.#find(call, payer, party, policy);
    if ('outcome' in found) return Infinity;
    await this.#release(call, found);
    return isInside(found.route) ? idleSince(directory, organization, found.route.attempts.flat()) : Infinity;
  }

  /** The parties that are phones of the organization, to be called at once, and the others. */
  async #inside(call: RunningCall, payer: Payer, { parties, policy }: WantedParties) {
    const others: WantedParty[] = [];
    let together: Callable | undefined;
    for (const party of parties) {
      if ('ring_group' in party) {
        // It has an order of its own.
        others.push(party);
        continue;
      }
      const found = await this.#find(call, payer, party, policy);
      if ('outcome' in found || !isInside(found.route)) {
        others.push(party);
        if ('route' in found) await this.#release(call, found);
        continue;
      }
      const attempts = [[...(together?.route.attempts.flat() ?? []), ...found.route.attempts.flat()]];
      together = { ...(together ?? found), route: { ...(together ?? found).route, attempts } };
    }
    return { together, others };
  }

  async #find(
    call: RunningCall,
    payer: Payer,
    party: Exclude<WantedParty, { readonly ring_group: string }>,
    policy: string | null,
  ): Promise<Found> {
    const { routing, decider } = this.#context;
    const { organization } = payer;
    if ('number' in party && isEmergencyNumber(party.number, numberOriginOf(organization)))
      return { outcome: 'denied' };
    const count = this.#nextCount(call);
    const callId = transferReservation(call.record.id, count);
    const route =
      'number' in party
        ? await routing.routeEnd({ ...payer, callId, isInProgress: true }, { type: 'phone', number: party.number })
        : await routing.routeInside(organization.org_id, party);
    const isVariable = 'from_variable' in party && party.from_variable;
    if (mayReach(route) && (isInside(route) || !isVariable || isAllowedBy(route, policy)))
      return { route, payer, count };
    await decider.release(organization, callId);
    return { outcome: route.kind === 'rejected' && unassigned.has(route.status) ? 'unreachable' : 'denied' };
  }

  #release(call: RunningCall, { payer, count }: Callable): Promise<void> {
    return this.#context.decider.release(payer.organization, transferReservation(call.record.id, count));
  }

  async #afterOf({ record }: RunningCall, { after }: WantedParties): Promise<Continuation | undefined> {
    if (after === null) return undefined;
    return { stored: after, start: await this.#context.applications.resume(record.org_id, after) };
  }

  /** An application goes on with the caller, whose callee has hung up. */
  goOn(call: RunningCall, start: StartApplication): void {
    const { record, organization } = call;
    const attempts = [[applicationTarget(record.numbers.called ?? record.destination.to.user, start)]];
    const asked = {
      side: 'destination',
      isReferred: true,
      onProgress: () => undefined,
      onSettled: () => undefined,
    } as const;
    const payer = { organization, caller: null, userId: null, reserves: false };
    this.#begin(call, { ...asked, payer, count: this.#nextCount(call) }, { ...internal([]), attempts }).catch(
      this.#context.fault,
    );
  }

  /** An application takes the place of a party. @param channels that it takes, with their limits */
  beginApplication(
    call: RunningCall,
    target: Target,
    {
      channels,
      limits,
      ...asked
    }: Pick<Asked, 'side' | 'isReferred' | 'onSettled'> & Pick<WantedTransfer, 'channels' | 'limits'>,
  ): Promise<void> {
    const payer = { organization: call.organization, caller: null, userId: null, reserves: false };
    const route = { ...internal([]), attempts: [[target]], channels, limits };
    return this.#begin(call, { ...asked, onProgress: () => undefined, payer, count: this.#nextCount(call) }, route);
  }

  async #ring(
    call: RunningCall,
    { route, payer, count }: Callable,
    { ringTime, after, accept, original }: HowToRing,
  ): Promise<DialResult> {
    if (route.attempts.flat().length === 0) return 'unreachable';
    const { promise, resolve } = Promise.withResolvers<Failure>();
    const onSettled = (outcome: Failure): void => {
      if (outcome.status === 200 && after !== undefined) call.goOnAfter(after);
      resolve(outcome);
    };
    const side = call.applicationSide ?? 'destination';
    const asked = { side, isReferred: false, onProgress: () => undefined, onSettled } as const;
    await this.#begin(call, { ...asked, ringTime, payer, count, original }, withAcceptance(route, accept));
    return dialResultOf(await promise);
  }

  /** A REFER of the party of a leg. */
  readonly onRefer = (call: RunningCall, leg: string, refer: PeerRefer): void => {
    this.#refer(call, leg, refer).catch((error: unknown) => {
      this.#context.fault(error);
      refer.reject(500);
    });
  };

  /** An INVITE that is to replace a party. */
  readonly onReplaces = async (admitted: AdmittedCall, replaces: Replaces): Promise<void> => {
    if (await this.#others.fetchDialog(admitted, replaces)) return;
    if (await this.#others.pickUpDialog(admitted, replaces)) return;
    await replaceParty({ sessions: this.#context.sessions, replaced: this.replaced }, admitted, replaces);
  };

  /**
   * The party of a dialog of ours that a request of a phone names to be replaced (RFC 3891 §3), if it may pick up the
   * calls of this party.
   */
  readonly replaced: FindReplaced = async (replaces, taker) => {
    const found = this.#partyOf(replaces, taker.organization);
    if ('status' in found) return found;
    const party = connectedLeg(found.call.record, found.side);
    if (party === undefined || !(await mayReplace(this.#context, taker, party))) return { status: 403 };
    // The call may have changed in between.
    return this.#partyOf(replaces, taker.organization);
  };

  #partyOf(replaces: Replaces, organization: number): LeavingParty | { readonly status: number } {
    const session = this.#context.sessions.replaced(replaces);
    if ('status' in session) return session;
    for (const call of this.#calls.all()) {
      const leg = call.record.org_id === organization ? call.legOf(session) : undefined;
      const side = leg === undefined ? undefined : call.sideOf(leg);
      // Only phones are replaced: what a gateway or trunk carries is charged.
      if (side !== undefined && isPhone(connectedLeg(call.record, side)))
        return call.mayTransfer ? { call, side } : { status: 491 };
    }
    return { status: 481 };
  }

  async #refer(call: RunningCall, leg: string, refer: PeerRefer): Promise<void> {
    const side = call.sideOf(leg);
    const party = side === undefined ? undefined : connectedLeg(call.record, side);
    if (side === undefined || !isPhone(party)) refer.reject(603);
    else if (!call.mayTransfer) refer.reject(491);
    else if (refer.replaces !== undefined) await this.#refersToDialog({ call, side }, refer, refer.replaces);
    else await this.#refersToParty({ call, side }, party, refer);
  }

  /** Unattended: the party of the other side gets a new one, which is decided as a call of the phone that refers. */
  async #refersToParty({ call, side }: LeavingParty, party: CallLeg, refer: PeerRefer): Promise<void> {
    const { directory, routing } = this.#context;
    const { org_id: id } = call.record;
    const organization = await directory.organization(id);
    if (organization === undefined || !(await this.#mayRefer(id, party, refer.to))) {
      refer.reject(403);
      return;
    }
    const report = refer.accept();
    const slot = wantedSlot(dialedIn(refer.to), organization);
    if (slot !== undefined) {
      report((await this.#others.park({ call, side }, slot, { isReferred: true })) === undefined ? 486 : 200);
      return;
    }
    const { number } = await callingUser(directory, id, party.user_id);
    const caller = number ?? (await this.#ownNumberOf(call.record));
    const payer = { organization, caller, userId: party.user_id, reserves: true };
    const count = this.#nextCount(call);
    const reservation = transferReservation(call.record.id, count);
    const called = dialedIn(refer.to);
    const routed = { ...payer, called, callId: reservation, isInProgress: true, asksUsers: true };
    const route = await routing.route(routed).catch((error: unknown) => this.#unrouted(error));
    if (route.kind === 'rejected') {
      report(route.status);
      // A call whose gateway is gone is rejected after it has reserved.
      await this.#context.decider.release(organization, reservation);
    } else {
      // Who has another one called for help is called back as one who calls itself.
      noteEmergencyCall(this.#context, route, { organization: id, user: party.user_id });
      const onSettled = ({ status }: Failure) => report(passedStatus(status));
      await this.#begin(call, { side, isReferred: true, onProgress: report, onSettled, payer, count }, route);
    }
  }

  #unrouted(error: unknown): { readonly kind: 'rejected'; readonly status: number } {
    this.#context.fault(error);
    return { kind: 'rejected', status: 503 };
  }

  /** Attended: the party of the other side is joined to that of the dialog which is replaced (RFC 5589 §7.1). */
  async #refersToDialog(referring: LeavingParty, refer: PeerRefer, replaces: Replaces): Promise<void> {
    const report = refer.accept();
    const { record } = referring.call;
    const party = connectedLeg(record, referring.side);
    const found: LeavingParty | { readonly status: number } =
      party === undefined ? { status: 481 } : await this.replaced(replaces, { ...party, organization: record.org_id });
    const status = 'status' in found ? found.status : await this.#join(referring, found, () => report(200));
    if (status !== 200) report(status);
  }

  async #join(referring: LeavingParty, replaced: LeavingParty, onJoined: () => void): Promise<number> {
    return replaced.call === referring.call ? 481 : joinCalls(referring, replaced, onJoined);
  }

  async #begin(
    call: RunningCall,
    { payer, count, onSettled, original = null, ...asked }: Asked & { readonly payer: Payer; readonly count: number },
    { attempts, channels, limits, limit }: Extract<Route, { kind: 'routed' }>,
  ): Promise<void> {
    const { context, decider, fault } = this.#context;
    const now = context.clock().getTime();
    const { organization, caller } = payer;
    const reservation = transferReservation(call.record.id, count);
    const from = (now - (call.state.answeredAt ?? now)) / second;
    await call.transfer({
      ...asked,
      id: reservation,
      count,
      attempts,
      channels,
      limits,
      limited: { side: asked.side, reservation, limit, from },
      presented: { ...presentedTo(call.record, otherSide(asked.side), caller), original },
      onSettled: (outcome) => {
        // The CDR of a party that has answered, and did not accept the call, ends its reservation.
        const isCharged = outcome.status === 200 || endsByCdr(reservation, call.record);
        if (!isCharged) decider.release(organization, reservation).catch(fault);
        onSettled(outcome);
      },
    });
  }

  /** The number of a new transfer of a call: each has a reservation, and a CDR, of its own. */
  #nextCount(call: RunningCall): number {
    // Those of a call that another task began have left their legs.
    const count = Math.max(this.#counts.get(call) ?? 0, call.record.legs.length - 2) + 1;
    this.#counts.set(call, count);
    return count;
  }

  /** Whether a phone may call, and a URI names the platform, or a domain of the organization. */
  async #mayRefer(organization: number, { line }: CallLeg, to: Uri): Promise<boolean> {
    const { directory } = this.#context;
    if (line !== null && !(await directory.mayLineCall(organization, line))) return false;
    if (!isSipUri(to)) return to.scheme === 'tel';
    return isOwnHost(directory, this.#hosts, organization, to.host);
  }

  /** A number that is to be presented, if the organization has it. */
  async #presentable({ org_id: organization }: Call, wanted: string | null): Promise<string | undefined> {
    return wanted === null ? undefined : (await this.#context.directory.ownNumber(organization, wanted))?.number;
  }

  /** The number of the organization that the call goes over: its own caller, or the one that was called. */
  async #ownNumberOf({ org_id: organization, numbers, direction }: Call): Promise<string | null> {
    const number = direction === 'inbound' ? numbers.called : (numbers.billing ?? numbers.asserted);
    return number === null ? null : ((await this.#context.directory.ownNumber(organization, number))?.number ?? null);
  }
}

/** Whether a route has phones of the organization only: nothing outside is called. */
const isInside = (route: Route): boolean =>
  route.kind === 'routed' && route.attempts.flat().every(({ to }) => to.kind === 'phone');

/** No flow calls another one, as two would do so for ever, or an emergency number. */
const mayReach = (route: Route): route is Extract<Route, { kind: 'routed' }> =>
  route.kind === 'routed' && !route.isEmergency && route.attempts.flat().every(({ to }) => to.kind !== 'application');

/** Statuses of routes to a number that is of no one, or is none. */
const unassigned: ReadonlySet<number> = new Set([404, 484]);

/** Whether the policy of a flow allowed what a caller or a server has named. */
const isAllowedBy = (route: Extract<Route, { kind: 'routed' }>, policy: string | null): boolean =>
  policy !== null && route.policy === policy;

/** The party that answers is asked first. */
const withAcceptance = (route: Callable['route'], accept: HowToRing['accept']): Callable['route'] =>
  accept === undefined
    ? route
    : { ...route, attempts: route.attempts.map((targets) => targets.map((target) => ({ ...target, accept }))) };

const isPhone = (leg: CallLeg | undefined): leg is CallLeg => leg?.kind === 'device' || leg?.kind === 'line';

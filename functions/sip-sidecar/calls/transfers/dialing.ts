import { second } from '#schema/time.ts';
import { byRank } from '#telephony/ring-group.ts';
import { isEmergencyNumber } from '#telephony/emergency-spellings.ts';
import { numberOriginOf } from '#telephony/number-format.ts';
import type { Call } from '#telephony/call.ts';
import { originalCaller } from '#functions/telephony/schema/call-flow.ts';
import type { Uses } from '../running/context.ts';
import type { WantedParties, ApplicationHost, WantedParty } from '../applications/application.ts';
import type { Continuation } from '../running/applications.ts';
import { internal, reachesHelp, type Route } from '../routing/route.ts';
import type { RunningCall } from '../running/running-call.ts';
import type { Failure } from '../call/hunt.ts';
import { roundsOf, idleSince } from '../routing/ring-groups.ts';
import { transferReservation } from '../call/limits.ts';
import type { Payer, NewParties } from './new-parties.ts';

/** The calls of applications to others. */

type DialingContext = Uses<{
  directory: 'organization' | 'ownNumber' | 'idleSince';
  routing: 'routeEnd' | 'routeInside' | 'ringGroup';
  decider: 'release';
  applications: 'resume';
}>;

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
type DialingCall = { readonly call: RunningCall; readonly payer: Payer; readonly policy: string | null };

/** What may be an extension: its phones are looked up to order the parties. */
const extension = /^[0-9]{2,8}$/;

/** What becomes of the search of an application for a party. */
type DialResult = Awaited<ReturnType<ApplicationHost['dial']>>;

const busyStatuses: ReadonlySet<number> = new Set([486, 600]);
const silentStatuses: ReadonlySet<number> = new Set([408, 480, 487]);

/** What a flow hears of the search for a party. */
function dialResultOf({ status }: Failure): DialResult {
  if (status === 200) return 'answered';
  if (busyStatuses.has(status)) return 'busy';
  return silentStatuses.has(status) ? 'no_answer' : 'unreachable';
}

/** What a search is heard to be after a further part of it: one that is denied says nothing of the phones that rang. */
const resultOf = (before: DialResult, next: DialResult): DialResult =>
  before !== 'unreachable' && (next === 'denied' || next === 'unreachable') ? before : next;

/** Calls others for applications. */
export class Dialing {
  readonly #context: DialingContext;
  readonly #newParties: NewParties;

  constructor(context: DialingContext, newParties: NewParties) {
    this.#context = context;
    this.#newParties = newParties;
  }

  /**
   * Calls others for the application that speaks to the caller: it leaves when one of them has answered. Of parties
   * that are to ring at once, those outside are called after the others, one by one: each is a call that is charged.
   */
  async dial(call: RunningCall, wanted: WantedParties): Promise<DialResult> {
    const { strategy, ring_seconds: ring, caller_id: callerId, accept, policy, user } = wanted;
    const organization = await this.#context.directory.organization(call.record.org_id);
    if (organization === undefined) return 'unreachable';
    const caller =
      (await this.#presentable(call.record, callerId)) ?? (await this.#newParties.ownNumberOf(call.record));
    const payer = { organization, caller, userId: user, stir: call.record.stir, reserves: true };
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

  async #ringParty({ call, payer, policy }: DialingCall, party: WantedParty, how: HowToRing): Promise<DialResult> {
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
      outcome = resultOf(
        outcome,
        await this.#ring(call, { route, payer, count: this.#newParties.nextCount(call) }, how),
      );
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

  async #idleSince({ call, payer, policy }: DialingCall, party: WantedParty): Promise<number> {
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
    const count = this.#newParties.nextCount(call);
    const callId = transferReservation(call.record.id, count);
    const route =
      'number' in party
        ? await routing.routeEnd({ ...payer, callId, isInProgress: true }, { type: 'phone', number: party.number })
        : await routing.routeInside(organization.org_id, party);
    const isVariable = 'from_variable' in party && party.from_variable;
    if (mayReach(route, organization) && (isInside(route) || !isVariable || isAllowedBy(route, policy)))
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
    const side = call.legs.applicationSide ?? 'destination';
    const asked = { side, isReferred: false, onProgress: () => undefined, onSettled } as const;
    await this.#newParties.begin(call, { ...asked, ringTime, payer, count, original }, withAcceptance(route, accept));
    return dialResultOf(await promise);
  }

  /** A number that is to be presented, if the organization has it. */
  async #presentable({ org_id: organization }: Call, wanted: string | null): Promise<string | undefined> {
    return wanted === null ? undefined : (await this.#context.directory.ownNumber(organization, wanted))?.number;
  }
}

/** Whether a route has phones of the organization only: nothing outside is called. */
const isInside = (route: Route): boolean =>
  route.kind === 'routed' && route.attempts.flat().every(({ to }) => to.kind === 'phone');

/** No flow calls another one, as two would do so for ever, or an emergency number. */
const mayReach = (route: Route, organization: Payer['organization']): route is Extract<Route, { kind: 'routed' }> =>
  route.kind === 'routed' &&
  !reachesHelp(route, organization) &&
  route.attempts.flat().every(({ to }) => to.kind !== 'application');

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

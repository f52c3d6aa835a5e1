import type { NumberItem } from '#dynamodb/rows/number.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { CallDestination } from '#schema/call-request.ts';
import type { CallDirection } from '#telephony/call.ts';
import type { PhoneLine } from '#schema/phone.ts';
import { isBrokenNumber, readNumber } from '#telephony/dialed-number.ts';
import { dialable } from '#telephony/dialed-string.ts';
import { portabilityIn } from '#telephony/dialed-user.ts';
import { blockOf } from '#telephony/blocked-caller.ts';
import type { BlockableCaller, ForwardTarget } from '#telephony/call-handling.ts';
import { maxNested } from '#telephony/ring-group.ts';
import { numberOriginOf, originOfCall } from '#telephony/number-format.ts';
import type { LimitedDecision } from '#functions/dialplan/dialplan-evaluator/call-limits.ts';
import { numberIn } from '#functions/dialplan/plan/destination.ts';
import type { CallDecider } from '#functions/dialplan/dialplan-evaluator/decider-steps.ts';
import type { FlowSource } from '../applications/flow-source.ts';
import type { BlockSource } from '../directory/blocks.ts';
import type { Directory } from '../directory/directory.ts';
import { causeNamed } from '../call/causes.ts';
import { groupApplication, type GroupSource } from '../applications/group-application.ts';
import { applicationOf, hangUpBy, mailboxAttempts } from './template-actions.ts';
import { forwardRouter, type RouteForward } from './forwards.ts';
import { UserCalls } from './user-calls.ts';
import { callsOutside, phonesInTurn, RingGroups, type Ringing, type RingingParty } from './ring-groups.ts';
import { type Target, applicationTarget, isOutside } from './target.ts';
import { gatewayTarget, lineTargets, sipTarget, targetsOf, trunkTarget } from './sip-targets.ts';
import {
  type Routed,
  type RoutedCall,
  type Rejection,
  type Route,
  rejection,
  unpaid,
  internal,
  unlimited,
  type Calling,
  type Attempts,
} from './route.ts';

/** Where a call goes (functions/calls/README.md, "Placing a call"). */

/** A decision that transfers is decided again, so often at most. */
const maxTransfers = 5;

/** What a blocked caller gets. */
const blocked = {
  reject: { kind: 'rejected', reason: 'CALLER_BLOCKED', status: 603, cause: causeNamed('CALLER_BLOCKED') },
  busy: { kind: 'rejected', reason: 'CALLER_BLOCKED', status: 486, cause: causeNamed('CALLER_BLOCKED') },
} as const satisfies Readonly<Record<string, Rejection>>;

const policyOf = ({ emergency, policy }: Pick<LimitedDecision, 'emergency' | 'policy'>): string | null =>
  emergency ? null : (policy?.id ?? null);

/** The dependencies of routing. */
export type RoutingDependencies = {
  readonly directory: Directory;
  readonly decider: Pick<CallDecider, 'decide' | 'decideInbound'>;
  readonly flows: Pick<FlowSource, 'start' | 'playback' | 'deposit' | 'mailbox'>;
  readonly blocks: BlockSource;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly clock: () => Date;
};

/** Finds the targets of calls. */
export class Routing {
  readonly #directory: Directory;
  readonly #decider: Pick<CallDecider, 'decide' | 'decideInbound'>;
  readonly #flows: Pick<FlowSource, 'start' | 'playback' | 'deposit' | 'mailbox'>;
  readonly #groups: RingGroups;
  readonly #blocks: BlockSource;
  readonly #users: UserCalls;
  /** Where users send calls on. */
  readonly forward: RouteForward;

  constructor({ directory, decider, flows, blocks, random, clock }: RoutingDependencies) {
    this.#directory = directory;
    this.#decider = decider;
    this.#flows = flows;
    this.#blocks = blocks;
    this.#groups = new RingGroups({ directory, random, phonesOf: (...of) => this.#phonesOf(...of) });
    this.forward = forwardRouter({
      route: (call) => this.route(call),
      attemptsAt: (...of) => this.#attemptsAt(...of),
    });
    this.#users = new UserCalls({ directory, flows, clock, forward: this.forward });
  }

  /** Where a call of a user or of the API goes. */
  async route(call: RoutedCall): Promise<Route> {
    const origin = numberOriginOf(call.organization);
    if (isBrokenNumber(call.called, origin)) return rejection('INVALID_NUMBER_FORMAT');
    if (!dialable.test(call.called)) return rejection('NO_ROUTE');
    const number = readNumber(call.called, origin);
    const own = number === null ? undefined : await this.#directory.ownNumber(call.organization.org_id, number);
    return own === undefined ? this.#decide(call, number) : this.routeNumber(call, own, 'internal');
  }

  /** Where an end of a call of the API is: a number, a phone, a SIP URI, or a flow. */
  async routeEnd(call: Omit<RoutedCall, 'called'>, end: CallDestination): Promise<Route> {
    const { org_id: organization } = call.organization;
    switch (end.type) {
      case 'phone':
        return this.route({ ...call, called: end.number });
      case 'device':
        return internal(targetsOf(await this.#directory.contactsOfDevice(organization, end.id)));
      case 'line':
        return internal(
          await this.#targetsOfLines(organization, await this.#directory.ringingLine(organization, end.username)),
        );
      case 'flow': {
        const attempts = await this.#attemptsOfFlow({ organization, called: end.id, asksUsers: false }, end.id);
        return attempts === undefined ? rejection('NO_ROUTE') : { ...internal([]), attempts };
      }
      case 'sip': {
        const target = sipTarget(call.organization, end.uri);
        return target === undefined ? rejection('NO_ROUTE') : { ...internal([target]), direction: 'outbound' };
      }
    }
  }

  /** Where the calls to a user go, its devices and phone lines, or those to a device. */
  async routeInside(organization: number, party: RingingParty): Promise<Route> {
    return internal(await this.#phonesOf(organization, party));
  }

  /** Where the calls to an extension of an organization go, by no dial plan. */
  async routeExtension(organization: number, called: string): Promise<Route> {
    const isExtension = /^[0-9*#]{1,16}$/.test(called);
    const attempts = isExtension ? await this.#attemptsOfExtension({ organization, called, asksUsers: true }) : [];
    return attempts.flat().length === 0 ? rejection('NO_ROUTE') : { ...internal([]), attempts };
  }

  /** The members of a ring group. @returns undefined if there is no such group */
  ringGroup(organization: number, id: string): Promise<Ringing | undefined> {
    return this.#groups.ringing(organization, id);
  }

  /**
   * Where a call from outside goes that its organization blocks; undefined: it does not. A flow that is gone rejects.
   * @param called what its flow is shown as; `own`: the number of the organization that it calls
   */
  async routeBlocked(
    organization: OrganizationItem,
    caller: BlockableCaller,
    { called, own }: { readonly called: string; readonly own: NumberItem | undefined },
  ): Promise<Route | undefined> {
    const block = blockOf(await this.#blocks(organization.org_id), caller);
    if (block === undefined || organization.status !== 'active') return undefined;
    // Who calls back after a call for help gets through.
    if (own !== undefined && (await this.#isCalledBack(organization.org_id, own))) return undefined;
    const { action, id } = block;
    const calling = { organization: organization.org_id, called, asksUsers: false };
    const attempts = typeof action === 'string' ? undefined : await this.#attemptsOfFlow(calling, action.flow);
    return attempts === undefined
      ? { ...blocked[action === 'busy' ? 'busy' : 'reject'], blockedBy: id }
      : { ...internal([]), attempts, direction: 'inbound', blockedBy: id };
  }

  /** Where the calls to a number of the organization go. */
  async routeNumber(
    { organization, asksUsers = false }: Pick<RoutedCall, 'organization' | 'asksUsers'>,
    number: NumberItem,
    direction: CallDirection,
  ): Promise<Route> {
    const { org_id: id } = organization;
    const attempts = await this.#attemptsOfNumber({ organization: id, called: number.number, asksUsers }, number);
    if (attempts === undefined || organization.status === 'closed') return rejection('NO_ROUTE');
    const isCalledBack = async (): Promise<boolean> => direction === 'inbound' && this.#isCalledBack(id, number);
    if (organization.status === 'suspended' && !(await isCalledBack())) return rejection('CALL_LIMIT');
    return {
      kind: 'routed',
      isCalledBack,
      attempts,
      limit: unlimited,
      isRecorded: number.record === true,
      reservedUntil: null,
      direction,
      number: number.number,
      channels: [{ kind: 'number', id: number.number, direction: 'inbound' }],
      limits: {
        [`number/${number.number}`]: { total: number.max_channels, inbound: number.max_inbound },
      },
      policy: null,
      isEmergency: false,
    };
  }

  /**
   * A call from outside to a number, as far as its organization pays for it. Who calls back after a call for help gets
   * through, whatever it costs.
   */
  async payInbound(call: Pick<RoutedCall, 'organization' | 'callId'>, own: NumberItem, route: Route): Promise<Route> {
    if (route.kind === 'rejected' || route.direction !== 'inbound') return route;
    const { number } = own;
    const decision = await this.#decider.decideInbound({ ...call, number });
    if (decision.isAllowed && decision.seconds === null) return route;
    const isCalledBack = await this.#isCalledBack(call.organization.org_id, own);
    if (!decision.isAllowed) return isCalledBack ? route : unpaid;
    const { seconds, reservedUntil } = decision;
    const limit = isCalledBack ? unlimited : { seconds, isReserved: reservedUntil !== null };
    return { ...route, limit, reservedUntil };
  }

  /** Whether its user, or anyone who has called for help with this number, waits for a call back. */
  async #isCalledBack(organization: number, { number, route }: NumberItem): Promise<boolean> {
    const callers = [number, ...(route?.type === 'user' ? [route.id] : [])];
    const called = await Promise.all(callers.map((each) => this.#directory.hasCalledForHelp(organization, each)));
    return called.includes(true);
  }

  async #attemptsOfNumber(calling: Calling, { route, number }: NumberItem): Promise<Attempts | undefined> {
    const { organization } = calling;
    if (route === null) return undefined;
    switch (route.type) {
      case 'device':
        return [targetsOf(await this.#directory.contactsOfDevice(organization, route.id))];
      case 'user':
        return [await this.#targetsOfUser(calling, route.id)];
      case 'policy_group':
        return [await this.#targetsOfUsers(organization, await this.#directory.membersOf(organization, route.id))];
      case 'trunk': {
        const trunk = await this.#directory.trunk(organization, route.id);
        const target = trunk === undefined ? undefined : trunkTarget(trunk, number);
        return target === undefined ? undefined : [[target]];
      }
      case 'flow':
        return this.#attemptsOfFlow(calling, route.id);
      case 'ring_group':
        return this.#attemptsOfGroup(calling, route.id);
      case 'voicemail':
      case 'mailbox':
        return mailboxAttempts(this.#flows, calling, { type: route.type, id: route.id });
    }
  }

  async #attemptsOfFlow({ organization, called }: Calling, id: string): Promise<Attempts | undefined> {
    const start = await this.#flows.start(organization, id);
    return start === undefined ? undefined : [[applicationTarget(called, start)]];
  }

  /** The members of a ring group in turn, and then where it sends a call that none of them answers. */
  async #attemptsOfGroup(calling: Calling, id: string, seen: readonly string[] = []): Promise<Attempts | undefined> {
    if (seen.includes(id) || seen.length > maxNested) return undefined;
    const { organization, called } = calling;
    const ringing = await this.#groups.ringing(organization, id);
    if (ringing !== undefined && callsOutside(ringing))
      return [[applicationTarget(called, groupApplication(id, this.#groupSource(organization)))]];
    if (ringing === undefined || ringing.next === null) return ringing && phonesInTurn(ringing);
    const after = await this.#attemptsAfter(calling, ringing.next, [...seen, id]);
    return [...phonesInTurn(ringing), ...(after ?? [])];
  }

  #groupSource(organization: number): GroupSource {
    return {
      next: async (id) => (await this.#groups.ringing(organization, id))?.next ?? null,
      flow: (id) => this.#flows.start(organization, id),
    };
  }

  async #attemptsAfter(
    calling: Calling,
    { type, id }: NonNullable<Ringing['next']>,
    seen: readonly string[],
  ): Promise<Attempts | undefined> {
    switch (type) {
      case 'flow':
        return this.#attemptsOfFlow(calling, id);
      case 'ring_group':
        return this.#attemptsOfGroup(calling, id, seen);
      case 'user':
        return [await this.#targetsOfUser(calling, id)];
      case 'device':
        return [await this.#phonesOf(calling.organization, { device: id })];
    }
  }

  /** A user, who may say what becomes of the call; or its phones. */
  async #targetsOfUser({ organization, called, asksUsers }: Calling, id: string): Promise<readonly Target[]> {
    const phones = () => this.#targetsOfUsers(organization, [id]);
    return asksUsers ? [this.#users.target({ organization, id, called, phones })] : phones();
  }

  async #phonesOf(organization: number, party: RingingParty): Promise<readonly Target[]> {
    return 'user' in party
      ? this.#targetsOfUsers(organization, [party.user])
      : targetsOf(await this.#directory.contactsOfDevice(organization, party.device));
  }

  /** All devices and phone lines of users. */
  async #targetsOfUsers(organization: number, users: readonly string[]): Promise<readonly Target[]> {
    const [contacts, lines] = await Promise.all([
      this.#directory.contactsOfUsers(organization, users),
      Promise.all(users.map((user) => this.#directory.linesOfUser(organization, user))),
    ]);
    return [...targetsOf(contacts), ...(await this.#targetsOfLines(organization, lines.flat()))];
  }

  /** The devices with an extension and the phone lines of its user; or its ring group, or its call flow. */
  async #attemptsOfExtension(calling: Calling): Promise<Attempts> {
    const { organization, called } = calling;
    const [contacts, owner = ''] = await Promise.all([
      this.#directory.contactsOfExtension(organization, called),
      this.#directory.ownerOfExtension(organization, called),
    ]);
    if (owner.startsWith('rgrp_')) return (await this.#attemptsOfGroup(calling, owner)) ?? [];
    if (owner.startsWith('flow_')) return (await this.#attemptsOfFlow(calling, owner)) ?? [];
    const phones = async () => {
      const lines = owner === '' ? [] : await this.#directory.linesOfUser(organization, owner);
      return [...targetsOf(contacts), ...(await this.#targetsOfLines(organization, lines))];
    };
    const isAsked = calling.asksUsers && owner.startsWith('usr_');
    return [isAsked ? [this.#users.target({ organization, id: owner, called, phones })] : await phones()];
  }

  async #targetsOfLines(organization: number, lines: readonly PhoneLine[]): Promise<readonly Target[]> {
    const targets = await Promise.all(
      lines.map(async (line) => lineTargets(line, await this.#directory.liveBindings(organization, line.username))),
    );
    return targets.flat();
  }

  async #decide(call: RoutedCall, number: string | null, transfers = 0): Promise<Route> {
    if (call.organization.status === 'closed') return rejection('NO_ROUTE');
    const decision = await this.#decision(call);
    if (!decision.allowed) return rejection(decision.reason);
    const isTransfer = decision.action === 'transfer';
    const route = await (isTransfer ? this.#transfer(call, decision, transfers) : this.#bridge(call, decision, number));
    return decision.emergency ? this.#toHelp(call, route, number) : route;
  }

  #decision(call: RoutedCall, isLastResort = false): Promise<LimitedDecision> {
    const { caller, userId } = call;
    return this.#decider.decide({ ...call, caller: caller ?? undefined, userId: userId ?? undefined, isLastResort });
  }

  /** A call for help is one, whatever it is transferred to. One that reaches nothing goes over all gateways. */
  async #toHelp(call: RoutedCall, route: Route, number: string | null): Promise<Route> {
    if (route.kind === 'routed' && route.attempts.flat().length > 0) {
      const attempts = route.attempts.map((targets) => targets.map(servingHelp));
      return { ...route, attempts, policy: null, isEmergency: true };
    }
    const decision = await this.#decision(call, true);
    return decision.allowed ? this.#bridge(call, decision, number) : route;
  }

  async #transfer(call: RoutedCall, decision: LimitedDecision, transfers: number): Promise<Route> {
    const called = decision.destination ?? '';
    if (transfers >= maxTransfers || !dialable.test(called)) return rejection('NO_ROUTE');
    const number = readNumber(called, numberOriginOf(call.organization));
    const route = await this.#decide({ ...call, called }, number, transfers + 1);
    if (route.kind === 'rejected') return route;
    const policy = route.policy === policyOf(decision) ? route.policy : null;
    return { ...route, policy, isRecorded: route.isRecorded || decision.record };
  }

  /** What has no target has no route, such as an action that is not carried out here. */
  async #bridge(call: RoutedCall, decision: LimitedDecision, number: string | null): Promise<Route> {
    const { organization, called } = call;
    if (decision.action === 'hangup') return hangUpBy(decision.destination);
    const application = await applicationOf(organization.org_id, decision, this.#flows);
    const found =
      application === undefined ? await this.#attemptsOf(call, decision) : [[applicationTarget(called, application)]];
    const attempts = decision.emergency ? found.map((targets) => targets.map(servingHelp)) : found;
    if (attempts.length === 0) return rejection('NO_ROUTE');
    const { max_duration: seconds, reservation } = decision.limits;
    const isOut = attempts.flat().some(({ party }) => isOutside(party));
    return {
      kind: 'routed',
      attempts,
      limit: { seconds, isReserved: reservation !== null },
      isRecorded: decision.record,
      reservedUntil: reservation?.expires_at ?? null,
      direction: isOut ? 'outbound' : 'internal',
      number,
      ...(isOut ? await this.#channelsOfPresented(call, attempts) : noChannels),
      policy: policyOf(decision),
      isEmergency: decision.emergency,
    };
  }

  /**
   * Of the own number that a call to the outside presents, or that its first gateway presents for it. A call in
   * progress has a channel already.
   */
  async #channelsOfPresented(
    { organization, isInProgress = false, caller, presented = caller }: RoutedCall,
    attempts: Attempts,
  ): Promise<Pick<Routed, 'channels' | 'limits'>> {
    const number = presented ?? attempts.flat().find(({ party }) => isOutside(party))?.callerNumber ?? null;
    if (isInProgress || number === null) return noChannels;
    const own = await this.#directory.ownNumber(organization.org_id, number);
    if (own === undefined) return noChannels;
    return {
      channels: [{ kind: 'number', id: number, direction: 'outbound' }],
      limits: { [`number/${number}`]: { total: own.max_channels, outbound: own.max_outbound } },
    };
  }

  /** The targets of a decision to bridge: its gateways in turn, the phones of an extension, or a SIP URI. */
  async #attemptsOf(call: RoutedCall, decision: LimitedDecision): Promise<Attempts> {
    const { organization, asksUsers = false } = call;
    const { routes, destination, action } = decision;
    if (action !== 'bridge') return [];
    if (routes.length > 0) {
      // The platform knows nothing of gateways that it does not manage.
      const managed = routes.flatMap(({ gateway, destination: dialed }) =>
        gateway === null ? [] : [{ gateway, dialed }],
      );
      const targets = await Promise.all(
        managed.map(({ gateway, dialed }) => this.#gatewayTarget(call, gateway, numberIn(dialed))),
      );
      return targets.flatMap((target) => (target === undefined ? [] : [[target]]));
    }
    const extension = /^user\/([0-9*#]{1,16})(?:@[A-Za-z0-9.-]{1,253})?$/.exec(destination ?? '')?.[1];
    if (extension !== undefined)
      return this.#attemptsOfExtension({ organization: organization.org_id, called: extension, asksUsers });
    const uri = sipTarget(organization, destination ?? '');
    return uri === undefined ? [] : [[uri]];
  }

  /** @returns undefined if there is no such target */
  async #attemptsAt(calling: Calling, { type, id }: Exclude<ForwardTarget, string>): Promise<Attempts | undefined> {
    const { organization } = calling;
    switch (type) {
      case 'voicemail':
        return mailboxAttempts(this.#flows, { ...calling, called: id }, { type, id });
      case 'user': {
        const user = await this.#directory.user(organization, id);
        return user === undefined
          ? undefined
          : [await this.#targetsOfUser({ ...calling, called: user.extension ?? id }, id)];
      }
      default:
        return this.#attemptsAfter(calling, { type, id }, []);
    }
  }

  /** @param number as it is sent, by which the call is charged */
  async #gatewayTarget(call: RoutedCall, id: string, number: string): Promise<Target | undefined> {
    const { organization } = call;
    const gateway = await this.#directory.gateway(organization.org_id, id);
    if (gateway?.enabled !== true) return undefined;
    const trunk =
      gateway.trunk_id === null ? undefined : await this.#directory.trunk(organization.org_id, gateway.trunk_id);
    const target = trunk === undefined ? gatewayTarget(gateway, number) : trunkTarget(trunk, number, gateway);
    if (target === undefined) return undefined;
    const origin = originOfCall(numberOriginOf(organization), { trunk: trunk?.number_format });
    const callerNumber = await this.#ownNumber(organization.org_id, target.callerNumber);
    const sent = readNumber(number, origin);
    const isOfCarrier = trunk === undefined || trunk.type === 'carrier';
    const uri = { ...target.uri, user: `${target.uri.user}${isOfCarrier ? portabilityOf(call, sent) : ''}` };
    return { ...target, uri, callerNumber, party: { ...target.party, number: sent } };
  }

  /** A number is presented only while the organization has it. */
  async #ownNumber(organization: number, number: string | null): Promise<string | null> {
    return number === null ? null : ((await this.#directory.ownNumber(organization, number))?.number ?? null);
  }
}

const noChannels = { channels: [], limits: {} } as const;

/** A gateway of a call for help, however many calls it has. The host of a SIP URI, and a phone, are none. */
const servingHelp = (target: Target): Target =>
  target.party.kind === 'gateway' || target.party.kind === 'trunk'
    ? { ...target, servesHelp: true, limits: {} }
    : target;

/** What goes on to a carrier of a number that is sent as it was dialed. @param sent E.164 */
const portabilityOf = ({ organization, written }: RoutedCall, sent: string | null): string =>
  written !== undefined && sent !== null && readNumber(written, numberOriginOf(organization)) === sent
    ? portabilityIn(written, sent)
    : '';

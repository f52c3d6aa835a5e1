import { dialedIn } from '../routing/dialed.ts';
import type { NumberItem } from '#dynamodb/rows/number.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { second } from '#schema/time.ts';
import type { ResponseParts } from '#sip/build.ts';
import { credentialsOf } from '#sip/digest/server.ts';
import { header } from '#sip/header-kinds.ts';
import { normalizeHost } from '#sip/host.ts';
import { Headers } from '#sip/headers.ts';
import type { SipRequest } from '#sip/message.ts';
import { possibleNumbers } from '#telephony/dialed-number.ts';
import { numberOriginOf, originOfCall, writtenForms } from '#telephony/number-format.ts';
import { admits, isConfirmed, type AddressOwner, type SourceAddress } from '#telephony/trunk-addresses.ts';
import type { TrunkItem } from '#dynamodb/rows/trunk.ts';
import {
  readClaims,
  readOwners,
  trunkClaimRow,
  type TrunkAddressItem,
  type TrunkClaimItem,
} from '#functions/telephony/rows/trunk-ip.ts';
import type { AnyAccountItem, TrunkAccountItem } from '#functions/telephony/rows/sip-account.ts';
import { cacheResults } from '#runtime/cache.ts';
import { realmOf, type AuthenticationOutcome } from '../../registrar/authentication.ts';
import { notRegisteredHere } from '../../registrar/registrar.ts';
import { shortened, type RequestHandler } from '../../request-handler.ts';
import type { Flow } from '../../transport/flow.ts';
import { blockableCaller, phoneCaller, trunkCaller, type Caller } from '../routing/caller.ts';
import { SetUpQueue, type SetUpTurn } from './set-up-queue.ts';
import { SilencedSources } from './silenced-sources.ts';
import { contactOf } from '../legs/invitation.ts';
import type { AdmittedCall, Calls } from '../running/calls.ts';
import type { CallLookups, Uses } from '../context.ts';
import { rejection, type Route } from '../routing/routing.ts';

/** INVITEs whose callers are identified at once. With more, phones would time out before the challenge. */
const maxInProgress = 500;

/** Owners and claims of source addresses: a stranger's INVITE costs these reads once in this time. */
const sources = { ttl: 5 * second, max: 10_000 } as const;

/** Claims of a source that are read to know how its carriers write numbers. Any number of others may be there. */
const maxClaims = 8;

const unavailable: ResponseParts = { status: 503, headers: Headers.none.append(header.retryAfter, '5') };

/** An identified caller, and how its call is routed; or the response that rejects it. */
type Admission =
  | { readonly kind: 'rejected'; readonly responses: readonly ResponseParts[] }
  | {
      readonly kind: 'admitted';
      readonly caller: Caller;
      /** Primary domain of the organization; undefined: the platform's. */
      readonly domain: string | undefined;
      /** The trunk that calls; undefined: a phone. */
      readonly trunk: TrunkItem | undefined;
      readonly route: (callId: string) => Promise<Route>;
    };

type AdmissionContext = Uses<{
  context: 'tableOf' | 'clock';
  membership: 'id' | 'isAlive';
  settings: 'advertised';
  domain: true;
  authenticate: true;
  mayRegister: true;
  locate: true;
  mayChallenge: true;
  hasPhone: true;
  lookups: true;
  featureRoute: true;
  senders: 'toPhone' | 'toPeer';
}> & {
  readonly fault: (error: unknown, request: SipRequest) => void;
};

type ReceivedInvite = Pick<AdmittedCall, 'request' | 'transaction' | 'receivedAt'>;

const rejected = (...responses: readonly ResponseParts[]): Admission => ({ kind: 'rejected', responses });

/** An INVITE from the address of a trunk. */
type Arriving = { readonly request: SipRequest; readonly turn: SetUpTurn; readonly address: string };

/** A request, and what its caller and what it calls are looked up by. */
type Incoming = CallLookups & { readonly request: SipRequest };

/** A trunk in service, and its organization. */
type CallingTrunk = { readonly organization: OrganizationItem; readonly trunk: TrunkItem };

/**
 * Who may call: who proves a password; else a trunk by its address, if its holder proved the address or its seller set
 * it, and a carrier to the organization that has the called number. Everything else is rejected without work, and never
 * relayed.
 */
export class CallAdmission {
  readonly #context: AdmissionContext;
  readonly #calls: Pick<Calls, 'begin'>;
  /** Sources whose calls are answered and never acknowledged. */
  readonly #silenced: SilencedSources;
  readonly #ownersOf: (address: string) => Promise<readonly TrunkAddressItem[]>;
  readonly #claimsOf: (source: SourceAddress) => Promise<readonly TrunkClaimItem[]>;
  readonly #setUps: SetUpQueue;
  #inProgress = 0;

  constructor(context: AdmissionContext, calls: Pick<Calls, 'begin'>) {
    this.#context = context;
    this.#calls = calls;
    const { tableOf, clock } = context.context;
    const [table, now] = [tableOf(0), (): number => clock().getTime()];
    this.#silenced = new SilencedSources(now);
    this.#setUps = new SetUpQueue(now);
    this.#ownersOf = cacheResults((address: string) => readOwners(table, address), sources, now);
    this.#claimsOf = cacheResults(
      (source: SourceAddress) => readClaims(table, source, maxClaims),
      sources,
      now,
      ({ address, port }) => `${address} ${port}`,
    );
  }

  /** Handles an INVITE outside of dialogs. */
  readonly handle: RequestHandler = (request, transaction) => {
    const rejection = this.#rejection(request);
    if (rejection !== undefined) {
      transaction.respondOnce(shortened(rejection));
      return;
    }
    this.#inProgress += 1;
    const turn = this.#setUps.arrive();
    this.#admit({ request, transaction, receivedAt: this.#context.context.clock() }, turn)
      .catch((error: unknown) => {
        this.#context.fault(error, request);
        transaction.respondOnce(shortened(unavailable));
      })
      .finally(() => {
        turn.end();
        this.#inProgress -= 1;
      });
  };

  #rejection({ headers }: SipRequest): ResponseParts | undefined {
    if (headers.one(header.maxForwards) === 0) return { status: 483 };
    return this.#inProgress >= maxInProgress || !this.#context.membership.isAlive ? unavailable : undefined;
  }

  async #admit(received: ReceivedInvite, turn: SetUpTurn): Promise<void> {
    const { request, transaction } = received;
    const { flow } = transaction.flow;
    const ofSource = await this.#admitSource(request, flow, turn);
    const admission = ofSource ?? (await this.#admitAccount(received, turn));
    // A caller that has cancelled in between got its response.
    if (admission.kind === 'rejected') transaction.respondOnce(admission.responses);
    else if (transaction.state === 'proceeding') {
      transaction.beStateful();
      await this.#begin(received, admission, ofSource !== undefined);
    }
  }

  /** @param isByAddress whether nothing but its address identifies the caller, which over UDP anyone may write */
  async #begin(
    received: ReceivedInvite,
    { caller, trunk, route, domain = this.#context.domain }: Extract<Admission, { kind: 'admitted' }>,
    isByAddress: boolean,
  ): Promise<void> {
    const { senders } = this.#context;
    const { flow } = received.transaction.flow;
    const party = { ...caller.leg, organization: caller.organization.org_id };
    await this.#calls.begin({
      ...received,
      caller,
      sender: trunk === undefined ? senders.toPhone(flow, party) : senders.toPeer(trunk, party, { known: flow }),
      contact: contactOf(this.#context, flow.transport),
      domain,
      route,
      onUnacknowledged: isByAddress ? () => this.#silenced.note(flow.remote.address) : undefined,
    });
  }

  /** Whether a request has credentials for its realm. */
  #hasCredentials(request: SipRequest): boolean {
    const { domain, settings } = this.#context;
    const realm = realmOf(request, domain, normalizeHost(settings.advertised.host));
    return credentialsOf(request, realm, 'proxy') !== undefined;
  }

  /**
   * A call without credentials from the address of a trunk. Undefined: the caller is asked for credentials, as is a
   * phone at the address of a trunk.
   */
  async #admitSource(request: SipRequest, flow: Flow, turn: SetUpTurn): Promise<Admission | undefined> {
    if (this.#hasCredentials(request) || this.#context.hasPhone(flow)) return undefined;
    const { transport, remote } = flow;
    const isUdp = transport === 'udp';
    const owners = (await this.#ownersOf(remote.address))
      .filter(({ port }) => !isUdp || port === remote.port)
      .flatMap((place) => place.owners.filter((owner) => admits(owner, isUdp)));
    if (this.#silenced.has(remote.address) && !owners.some(({ trusted }) => trusted === true)) return rejected();
    const [carriers, others] = [owners.filter(isCarrier), owners.filter((owner) => !isCarrier(owner))];
    const [other] = others;
    const arriving = { request, turn, address: remote.address };
    if (other === undefined) return this.#admitCarrier(arriving, carriers, isUdp ? remote : undefined);
    // The port of a connection does not say which of several organizations at the address calls.
    if (owners.some((owner) => owner.org_id !== other.org_id)) return undefined;
    const incoming = await this.#takeTurn(arriving);
    if (incoming === undefined) return rejected(unavailable);
    for (const owner of others) {
      const calling = await callingTrunk(incoming, owner);
      if (calling !== undefined) return admitTrunk(incoming, calling);
    }
    return rejected({ status: 404 });
  }

  /** Undefined: it has waited too long. */
  async #takeTurn({ request, turn, address }: Arriving): Promise<Incoming | undefined> {
    if (!(await turn.take(address))) return undefined;
    return { request, ...this.#context.lookups(address, `${address} ${dialedIn(request.uri)}`) };
  }

  /**
   * A call to a number, from an address that is a carrier's: that of the organization that has the number. What others
   * say of the address does not count.
   * @param source undefined: only confirmed carriers count
   */
  async #admitCarrier(
    arriving: Arriving,
    carriers: readonly AddressOwner[],
    source: SourceAddress | undefined,
  ): Promise<Admission | undefined> {
    const claims = source === undefined ? [] : await this.#claimsOf(source);
    const known = [...carriers, ...claims].filter((owner) => isCarrier(owner) && owner.active);
    if (known.length === 0) return undefined;
    const incoming = await this.#takeTurn(arriving);
    if (incoming === undefined) return rejected(unavailable);
    for (const number of await calledNumbers(incoming, known)) {
      const owner =
        known.find(({ org_id: id }) => id === number.org_id) ??
        // There may be more claims than were read.
        (claims.length < maxClaims ? undefined : await this.#claimOf(source, number.org_id));
      const calling = owner === undefined ? undefined : await callingTrunk(incoming, owner);
      if (calling !== undefined && dialedBy(incoming.request, calling).includes(number.number))
        return admitTrunk(incoming, calling, number);
    }
    const confirmed = carriers.find(isConfirmed);
    return confirmed === undefined ? undefined : this.#noSuchNumber(incoming, confirmed);
  }

  /** The response to a carrier whose call is of no number: it names how numbers of its trunk are written. */
  async #noSuchNumber(incoming: Incoming, owner: AddressOwner): Promise<Admission> {
    const calling = dialedIn(incoming.request.uri).startsWith('+') ? undefined : await callingTrunk(incoming, owner);
    if (calling === undefined) return rejected({ status: 404 });
    const [reason, forms] = [`Not Found by the number_format of ${calling.trunk.id}`, writtenForms(originOf(calling))];
    const warning = `399 ${this.#context.settings.advertised.host} "number_format of ${calling.trunk.id}: ${forms}"`;
    const headers = Headers.none.append(header.warning, warning);
    return rejected(...shortened({ status: 404, reason, headers }), { status: 404 });
  }

  async #claimOf(source: SourceAddress | undefined, organization: number | null): Promise<AddressOwner | undefined> {
    if (source === undefined || organization === null) return undefined;
    const { address, port } = source;
    const table = this.#context.context.tableOf(0);
    const claim = await table.get(trunkClaimRow, { address, port, org_id: organization });
    return claim !== undefined && isCarrier(claim) && claim.active ? claim : undefined;
  }

  async #admitAccount({ request, transaction }: ReceivedInvite, turn: SetUpTurn): Promise<Admission> {
    const { authenticate, mayChallenge } = this.#context;
    const { flow } = transaction.flow;
    const outcome = await authenticate(request, flow, 'proxy');
    if (outcome.kind !== 'authenticated' && outcome.kind !== 'trunk')
      return rejected(...rejectionsOf(outcome, flow, mayChallenge));
    transaction.beStateful();
    if (!(await turn.take(String(outcome.account.org_id)))) return rejected(unavailable);
    return outcome.kind === 'trunk'
      ? this.#admitTrunkAccount(request, flow, outcome.account)
      : this.#admitPhone(request, flow, outcome.account);
  }

  /**
   * A call with the credentials of a trunk: only from an address that its list names, as a digest response that a
   * stranger coaxed from a PBX is good anywhere else. The address need not be proven, as both are needed.
   */
  async #admitTrunkAccount(
    request: SipRequest,
    { remote }: Flow,
    { org_id, trunk_id }: TrunkAccountItem,
  ): Promise<Admission> {
    const incoming = { request, ...this.#context.lookups(trunk_id, `${trunk_id} ${dialedIn(request.uri)}`) };
    const [calling, addresses] = await Promise.all([
      callingTrunk(incoming, { org_id, trunk_id }),
      incoming.directory.addressesOf(org_id, trunk_id),
    ]);
    const isListed = addresses.includes(remote.address);
    return calling === undefined || !isListed || calling.trunk.type === 'carrier'
      ? rejected({ status: 403 })
      : admitTrunk(incoming, calling);
  }

  async #admitPhone(request: SipRequest, flow: Flow, account: AnyAccountItem): Promise<Admission> {
    const { mayRegister, locate, lookups } = this.#context;
    const dialed = dialedIn(request.uri);
    const { directory, routing } = lookups(account.sip_username, `${account.org_id} ${dialed}`);
    const organization = await directory.organization(account.org_id);
    if (organization === undefined || !mayCall(account) || !(await mayRegister(account, flow)))
      return rejected({ status: 403 });
    // What a stranger has from a phone, by challenging its re-INVITE, is right, and is worth nothing elsewhere. The URI
    // of the credentials says nothing: phones write odd ones, and the stranger's Contact may be what it wants to dial.
    if ((await locate(account, flow.remote.address)) !== 'here') return rejected(notRegisteredHere);
    const caller = await phoneCaller(directory, organization, { account, request });
    return {
      kind: 'admitted',
      caller,
      trunk: undefined,
      domain: account.domain,
      route: async (callId) => {
        const feature = await this.#context.featureRoute(dialed, caller);
        if (feature !== undefined) return feature;
        return dialed === '' ? rejection('NO_ROUTE') : routing.route(routedBy(caller, callId, dialed));
      },
    };
  }
}

/** The active numbers that the dialed text may be, as the carriers of these organizations write numbers. */
async function calledNumbers(incoming: Incoming, owners: readonly AddressOwner[]): Promise<readonly NumberItem[]> {
  const dialed = dialedIn(incoming.request.uri);
  // A number with plus is the same for all.
  const callings = dialed.startsWith('+')
    ? []
    : await Promise.all(owners.slice(0, maxClaims).map((owner) => callingTrunk(incoming, owner)));
  const origins = callings.flatMap((calling) => (calling === undefined ? [] : [originOf(calling)]));
  const numbers = [...origins, { country: '' }].flatMap((origin) => possibleNumbers(dialed, origin));
  return incoming.directory.activeNumbers([...new Set(numbers)]);
}

/** Undefined: the trunk or its organization is not in service. */
async function callingTrunk(
  { directory }: Incoming,
  { org_id: id, trunk_id }: Pick<AddressOwner, 'org_id' | 'trunk_id'>,
): Promise<CallingTrunk | undefined> {
  const [organization, trunk] = await Promise.all([directory.organization(id), directory.trunk(id, trunk_id)]);
  return organization !== undefined && trunk !== undefined && isInService(organization, trunk)
    ? { organization, trunk }
    : undefined;
}

/** @param called the number of the organization that a carrier calls */
async function admitTrunk(
  { request, directory, routing }: Incoming,
  calling: CallingTrunk,
  called?: NumberItem,
): Promise<Admission> {
  const { organization, trunk } = calling;
  const own = called ?? (await ownNumber(directory, organization.org_id, dialedBy(request, calling)));
  const caller = await trunkCaller(directory, organization, { trunk, request });
  return {
    kind: 'admitted',
    caller,
    trunk,
    domain: undefined,
    route: async (callId) => {
      const isOutside = trunk.type !== 'pbx';
      const dialed = dialedIn(request.uri);
      const blocked = isOutside
        ? await routing.routeBlocked(organization, blockableCaller(caller), {
            called: own?.number ?? dialed,
            user: own?.route?.type === 'user' ? own.route.id : undefined,
          })
        : undefined;
      if (blocked !== undefined) return blocked;
      return own === undefined
        ? routing.route(routedBy(caller, callId, dialed))
        : routing.routeNumber({ organization, asksUsers: true }, own, isOutside ? 'inbound' : 'internal');
    },
  };
}

/** The first of these numbers that is an active one of the organization. @param numbers E.164 */
async function ownNumber(
  directory: Incoming['directory'],
  organization: number,
  numbers: readonly string[],
): Promise<NumberItem | undefined> {
  const [number, ...others] = numbers;
  if (number === undefined) return undefined;
  if (others.length === 0) return directory.ownNumber(organization, number);
  return (await directory.activeNumbers(numbers)).find((found) => found.org_id === organization);
}

const isCarrier = ({ type }: AddressOwner): boolean => type === 'carrier';

/** How numbers of a trunk's calls are written. */
const originOf = ({ organization, trunk }: CallingTrunk) =>
  originOfCall(numberOriginOf(organization), { trunk: trunk.number_format });

/** The numbers that the called one may be, as the trunk writes numbers (E.164). */
const dialedBy = ({ uri }: SipRequest, calling: CallingTrunk): readonly string[] =>
  possibleNumbers(dialedIn(uri), originOf(calling));

/** A phone line without the feature `outbound` makes no calls. */
const mayCall = (account: AnyAccountItem): boolean =>
  account.kind !== 'line' || account.allow_features.includes('outbound');

const isInService = ({ status }: OrganizationItem, trunk: TrunkItem): boolean =>
  status !== 'closed' && trunk.status === 'active' && !trunk.suspended_by_operator;

const routedBy = ({ organization, number, isWithheld, user_id, reserves }: Caller, callId: string, called: string) => ({
  organization,
  callId,
  called,
  caller: isWithheld ? null : number,
  userId: user_id,
  reserves,
  asksUsers: true,
});

/** The response to a request that is not authenticated, and what is sent if it is too long for the request. */
export function rejectionsOf(
  outcome: Exclude<AuthenticationOutcome, { kind: 'authenticated' }>,
  flow: Flow,
  mayChallenge: (flow: Flow) => boolean,
): readonly ResponseParts[] {
  switch (outcome.kind) {
    case 'challenged':
      return mayChallenge(flow) ? challenges(outcome.headers) : [];
    case 'delayed':
      return [{ status: 503, headers: Headers.none.append(header.retryAfter, String(outcome.seconds)) }];
    case 'rejected':
      return [{ status: outcome.status, reason: outcome.reason }];
    case 'trunk':
      return [{ status: 403 }];
  }
}

/** All challenges; the last alone, MD5, for a packet that is shorter than all of them. */
const challenges = (headers: Headers): readonly ResponseParts[] => [
  { status: 407, headers },
  { status: 407, headers: new Headers([...headers].slice(-1)) },
];

import type { NumberItem } from '#dynamodb/rows/number.ts';
import type { TrunkItem } from '#dynamodb/rows/trunk.ts';
import type { AnyAccountItem, TrunkAccountItem } from '#functions/telephony/rows/sip-account.ts';
import {
  readClaims,
  readOwners,
  trunkClaimRow,
  type TrunkAddressItem,
  type TrunkClaimItem,
} from '#functions/telephony/rows/trunk-ip.ts';
import { cacheResults } from '#concurrency/cache.ts';
import { minute, second } from '#schema/time.ts';
import type { ResponseParts } from '#sip/build.ts';
import { credentialsOf } from '#sip/digest/server.ts';
import { header } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { normalizeHost } from '#sip/host.ts';
import type { SipRequest } from '#sip/message.ts';
import { isSipUri, userOf } from '#sip/uri.ts';
import { isBrokenNumber } from '#telephony/dialed-number.ts';
import { helpDialed } from '#telephony/help-dialed.ts';
import { numberOriginOf, writtenForms } from '#telephony/number-format.ts';
import { didSources, settingsOf } from '#telephony/peer-settings.ts';
import {
  admits,
  isConfirmed,
  provesSource,
  type AddressOwner,
  type SourceAddress,
} from '#telephony/trunk-addresses.ts';
import { HashedTable } from '../../tables/hashed-table.ts';
import { realmOf, type AuthenticationOutcome } from '../../registrar/authentication.ts';
import { notRegisteredHere } from '../../registrar/registrar.ts';
import { shortened, type RequestHandler } from '../../stack/request-handler.ts';
import type { Flow } from '../../transport/flow.ts';
import { causeNamed } from '../call/causes.ts';
import { contactOf } from '../legs/invitation.ts';
import { rejectionHeaders } from '../legs/sessions.ts';
import { blockableCaller, namedCaller, phoneCaller, trunkCaller, type Caller } from '../routing/caller.ts';
import { dialedIn, userPartOf } from '../routing/dialed.ts';
import { isServiceCall, withServiceNumber } from './service-calls.ts';
import { rejection, type Route, type RoutedCall } from '../routing/route.ts';
import type { AdmittedCall, Calls } from '../running/calls.ts';
import type { Uses } from '../running/context.ts';
import {
  calledNumbers,
  callingTrunk,
  dialedBy,
  maxClaims,
  namedBy,
  namedIn,
  originOf,
  originsOf,
  ownNumber,
  possiblyNamed,
  triedText,
  type CallingTrunk,
  type Incoming,
} from './called-numbers.ts';
import { SetUpQueue, type SetUpTurn } from './set-up-queue.ts';

/** Calls without ACK after which a source is silenced, and the time in which they count, in milliseconds. */
const unacknowledged = { max: 3, within: 10 * minute } as const;
/** Sources at most. */
const maxSources = 8_192;

/** Addresses whose calls are answered and not acknowledged: the sender of their INVITEs does not get our responses. */
export class SilencedSources {
  readonly #now: () => number;
  readonly #sources: HashedTable<'calls' | 'since'>;

  /** @param now Unix milliseconds */
  constructor(now: () => number) {
    this.#now = now;
    this.#sources = new HashedTable(['calls', 'since'], maxSources, now);
  }

  /** A call of the address was answered, and not acknowledged. */
  note(address: string): void {
    const { calls, since } = this.#sources.read(address) ?? { calls: 0, since: this.#now() };
    const isSilenced = calls + 1 >= unacknowledged.max;
    const from = isSilenced ? this.#now() : since;
    this.#sources.write(address, { calls: calls + 1, since: from }, from + unacknowledged.within);
  }

  /** Whether it is silenced, for 10 minutes after the last such call. */
  has(address: string): boolean {
    return (this.#sources.read(address)?.calls ?? 0) >= unacknowledged.max;
  }
}

/** INVITEs whose callers are identified at once. With more, phones would time out before the challenge. */
const maxInProgress = 500;

/** Owners and claims of source addresses: a stranger's INVITE costs these reads once in this time. */
const sources = { ttl: 5 * second, max: 10_000 } as const;

const unavailable: ResponseParts = { status: 503, headers: Headers.none.append(header.retryAfter, '5') };

/** To a number with blanks, keys or letters (RFC 3398 §7.2.4.1). */
const incomplete = shortened({ status: 484, headers: rejectionHeaders(causeNamed('INVALID_NUMBER_FORMAT')) });

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
      /** The INVITE, if what it calls was to be read by the country of the caller. */
      readonly request?: SipRequest;
      readonly route: (callId: string) => Promise<Route>;
    };

type AdmissionContext = Uses<{
  context: 'tableOf' | 'clock' | 'log';
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
  verification: true;
}> & {
  readonly fault: (error: unknown, request: SipRequest) => void;
};

type ReceivedInvite = Pick<AdmittedCall, 'request' | 'transaction' | 'receivedAt'>;

const rejected = (...responses: readonly ResponseParts[]): Admission => ({ kind: 'rejected', responses });

/** An INVITE from the address of a trunk. */
type Arriving = { readonly request: SipRequest; readonly turn: SetUpTurn; readonly flow: Flow };

/** The carriers at an address: all that say so, those whose address is confirmed, and the trunk of an organization. */
type Carriers = {
  readonly known: readonly AddressOwner[];
  readonly confirmed: readonly AddressOwner[];
  readonly callingOf: (organization: number | null) => Promise<CallingTrunk | undefined>;
};

/** A number that is called, and the trunk over which it is. */
type Called = { readonly calling: CallingTrunk; readonly number: NumberItem };

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
  /** Trunks whose calls to no number were noted in the log. */
  readonly #noted: HashedTable<'lines'>;
  #inProgress = 0;

  constructor(context: AdmissionContext, calls: Pick<Calls, 'begin'>) {
    this.#context = context;
    this.#calls = calls;
    const { tableOf, clock } = context.context;
    const [table, now] = [tableOf(0), (): number => clock().getTime()];
    this.#silenced = new SilencedSources(now);
    this.#setUps = new SetUpQueue(now);
    this.#noted = new HashedTable(['lines'], maxSources, now);
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
    {
      caller,
      trunk,
      route,
      request = received.request,
      domain = this.#context.domain,
    }: Extract<Admission, { kind: 'admitted' }>,
    isByAddress: boolean,
  ): Promise<void> {
    const { senders } = this.#context;
    const { flow } = received.transaction.flow;
    const party = { ...caller.leg, organization: caller.organization.org_id };
    await this.#calls.begin({
      ...received,
      request,
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
    const arriving = { request, turn, flow };
    if (other === undefined) return this.#admitCarrier(arriving, carriers, isUdp ? remote : undefined);
    // The port of a connection does not say which of several organizations at the address calls.
    if (owners.some((owner) => owner.org_id !== other.org_id)) return undefined;
    const incoming = await this.#takeTurn(arriving);
    if (incoming === undefined) return rejected(unavailable);
    for (const owner of others) {
      const calling = await callingTrunk(incoming, owner);
      if (calling !== undefined) return this.#admitTrunk(incoming, calling);
    }
    return rejected({ status: 404 });
  }

  /** Undefined: it has waited too long. */
  async #takeTurn({ request, turn, flow }: Arriving): Promise<Incoming | undefined> {
    const { address } = flow.remote;
    if (!(await turn.take(address))) return undefined;
    return { request, source: flow, ...this.#context.lookups(address, `${address} ${dialedIn(request.uri)}`) };
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
    const callingOf = async (holder: number | null): Promise<CallingTrunk | undefined> => {
      const owner =
        known.find(({ org_id: id }) => id === holder) ??
        // There may be more claims than were read.
        (claims.length < maxClaims ? undefined : await this.#claimOf(source, holder));
      return owner === undefined ? undefined : callingTrunk(incoming, owner);
    };
    const numbers = await calledNumbers(incoming, known);
    const { request } = incoming;
    for (const number of numbers) {
      const calling = await callingOf(number.org_id);
      if (calling !== undefined && dialedBy(request, calling).includes(number.number))
        return this.#admitTrunk(incoming, calling, number);
    }
    const confirmed = carriers.filter(isConfirmed);
    // An active number in the Request-URI decides, also one of others: no other header is read then.
    const named = numbers.length > 0 ? undefined : await this.#namedOf(incoming, { known, confirmed, callingOf });
    if (named !== undefined) return this.#admitTrunk(incoming, named.calling, named.number);
    const calling = await this.#answering(incoming, confirmed[0], known);
    if (calling !== undefined) return this.#noSuchNumber(request, calling);
    return confirmed.length === 0 ? undefined : rejected({ status: 404 });
  }

  /** The trunk whose settings a 404 names: a confirmed one, else the one whose Contact is called. */
  async #answering(
    incoming: Incoming,
    confirmed: AddressOwner | undefined,
    known: readonly AddressOwner[],
  ): Promise<CallingTrunk | undefined> {
    if (confirmed !== undefined) return callingTrunk(incoming, confirmed);
    for (const owner of known.slice(0, maxClaims)) {
      const calling = await callingTrunk(incoming, owner);
      if (calling !== undefined && (await this.#isOfContact(incoming, calling))) return calling;
    }
    return undefined;
  }

  /**
   * The number that another header names, and the trunk of its organization. It counts if the trunk has registered and
   * the Request-URI is its Contact, or the address is confirmed for its organization alone. Numbers of several
   * organizations are of none: the headers are the sender's.
   */
  async #namedOf(incoming: Incoming, { known, confirmed, callingOf }: Carriers): Promise<Called | undefined> {
    const { request, directory } = incoming;
    const dialed = dialedIn(request.uri);
    // Most carriers write the same everywhere, which was looked up.
    const names = namedIn(request, didSources).filter((each) => each.dialed !== dialed);
    if (names.length === 0) return undefined;
    const active = await directory.activeNumbers(possiblyNamed(names, await originsOf(incoming, known)));
    const [only, ...others] = new Set(confirmed.map(({ org_id: id }) => id));
    const found: Called[] = [];
    for (const [id, numbers] of Map.groupBy(active, ({ org_id: holder }) => holder)) {
      const calling = await callingOf(id);
      const counts =
        calling !== undefined && ((only === id && others.length === 0) || (await this.#isOfContact(incoming, calling)));
      const number = counts ? namedBy(request, calling, numbers) : undefined;
      if (calling !== undefined && number !== undefined) found.push({ calling, number });
    }
    return found.length === 1 ? found[0] : undefined;
  }

  /** Whether the Request-URI is the Contact that a trunk has registered. */
  async #isOfContact(
    { request: { uri }, directory }: Incoming,
    { organization, trunk }: CallingTrunk,
  ): Promise<boolean> {
    const { host } = this.#context.settings.advertised;
    const user = settingsOf(trunk).contact_user ?? trunk.username;
    if (!trunk.register || user === null || !isSipUri(uri) || userOf(uri) !== user) return false;
    return (
      normalizeHost(uri.host) === normalizeHost(host) && (await directory.isRegistered(organization.org_id, trunk.id))
    );
  }

  /** The response to a carrier whose call is of no number: it names what was read, and how its trunk writes numbers. */
  #noSuchNumber(request: SipRequest, calling: CallingTrunk): Admission {
    const { id } = calling.trunk;
    const dialed = dialedIn(request.uri);
    if (isBrokenNumber(dialed, originOf(calling))) return rejected(...incomplete);
    const tried = this.#triedBy(request, calling);
    if (tried === undefined && dialed.startsWith('+')) return rejected({ status: 404 });
    const forms = `number_format of ${id}: ${writtenForms(originOf(calling))}`;
    const reason = `Not Found by the ${tried === undefined ? 'number_format' : 'did_source'} of ${id}`;
    const headers = this.#warning(tried === undefined ? forms : `${tried}; ${forms}`);
    return rejected(...shortened({ status: 404, reason, headers }), { status: 404 });
  }

  #warning(text: string): Headers {
    return Headers.none.append(header.warning, `399 ${this.#context.settings.advertised.host} "${text}"`);
  }

  /** What was read of a call to no number, which the log says, too. Undefined: nothing but the Request-URI. */
  #triedBy(request: SipRequest, calling: CallingTrunk): string | undefined {
    const { did_source: sources } = settingsOf(calling.trunk);
    if (sources.every((source) => source === 'request_uri')) return undefined;
    const tried = `did_source of ${calling.trunk.id}: ${triedText(request, sources)}`;
    this.#noteTried(calling, tried);
    return tried;
  }

  /** A line of the log, one a minute for each trunk: over UDP anyone may write an address. */
  #noteTried({ organization, trunk: { id } }: CallingTrunk, tried: string): void {
    if (this.#noted.read(id) !== undefined) return;
    this.#noted.write(id, { lines: 1 }, this.#context.context.clock().getTime() + minute);
    this.#context.context.log.note('no number of a call', { organization: organization.org_id, trunk: id, tried });
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
    flow: Flow,
    { org_id, trunk_id }: TrunkAccountItem,
  ): Promise<Admission> {
    const { remote } = flow;
    const incoming = {
      request,
      source: flow,
      ...this.#context.lookups(trunk_id, `${trunk_id} ${dialedIn(request.uri)}`),
    };
    const [calling, addresses] = await Promise.all([
      callingTrunk(incoming, { org_id, trunk_id }),
      incoming.directory.addressesOf(org_id, trunk_id),
    ]);
    const isListed = addresses.includes(remote.address);
    return calling === undefined || !isListed || calling.trunk.type === 'carrier'
      ? rejected({ status: 403 })
      : this.#admitTrunk(incoming, calling);
  }

  /** @param called the number of the organization that a carrier calls */
  async #admitTrunk(received: Incoming, calling: CallingTrunk, called?: NumberItem): Promise<Admission> {
    const { organization, trunk } = calling;
    // Another platform calls its own help.
    if (isServiceCall(received.request) && trunk.type !== 'pbx') return rejected({ status: 404 });
    const request = withServiceNumber(received.request, organization);
    const incoming = { ...received, request };
    const { directory, routing } = incoming;
    const own = called ?? (await ownNumber(incoming, calling));
    const named = await trunkCaller(directory, organization, { trunk, request });
    const blocked = trunk.type === 'pbx' ? undefined : await blockedRoute(incoming, named, own);
    const isServed = blocked?.kind !== 'rejected' && organization.status === 'active';
    const caller =
      own === undefined || !isServed ? named : await this.#verified(incoming, calling, { caller: named, own });
    const direction = trunk.type === 'pbx' ? 'internal' : 'inbound';
    const route = async (callId: string): Promise<Route> => {
      if (own === undefined)
        return blocked ?? this.#decided(incoming, calling, routedBy(caller, callId, dialedIn(request.uri)));
      const found = blocked ?? (await routing.routeNumber({ organization, asksUsers: true }, own, direction));
      return routing.payInbound({ organization, callId }, own, found);
    };
    return { kind: 'admitted', caller, trunk, domain: undefined, request, route };
  }

  /**
   * A caller with what is known of it by STIR/SHAKEN. Who calls no number of the platform, or is rejected by a block or
   * a suspension, costs no verification.
   */
  async #verified(
    { request, source }: Incoming,
    { organization: { org_id: organization }, trunk }: CallingTrunk,
    { caller, own }: { readonly caller: Caller; readonly own: NumberItem },
  ): Promise<Caller> {
    const trusts = trunk.trusts_verstat === true;
    const { stir, identities } = await this.#context.verification.verify({
      ...{ request, trunk: trunk.id, named: namedCaller(request, trunk), orig: caller.leg.number, dest: own.number },
      isTrusted: trusts && (await this.#isConfirmed(source, { organization, trunk: trunk.id })),
    });
    return { ...caller, stir, ...(identities.length > 0 && { identities }) };
  }

  /** Whether a request comes from an address of the trunk that its seller trusts, or its holder has proven. */
  async #isConfirmed(
    { transport, remote }: Pick<Flow, 'transport' | 'remote'>,
    { organization, trunk }: { readonly organization: number; readonly trunk: string },
  ): Promise<boolean> {
    const isUdp = transport === 'udp';
    return (await this.#ownersOf(remote.address))
      .filter(({ port }) => !isUdp || port === remote.port)
      .flatMap(({ owners }) => owners)
      .some((owner) => owner.org_id === organization && owner.trunk_id === trunk && provesSource(owner, isUdp));
  }

  /** What the dial plan decides of a trunk's call. A 404 says what was read. */
  async #decided({ request, routing }: Incoming, calling: CallingTrunk, call: RoutedCall): Promise<Route> {
    const written = calling.trunk.type === 'peer' ? {} : { written: userPartOf(request.uri) };
    const decided = await routing.route({ ...call, ...written });
    if (decided.kind !== 'rejected' || decided.status !== 404) return decided;
    const tried = this.#triedBy(request, calling);
    return tried === undefined ? decided : { ...decided, passes: { headers: this.#warning(tried) } };
  }

  async #admitPhone(received: SipRequest, flow: Flow, account: AnyAccountItem): Promise<Admission> {
    const { mayRegister, locate, lookups } = this.#context;
    const { directory, routing } = lookups(account.sip_username, `${account.org_id} ${dialedIn(received.uri)}`);
    const organization = await directory.organization(account.org_id);
    if (organization === undefined) return rejected({ status: 403 });
    const request = withServiceNumber(received, organization);
    const dialed = dialedIn(request.uri);
    const callsHelp = helpDialed(dialed, numberOriginOf(organization)) !== undefined;
    if (!(callsHelp || mayCall(account)) || !(await mayRegister(account, flow))) return rejected({ status: 403 });
    // What a stranger has from a phone, by challenging its re-INVITE, is right, and is worth nothing elsewhere. The URI
    // of the credentials says nothing: phones write odd ones, and the stranger's Contact may be what it wants to dial.
    if ((await locate(account, flow.remote.address)) !== 'here') return rejected(notRegisteredHere);
    const caller = await phoneCaller(directory, organization, { account, request });
    return {
      kind: 'admitted',
      caller,
      trunk: undefined,
      request,
      domain: account.domain,
      route: async (callId) => {
        const feature = await this.#context.featureRoute(dialed, caller);
        if (feature !== undefined) return feature;
        return dialed === '' ? rejection('NO_ROUTE') : routing.route(routedBy(caller, callId, dialed));
      },
    };
  }
}

/** Where a call goes from a caller that its organization blocks. @param own the number that it calls */
const blockedRoute = ({ request, routing }: Incoming, caller: Caller, own: NumberItem | undefined) =>
  routing.routeBlocked(caller.organization, blockableCaller(caller), {
    called: own?.number ?? dialedIn(request.uri),
    own,
  });

const isCarrier = ({ type }: AddressOwner): boolean => type === 'carrier';

/** A phone line without the feature `outbound` calls help only. */
const mayCall = (account: AnyAccountItem): boolean =>
  account.kind !== 'line' || account.allow_features.includes('outbound');

const routedBy = ({ organization, number, isWithheld, user_id, reserves }: Caller, callId: string, called: string) => ({
  organization,
  callId,
  called,
  caller: isWithheld ? null : number,
  presented: number,
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

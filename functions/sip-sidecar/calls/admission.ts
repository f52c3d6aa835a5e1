import { readToEnd } from '../../../shared/dynamodb/read-to-end.ts';
import type { OrganizationItem } from '../../../shared/dynamodb/rows/organization.ts';
import { second } from '../../../shared/schema/time.ts';
import type { ResponseParts } from '../../../shared/sip/build.ts';
import { header } from '../../../shared/sip/header-kinds.ts';
import { Headers } from '../../../shared/sip/headers.ts';
import type { SipRequest } from '../../../shared/sip/message.ts';
import { readNumber } from '../../../shared/telephony/dialed-number.ts';
import { numberOriginOf, originOfCall } from '../../../shared/telephony/number-format.ts';
import type { AddressOwner } from '../../../shared/telephony/trunk-addresses.ts';
import type { TrunkItem } from '../../../shared/dynamodb/rows/trunk.ts';
import { trunkAddressRow, type TrunkAddressItem } from '../../telephony/rows/trunk-ip.ts';
import type { AnyAccountItem } from '../../telephony/rows/sip-account.ts';
import { cacheResults } from '../cache.ts';
import type { SidecarContext } from '../leases/membership.ts';
import type { Authenticate, AuthenticationOutcome } from '../registrar/authentication.ts';
import type { MayRegister } from '../registrar/permissions.ts';
import { shortened, type RequestHandler, type Transaction } from '../request-handler.ts';
import type { Flow } from '../transport/flow.ts';
import { phoneCaller, trunkCaller, userIn, type Caller } from './caller.ts';
import type { Directory } from './directory.ts';
import { refusal, type Route, type Routing } from './routing.ts';

/** INVITEs whose callers are identified at once. With more, phones would time out before the challenge. */
const maxInProgress = 500;

/** Owners of source addresses: a stranger's INVITE costs one read in this time. */
const addresses = { ttl: 5 * second, max: 10_000 } as const;

const unavailable: ResponseParts = { status: 503, headers: Headers.none.append(header.retryAfter, '5') };

/** An identified caller, and how its call is routed; or the response that rejects it. */
export type Admission =
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

/** The dependencies of admission. */
export type AdmissionDependencies = {
  readonly context: Pick<SidecarContext, 'tableOf' | 'clock'>;
  readonly directory: Directory;
  readonly routing: Pick<Routing, 'route' | 'routeNumber'>;
  readonly authenticate: Authenticate;
  readonly mayRegister: MayRegister;
  /** Whether the limit of challenges of this source is not reached. */
  readonly mayChallenge: (flow: Flow) => boolean;
  /** Whether this task or another one has a binding of the user name. */
  readonly isRegistered: (account: AnyAccountItem) => Promise<boolean>;
  /** Whether this task takes calls. */
  readonly isReady: () => boolean;
  readonly onAdmitted: (
    request: SipRequest,
    transaction: Transaction,
    admission: Extract<Admission, { kind: 'admitted' }>,
  ) => Promise<void>;
  readonly fault: (error: unknown, request: SipRequest) => void;
};

const rejected = (...responses: readonly ResponseParts[]): Admission => ({ kind: 'rejected', responses });

/**
 * Who may call: a trunk by its address, or a phone that is registered and proves its password. Everything else is
 * rejected without work, and never relayed.
 */
export class CallAdmission {
  readonly #dependencies: AdmissionDependencies;
  readonly #ownersOf: (address: string) => Promise<readonly TrunkAddressItem[]>;
  #inProgress = 0;

  constructor(dependencies: AdmissionDependencies) {
    this.#dependencies = dependencies;
    const { context } = dependencies;
    this.#ownersOf = cacheResults(
      (address: string) =>
        readToEnd((range) =>
          context
            .tableOf(0)
            .query<'trunkip-address', TrunkAddressItem, { address: string }>(trunkAddressRow, { address }, range),
        ),
      addresses,
      () => context.clock().getTime(),
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
    this.#admit(request, transaction)
      .catch((error: unknown) => {
        this.#dependencies.fault(error, request);
        transaction.respondOnce(shortened(unavailable));
      })
      .finally(() => {
        this.#inProgress -= 1;
      });
  };

  #rejection({ headers }: SipRequest): ResponseParts | undefined {
    if (headers.one(header.maxForwards) === 0) return { status: 483 };
    return this.#inProgress >= maxInProgress || !this.#dependencies.isReady() ? unavailable : undefined;
  }

  async #admit(request: SipRequest, transaction: Transaction): Promise<void> {
    const { flow } = transaction.flow;
    const admission = (await this.#admitTrunk(request, flow)) ?? (await this.#admitPhone(request, flow));
    // A caller that has cancelled in between got its response.
    if (admission.kind === 'rejected') transaction.respondOnce(admission.responses);
    else if (transaction.state === 'proceeding') await this.#dependencies.onAdmitted(request, transaction, admission);
  }

  /** A call from the address of a trunk. Undefined: the address is of no trunk. */
  async #admitTrunk(request: SipRequest, { transport, remote }: Flow): Promise<Admission | undefined> {
    const places = await this.#ownersOf(remote.address);
    // The source port of a connection says nothing.
    const owners = places
      .filter(({ port }) => transport !== 'udp' || port === remote.port)
      .flatMap((place) => place.owners.filter(({ active }) => active));
    if (owners.length === 0) return undefined;
    for (const owner of owners) {
      const admission = await this.#admitOwner(request, owner);
      if (admission !== undefined) return admission;
    }
    return rejected({ status: 404 });
  }

  /** Undefined: the called number is not of this owner. */
  async #admitOwner(request: SipRequest, { org_id: id, trunk_id }: AddressOwner): Promise<Admission | undefined> {
    const { directory, routing } = this.#dependencies;
    const [organization, trunk] = await Promise.all([directory.organization(id), directory.trunk(id, trunk_id)]);
    if (organization === undefined || trunk === undefined || !isInService(organization, trunk)) return undefined;
    const dialed = userIn(request.uri);
    const number = readNumber(dialed, originOfCall(numberOriginOf(organization), { trunk: trunk.number_format }));
    const own = number === null ? undefined : await directory.ownNumber(id, number);
    if (own === undefined && trunk.type === 'carrier') return undefined;
    const caller = await trunkCaller(directory, organization, { trunk, request });
    return {
      kind: 'admitted',
      caller,
      trunk,
      domain: undefined,
      route: (callId) =>
        own === undefined
          ? routing.route(routedBy(caller, callId, dialed))
          : routing.routeNumber(organization, own, trunk.type === 'pbx' ? 'internal' : 'inbound'),
    };
  }

  async #admitPhone(request: SipRequest, flow: Flow): Promise<Admission> {
    const { authenticate, mayChallenge, mayRegister, isRegistered, directory, routing } = this.#dependencies;
    const outcome = await authenticate(request, flow, 'proxy');
    if (outcome.kind !== 'authenticated') return rejected(...rejectionsOf(outcome, flow, mayChallenge));
    const { account } = outcome;
    const organization = await directory.organization(account.org_id);
    if (
      organization === undefined ||
      !mayCall(account) ||
      !(await mayRegister(account, flow)) ||
      !(await isRegistered(account))
    )
      return rejected({ status: 403 });
    const caller = await phoneCaller(directory, organization, { account, request });
    const dialed = userIn(request.uri);
    return {
      kind: 'admitted',
      caller,
      trunk: undefined,
      domain: account.domain,
      route: async (callId) => (dialed === '' ? refusal('NO_ROUTE') : routing.route(routedBy(caller, callId, dialed))),
    };
  }
}

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
  }
}

/** All challenges; the last alone, MD5, for a packet that is shorter than all of them. */
const challenges = (headers: Headers): readonly ResponseParts[] => [
  { status: 407, headers },
  { status: 407, headers: new Headers([...headers].slice(-1)) },
];

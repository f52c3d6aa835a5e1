import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { TrunkItem } from '#dynamodb/rows/trunk.ts';
import { header } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import type { PeerRefer, Replaces } from '#sip/session/session.ts';
import { minute, second } from '#schema/time.ts';
import type { CallLeg } from '#telephony/call.ts';
import { isBrokenNumber, possibleNumbers } from '#telephony/dialed-number.ts';
import { isEmergencyNumber } from '#telephony/emergency-spellings.ts';
import { numberOriginOf, originOfCall } from '#telephony/number-format.ts';
import { settingsOf, type StoredPeerSettings } from '#telephony/peer-settings.ts';
import { HashedTable } from '../../tables/hashed-table.ts';
import { isSameAddress } from '../../transport/flow.ts';
import { passedStatus } from '../call/causes.ts';
import type { Failure } from '../call/hunt.ts';
import { transferReservation } from '../call/limits.ts';
import { connectedLeg } from '../call/record.ts';
import { otherSide, type Side } from '../call/state.ts';
import { Speaker } from '../legs/speaker.ts';
import { dialedIn } from '../routing/dialed.ts';
import { reachesHelp, rejection, type RoutedCall, type Route } from '../routing/route.ts';
import type { Uses } from '../running/context.ts';
import type { Leave } from '../running/leave.ts';
import type { RunningCall } from '../running/running-call.ts';
import { joinTo, type LeavingParty } from './joining.ts';
import type { NewParties } from './new-parties.ts';

/** REFERs of a trunk or gateway in a minute, and trunks and gateways of which they are counted. */
const limit = { max: 10, within: minute, peers: 8_192 } as const;

type ReferencesContext = Uses<{
  context: 'clock';
  directory: 'organization' | 'trunk' | 'gateway' | 'ownNumber' | 'confirmedAddressesOf' | 'activeNumbers';
  routing: 'route' | 'routeNumber' | 'routeExtension';
  decider: 'release';
  fault: true;
}>;

/** What is shared with the references of phones. */
type Parts = {
  readonly newParties: NewParties;
  /** Whether a URI is at the platform, or at a domain of the organization. */
  readonly isHere: (organization: number, to: PeerRefer['to']) => Promise<boolean>;
  /** The party of a dialog of the organization, of those that count. */
  readonly partyOf: (
    replaces: Replaces,
    organization: number,
    counts: (party: CallLeg | undefined) => boolean,
  ) => LeavingParty | { readonly status: number };
};

/** A party that has sent a REFER. `leave`: by which it leaves; undefined: it may not be replaced now. */
export type AskingParty = LeavingParty & { readonly party: CallLeg; readonly leave?: Leave | undefined };

/** The trunk or gateway of a leg that asks for a transfer, and as what it may call. */
type Referring = AskingParty & {
  readonly leave: Leave;
  readonly organization: OrganizationItem;
  /** The PBX as which it calls anything, by its plan and money; undefined: it reaches extensions only. */
  readonly pbx: TrunkItem | undefined;
};

/**
 * REFER of trunks and gateways whose setting `refer` is `accept` (functions/sip-sidecar/calls/transfers/README.md,
 * "REFER of trunks and gateways").
 */
export class PeerReferences {
  readonly #context: ReferencesContext;
  readonly #parts: Parts;
  readonly #counts: HashedTable<'count' | 'until'>;

  constructor(context: ReferencesContext, parts: Parts) {
    this.#context = context;
    this.#parts = parts;
    this.#counts = new HashedTable(['count', 'until'], limit.peers, () => this.#now());
  }

  /** Processes a REFER of a trunk or gateway. */
  async refer({ call, side, party, leave }: AskingParty, refer: PeerRefer): Promise<void> {
    const { org_id: id } = call.record;
    // It may have hung up when it is known what it may do.
    const spokeFrom = addressOf(call, side);
    const [organization, found] = await Promise.all([
      this.#context.directory.organization(id),
      this.#settingsOf(id, party),
    ]);
    if (organization === undefined || found === undefined || settingsOf(found.peer).refer !== 'accept') {
      refer.reject(603);
      return;
    }
    const wait = this.#waitOf(idOf(party));
    if (wait > 0) refer.reject(603, Headers.none.append(header.retryAfter, String(wait)));
    else if (leave === undefined) refer.reject(491);
    else if (!(await this.#parts.isHere(id, refer.to))) refer.reject(403);
    else {
      const isPbx =
        found.trunk?.type === 'pbx' && (await this.#isAdmitted({ call, side, party }, found.trunk.id, spokeFrom));
      const pbx = isPbx ? found.trunk : undefined;
      const referring = { call, side, organization, party, leave, pbx };
      const report = refer.accept();
      if (refer.replaces !== undefined) await this.#toDialog(referring, refer.replaces, report);
      else await this.#toParty(referring, dialedIn(refer.to), report);
    }
  }

  #now(): number {
    return this.#context.context.clock().getTime();
  }

  async #settingsOf(
    organization: number,
    { trunk_id: trunkId, gateway_id: gatewayId }: CallLeg,
  ): Promise<{ readonly peer: StoredPeerSettings; readonly trunk?: TrunkItem } | undefined> {
    const { directory } = this.#context;
    if (trunkId !== null) {
      const trunk = await directory.trunk(organization, trunkId);
      return trunk?.status === 'active' && !trunk.suspended_by_operator ? { peer: trunk, trunk } : undefined;
    }
    const gateway = gatewayId === null ? undefined : await directory.gateway(organization, gatewayId);
    return gateway?.peer == null ? undefined : { peer: gateway.peer };
  }

  /** Counts a REFER. @returns seconds after which the next one counts again; 0: this one does */
  #waitOf(peer: string): number {
    const now = this.#now();
    const { count, until } = this.#counts.read(peer) ?? { count: 0, until: now + limit.within };
    if (count >= limit.max) return Math.max(1, Math.ceil((until - now) / second));
    this.#counts.write(peer, { count: count + 1, until }, until);
    return 0;
  }

  /**
   * Whether a PBX was admitted by credentials or proof: it has called, or speaks from an address of its list that is
   * proven or trusted. One that was called was found by the host that its tenant has written.
   */
  async #isAdmitted(
    { call: { record }, side, party }: AskingParty,
    trunk: string,
    spokeFrom: string | undefined,
  ): Promise<boolean> {
    if (side === 'source' && record.began_by === 'trunk' && party.transfer === undefined) return true;
    const addresses = await this.#context.directory.confirmedAddressesOf(record.org_id, trunk);
    return spokeFrom !== undefined && addresses.some((address) => isSameAddress(address, spokeFrom));
  }

  /** Unattended: the other party gets a new one, which is decided as a call of the PBX, or is an extension. */
  async #toParty(referring: Referring, called: string, report: (status: number) => void): Promise<void> {
    const { call, side, organization, leave, pbx } = referring;
    const { newParties } = this.#parts;
    const caller = pbx === undefined ? null : await newParties.ownNumberOf(call.record);
    const payer = { organization, caller, userId: null, reserves: pbx !== undefined };
    const count = newParties.nextCount(call);
    const callId = transferReservation(call.record.id, count);
    const routed = { ...payer, called, callId, isInProgress: true, asksUsers: true };
    const route = await this.#routed(routed, pbx).catch((error: unknown) => this.#unrouted(error));
    if (route.kind === 'rejected') {
      report(route.status);
      await this.#context.decider.release(organization, callId);
      return;
    }
    const onSettled = (outcome: Failure): void => {
      leave.settle(outcome);
      report(passedStatus(outcome.status));
    };
    const asked = { side, isReferred: true, leave, onProgress: report, onSettled, payer, count };
    await newParties.begin(call, asked, route);
  }

  async #routed(call: RoutedCall, pbx: TrunkItem | undefined): Promise<Route> {
    const { directory, routing } = this.#context;
    const { organization, called } = call;
    const origin = originOfCall(numberOriginOf(organization), { trunk: pbx?.number_format });
    // A person calls for help, and no switch in its place.
    if (isEmergencyNumber(called, origin)) return rejection('POLICY_DENY');
    if (pbx === undefined) return routing.routeExtension(organization.org_id, called);
    const numbers = isBrokenNumber(called, origin) ? [] : possibleNumbers(called, origin);
    const own = (await directory.activeNumbers(numbers)).find(({ org_id: id }) => id === organization.org_id);
    if (own !== undefined) return routing.routeNumber({ organization, asksUsers: true }, own, 'internal');
    const route = await routing.route(call);
    return route.kind === 'routed' && reachesHelp(route, organization) ? rejection('POLICY_DENY') : route;
  }

  #unrouted(error: unknown): { readonly kind: 'rejected'; readonly status: number } {
    this.#context.fault(error);
    return { kind: 'rejected', status: 503 };
  }

  /** Attended: the parties that stay of two calls of the same trunk or gateway are joined. */
  async #toDialog(referring: Referring, replaces: Replaces, report: (status: number) => void): Promise<void> {
    const { call, party, leave, pbx } = referring;
    const isOfPeer = (other: CallLeg | undefined): boolean => other !== undefined && idOf(other) === idOf(party);
    const found = this.#parts.partyOf(replaces, call.record.org_id, isOfPeer);
    if ('status' in found || (pbx === undefined && !isInside(staying(found))))
      report('status' in found ? found.status : 403);
    else {
      const permits = async () => true;
      const status = await joinTo({ call, leave }, found, { permits, onJoined: () => report(200) });
      if (status !== 200) report(status);
    }
  }
}

/** The address from which a party has sent its last request or response. */
function addressOf(call: RunningCall, side: Side): string | undefined {
  const speaker = call.legs.sessionOf(side)?.route?.sender.speaker;
  return speaker instanceof Speaker ? speaker.last?.remote.address : undefined;
}

/** Whose a leg is: of its trunk, else of its gateway. */
const idOf = ({ trunk_id: trunk, gateway_id: gateway }: CallLeg): string => trunk ?? gateway ?? '';

/** The party of a call that stays. */
const staying = ({ call, side }: { readonly call: Pick<RunningCall, 'record'> } & Pick<LeavingParty, 'side'>) =>
  connectedLeg(call.record, otherSide(side));

/** Whether a party is a phone of the organization. */
const isInside = (leg: CallLeg | undefined): boolean => leg?.kind === 'device' || leg?.kind === 'line';

import type { CallActionCommand, CallActionOutcome } from '#sidecar/call-command.ts';
import type { CallLeg } from '#telephony/call.ts';
import type { PeerRefer, Replaces } from '#sip/session/session.ts';
import { isSipUri, type Uri } from '#sip/uri.ts';
import { dialedIn } from '../routing/dialed.ts';
import { emergencyCallOf, noteEmergencyCall } from '../records/emergency.ts';
import { transferReservation } from '../call/limits.ts';
import { connectedLeg } from '../call/record.ts';
import { callingUser } from '../routing/caller.ts';
import { passedStatus } from '../call/causes.ts';
import type { Failure } from '../call/hunt.ts';
import { isOwnHost, platformHosts, type PlatformHosts } from '../routing/redirect.ts';
import { deniedCommand } from '../routing/denied-command.ts';
import type { AdmittedCall, Calls } from '../running/calls.ts';
import type { Uses } from '../running/context.ts';
import type { RunningCall } from '../running/running-call.ts';
import { joinCalls, type LeavingParty } from './joining.ts';
import { wantedSlot, type Parking } from './parking.ts';
import { PeerReferences } from './peer-references.ts';
import { mayReplace, replaceParty, type FindReplaced } from './pickup.ts';
import type { RingingCalls } from './ringing-calls.ts';
import type { NewParties } from './new-parties.ts';

type TransfersContext = Uses<{
  context: 'tryCommit' | 'recorderOf' | 'clock';
  settings: 'advertised';
  domain: true;
  directory: true;
  routing: 'route' | 'routeEnd' | 'routeNumber' | 'routeExtension';
  decider: 'release';
  sessions: 'replaced' | 'accept';
  rightOf: true;
  fault: true;
}>;

/** What transfers ask of others. */
type OfOthers = Pick<RingingCalls, 'pickUpDialog'> & Pick<Parking, 'park' | 'fetchDialog'>;
const noOthers: OfOthers = {
  pickUpDialog: async () => false,
  fetchDialog: async () => false,
  park: async () => undefined,
};

/**
 * Transfers of answered calls (RFC 5359 §2.4, §2.5): by the API, by REFER of a phone, and by Replaces. The new party is
 * what was dialed, and is decided as that of a new call: no URI of a request is followed.
 */
export class Transfers {
  readonly #context: TransfersContext;
  readonly #calls: Pick<Calls, 'all'>;
  /** Hosts of the platform that phones may name in a Refer-To. */
  readonly #hosts: PlatformHosts;
  readonly #newParties: NewParties;
  readonly #others: OfOthers;
  readonly #peers: PeerReferences;

  constructor(
    context: TransfersContext,
    calls: Pick<Calls, 'all'>,
    newParties: NewParties,
    others: OfOthers = noOthers,
  ) {
    this.#context = context;
    this.#calls = calls;
    this.#newParties = newParties;
    this.#others = others;
    this.#hosts = platformHosts(context);
    this.#peers = new PeerReferences(context, {
      newParties,
      isHere: (organization, to) => this.#isHere(organization, to),
      partyOf: (replaces, organization, counts) => this.#partyOf(replaces, organization, counts),
      join: (...of) => this.#join(...of),
    });
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
    const number = await this.#newParties.ownNumberOf(call.record);
    const payer = { organization, caller: number, userId: caller.user_id, reserves: !caller.own_only };
    const count = this.#newParties.nextCount(call);
    const reservation = transferReservation(call.record.id, count);
    const routed = { ...payer, callId: reservation, isInProgress: true, asksUsers: true };
    const route = await routing.routeEnd(routed, destination);
    if (route.kind === 'rejected') {
      await this.#context.decider.release(organization, reservation);
      return deniedCommand(route, 'destination');
    }
    const made = { ...emergencyCallOf(call.record), user: caller.user_id, device: null };
    const called = 'number' in destination ? destination.number : made.called;
    noteEmergencyCall(this.#context, route, { ...made, caller: number ?? made.caller, called });
    const asked = { side: 'destination', isReferred: false, onProgress: () => undefined, onSettled } as const;
    // A call that was just answered is being joined.
    void call.joined().then(() => this.#newParties.begin(call, { ...asked, payer, count }, route).catch(fault));
    return { kind: 'accepted' };
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

  /** @param counts default: only phones are replaced, as what a gateway or trunk carries is charged */
  #partyOf(
    replaces: Replaces,
    organization: number,
    counts: (party: CallLeg | undefined) => boolean = isPhone,
  ): LeavingParty | { readonly status: number } {
    const session = this.#context.sessions.replaced(replaces);
    if ('status' in session) return session;
    for (const call of this.#calls.all()) {
      const leg = call.record.org_id === organization ? call.legs.legOf(session) : undefined;
      const side = leg === undefined ? undefined : call.legs.sideOf(leg);
      if (side !== undefined && counts(connectedLeg(call.record, side)))
        return call.mayTransfer ? { call, side } : { status: 491 };
    }
    return { status: 481 };
  }

  async #refer(call: RunningCall, leg: string, refer: PeerRefer): Promise<void> {
    const side = call.legs.sideOf(leg);
    const party = side === undefined ? undefined : connectedLeg(call.record, side);
    if (side === undefined || party === undefined) refer.reject(603);
    else if (!isPhone(party)) await this.#peers.refer({ call, side }, party, refer);
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
    const caller = number ?? (await this.#newParties.ownNumberOf(call.record));
    const payer = { organization, caller, userId: party.user_id, reserves: true };
    const count = this.#newParties.nextCount(call);
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
      const { user_id: user, device_id: device, target } = party;
      const made = { organization: id, call: call.record.id, user, device, caller: caller ?? target, called };
      noteEmergencyCall(this.#context, route, made);
      const onSettled = ({ status }: Failure) => report(passedStatus(status));
      await this.#newParties.begin(
        call,
        { side, isReferred: true, onProgress: report, onSettled, payer, count },
        route,
      );
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

  /** Whether a phone may call, and a URI names the platform, or a domain of the organization. */
  async #mayRefer(organization: number, { line }: CallLeg, to: Uri): Promise<boolean> {
    const { directory } = this.#context;
    return line === null || (await directory.mayLineCall(organization, line)) ? this.#isHere(organization, to) : false;
  }

  async #isHere(organization: number, to: Uri): Promise<boolean> {
    if (!isSipUri(to)) return to.scheme === 'tel';
    return isOwnHost(this.#context.directory, this.#hosts, organization, to.host);
  }
}

const isPhone = (leg: CallLeg | undefined): leg is CallLeg => leg?.kind === 'device' || leg?.kind === 'line';

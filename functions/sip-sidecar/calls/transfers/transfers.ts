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
import type { WantedTransfer } from '../running/parties.ts';
import type { RunningCall } from '../running/running-call.ts';
import type { Leave } from '../running/leave.ts';
import { joinTo, type LeavingParty } from './joining.ts';
import { wantedSlot, type Parking } from './parking.ts';
import { PeerReferences, type AskingParty } from './peer-references.ts';
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
    });
  }

  /**
   * Joins the source to a new party. Its destination leaves when that has answered.
   * @param onSettled what became of it, if it was accepted. 200: the parties are joined
   */
  async transfer(
    call: RunningCall,
    command: CallActionCommand,
    onSettled: (outcome: Failure) => void,
  ): Promise<CallActionOutcome> {
    if (!(call.mayTransfer || call.isJoining)) return { kind: 'invalid_state' };
    const leave = call.beginLeave('destination');
    const settle = (outcome: Failure): void => {
      leave?.settle(outcome);
      onSettled(outcome);
    };
    let isAccepted = false;
    try {
      const outcome = await this.#transfer(call, command, { leave, onSettled: settle });
      isAccepted = outcome.kind === 'accepted';
      return outcome;
    } finally {
      if (!isAccepted) leave?.settle(notMade);
    }
  }

  async #transfer(
    call: RunningCall,
    { organization: id, caller, destination }: CallActionCommand,
    how: Pick<WantedTransfer, 'leave' | 'onSettled'>,
  ): Promise<CallActionOutcome> {
    const { directory, routing, fault } = this.#context;
    const organization = await directory.organization(id);
    if (destination === undefined || organization === undefined) return { kind: 'invalid_state' };
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
    const asked = { ...how, side: 'destination', isReferred: false, onProgress: () => undefined } as const;
    // A call that was just answered is being joined.
    void call.joined().then(() => this.#newParties.begin(call, { ...asked, payer, count }, route).catch(fault));
    return { kind: 'accepted' };
  }

  /** A REFER of the party of a leg. */
  readonly onRefer = (call: RunningCall, leg: string, refer: PeerRefer): void => {
    const side = call.legs.sideOf(leg);
    const party = side === undefined ? undefined : connectedLeg(call.record, side);
    if (side === undefined || party === undefined) {
      refer.reject(603);
      return;
    }
    // Phones hang up as soon as they have the response, or before.
    const leave = call.beginLeave(side);
    const answered = leave === undefined ? refer : settling(refer, leave);
    this.#refer({ call, side, party, leave }, answered).catch((error: unknown) => {
      this.#context.fault(error);
      answered.reject(500);
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
    const still = this.#partyOf(replaces, taker.organization);
    return 'status' in still || still.call.mayTransfer ? still : { status: 491 };
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
      if (side !== undefined && counts(connectedLeg(call.record, side))) return { call, side };
    }
    return { status: 481 };
  }

  async #refer({ leave, ...referring }: AskingParty, refer: PeerRefer): Promise<void> {
    if (!isPhone(referring.party)) await this.#peers.refer({ ...referring, leave }, refer);
    else if (leave === undefined) refer.reject(491);
    else if (refer.replaces !== undefined) await this.#refersToDialog({ ...referring, leave }, refer, refer.replaces);
    else await this.#refersToParty({ ...referring, leave }, refer);
  }

  /** Unattended: the party of the other side gets a new one, which is decided as a call of the phone that refers. */
  async #refersToParty({ call, side, party, leave }: Referring, refer: PeerRefer): Promise<void> {
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
      report((await this.#others.park({ call, side }, slot, { isReferred: true, leave })) === undefined ? 486 : 200);
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
      const onSettled = (outcome: Failure): void => {
        leave.settle(outcome);
        report(passedStatus(outcome.status));
      };
      const asked = { side, isReferred: true, leave, onProgress: report, onSettled, payer, count };
      await this.#newParties.begin(call, asked, route);
    }
  }

  #unrouted(error: unknown): { readonly kind: 'rejected'; readonly status: number } {
    this.#context.fault(error);
    return { kind: 'rejected', status: 503 };
  }

  /** Attended: the party of the other side is joined to that of the dialog which is replaced (RFC 5589 §7.1). */
  async #refersToDialog({ call, party, leave }: Referring, refer: PeerRefer, replaces: Replaces): Promise<void> {
    const report = refer.accept();
    const { org_id: organization } = call.record;
    const found = this.#partyOf(replaces, organization);
    if ('status' in found) {
      report(found.status);
      return;
    }
    const replaced = connectedLeg(found.call.record, found.side);
    const permits = async () =>
      replaced !== undefined && (await mayReplace(this.#context, { ...party, organization }, replaced));
    const status = await joinTo({ call, leave }, found, { permits, onJoined: () => report(200) });
    if (status !== 200) report(status);
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

type Referring = AskingParty & { readonly leave: Leave };

/** A transfer of the API that was not accepted. */
const notMade: Failure = { status: 403 };

/** A REFER whose party leaves until it is rejected, or its last status is reported. */
const settling = (refer: PeerRefer, leave: Leave): PeerRefer => ({
  ...refer,
  accept: () => {
    const report = refer.accept();
    return (status) => {
      report(status);
      if (status >= 200) leave.settle({ status });
    };
  },
  reject: (status, headers) => {
    refer.reject(status, headers);
    leave.settle({ status });
  },
});

const isPhone = (leg: CallLeg | undefined): leg is CallLeg => leg?.kind === 'device' || leg?.kind === 'line';

import { setTimeout as pause } from 'node:timers/promises';
import { callRow, callsOfTask } from '#dynamodb/rows/call.ts';
import type { CallDialogItem } from '#dynamodb/rows/dialog.ts';
import type { SidecarTaskItem } from '#dynamodb/rows/lease.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { isLive, type Call, type CallHangup } from '#telephony/call.ts';
import { second } from '#schema/time.ts';
import { parseAddress } from '#sip/address.ts';
import { Fault } from '#sip/fault.ts';
import type { SipRequest } from '#sip/message.ts';
import type { Invitation, StoredSession, RequestSender } from '#sip/session/session.ts';
import { silentListener } from '#sip/session/silent-listener.ts';
import { inviteOfHead } from '#sip/session/stored-invite.ts';
import { isSipUri, parseUri, printUri } from '#sip/uri.ts';
import { defaultPort } from '#telephony/sip-peer.ts';
import { heartbeatTtl } from '../../leases/membership.ts';
import type { Peer } from '../../outbound/outbound.ts';
import { isSameAddress, type Flow } from '../../transport/flow.ts';
import type { HeardParties } from '../../media/call-media.ts';
import { lastPacket } from '../../media/last-packet.ts';
import { acceptedLegs } from '../call/call.ts';
import { answeredLeg, connectedLeg, endRecord, type LegParty } from '../call/record.ts';
import { causeNamed } from '../call/causes.ts';
import { renewSides, settledLegs } from '../call/limits.ts';
import { sides } from '../call/state.ts';
import type { Uses } from '../running/context.ts';
import { rejectionHeaders } from '../legs/sessions.ts';
import { flowOf } from '../legs/phone-sender.ts';
import { isConnection, readAnySender, readSender, type SenderItem } from '../legs/stored-sender.ts';
import {
  movedApplication,
  type MovedState,
  movedStateIn,
  readDialogs,
  ringingIn,
  sessionIn,
  type RingingParty,
} from '../records/dialogs.ts';
import { newCallWriter, type CallWriter } from '../records/writer.ts';
import type { Directory, Phone } from '../directory/directory.ts';
import type { Calls } from '../running/calls.ts';
import { transportOf } from '../routing/sip-targets.ts';
import { type GoOnContext, goOnWith } from './accept.ts';
import { peerDigest } from './peer-digest.ts';
import { WaitingCallers } from './waiting-callers.ts';

type TakeoverContext = GoOnContext &
  Uses<{
    context: true;
    membership: 'dead' | 'missed' | 'isAssigned' | 'judgeLate';
    sessions: 'abandon';
    directory: 'organization' | 'contactsOfDevice' | 'bindingsOf';
    senders: 'toPhone' | 'toPeer' | 'connect';
    stack: 'resume' | 'adopt';
    decider: 'settle' | 'renew';
    commit: true;
    cdrs: true;
    media: 'end' | 'resume';
  }>;

/** The dead task may have sent requests after it stored the dialog: their CSeq numbers are skipped. */
const skippedSequences = 1_000;

/** Of an organization that was deleted (ISO 3166-1, a user-assigned code). */
const unknownCountry = 'ZZ';

/** Calls that are taken over at the same time. */
const concurrency = 20;

/** Milliseconds after which the calls of a dead task are looked for again. */
const repetition = 3 * second;

/** Milliseconds for the ACK of a rejection: T1 (RFC 3261 §17.1.1.2). An answered caller sends none. */
const acknowledgementTime = 500;

/**
 * Calls of dead tasks. One whose parties talk, and in which nothing was in progress, goes on here. Any other answered
 * call ends when its media were heard last, and one that rings when it is rejected. Both parties get BYE, also those of
 * a call that had ended, as its BYE may have been lost; a caller that waits gets 503, and who rings CANCEL. The CDRs
 * are sent: exactly one each, as the change of the call is conditional, and a CDR that was sent before is a duplicate.
 */
export class CallTakeover {
  readonly #context: TakeoverContext;
  /** By dead task: when its calls were looked for, in Unix milliseconds. */
  readonly #takenAt = new Map<string, number>();

  readonly #calls: Pick<Calls, 'accept'>;
  readonly #waiting: WaitingCallers;

  constructor(context: TakeoverContext, calls: Pick<Calls, 'accept'>) {
    this.#context = context;
    this.#calls = calls;
    this.#waiting = new WaitingCallers(context);
  }

  /** Takes over the calls of the dead tasks that are assigned to this one. */
  async refresh(): Promise<void> {
    const { membership, context } = this.#context;
    await membership.judgeLate();
    const [{ dead }, now] = [membership, context.clock().getTime()];
    for (const id of this.#takenAt.keys()) if (!dead.some((task) => task.id === id)) this.#takenAt.delete(id);
    for (const task of dead) {
      const isDue = now - (this.#takenAt.get(task.id) ?? 0) >= repetition;
      if (!isDue || !membership.isAssigned(task.id)) continue;
      this.#takenAt.set(task.id, now);
      await this.#takeFrom(task);
    }
  }

  /**
   * Ends a call that rings at a task which has just died, as its caller cancels it. Its INVITE is here then, and gets
   * its response when the CANCEL is processed.
   * @param silent tasks that do not answer
   */
  async cancel(request: SipRequest, flow: Flow, silent: readonly string[]): Promise<void> {
    const found = await this.#waiting.cancelled(request, flow, [...this.#context.membership.missed, ...silent]);
    await this.#endWaiting(found, { hangup: cancelled, cancelledOn: flow });
  }

  /**
   * Ends a call of a task which has just died, as its caller sends the INVITE again: it has not heard 100. What rings
   * gets CANCEL, and the caller no response: the call begins again, within its limits of channels.
   */
  async replace(request: SipRequest, flow: Flow): Promise<void> {
    const found = await this.#waiting.repeated(request, flow, this.#context.membership.missed);
    await this.#endWaiting(found, { hangup: lost, isRepeated: true });
  }

  async #endWaiting(
    found: Call | undefined,
    ending: Pick<Ending, 'hangup' | 'cancelledOn' | 'isRepeated'>,
  ): Promise<void> {
    const { context } = this.#context;
    const call = found && (await this.#callAt(found, found.task));
    if (call === undefined || call.timestamps.answered !== undefined) return;
    await this.#end({ call, dialogs: await readDialogs(context, call), end: context.clock(), ...ending });
  }

  /** Whether a task has no calls, and none whose CDRs are not sent. */
  async isFinished(task: string): Promise<boolean> {
    const { items } = await this.#context.context
      .tableOf(0)
      .queryIndex(callRow, 'GSI2', callsOfTask(task), { limit: 1 });
    return items.length === 0;
  }

  async #takeFrom(task: SidecarTaskItem): Promise<void> {
    const { context } = this.#context;
    const calls = await readToEnd((after) =>
      context.tableOf(0).queryIndex(callRow, 'GSI2', callsOfTask(task.id), after),
    );
    const waiting = calls.values();
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        for (const call of waiting) await this.#take(call, task).catch((error: unknown) => this.#fault(call, error));
      }),
    );
  }

  async #take(indexed: Call, task: SidecarTaskItem): Promise<void> {
    const call = await this.#callAt(indexed, task.id);
    if (call === undefined) return;
    const dialogs = await readDialogs(this.#context.context, call);
    if (await this.#goesOn(call, dialogs)) return;
    await this.#end({ call, dialogs, hangup: lost, end: await this.#endOf(call, dialogs, task) });
  }

  /** A call that a task has not finished, as the index is eventually consistent. */
  async #callAt({ id, org_id: organization }: Call, task: string): Promise<Call | undefined> {
    const call = await this.#context.context.tableOf(organization).get(callRow, { id });
    const isOpen = call?.task === task && (isLive(call) || call.cdr === 'pending');
    return isOpen ? call : undefined;
  }

  async #end({ call, dialogs, hangup, end, ...ending }: Ending): Promise<void> {
    const { membership, cdrs, media } = this.#context;
    const writer = await this.#writerOf(call);
    writer.change((each) => endRecord({ ...each, task: membership.id }, hangup, end));
    await writer.settled();
    // Another task may have been faster.
    if (writer.isLost) return;
    const ends = await Promise.all(dialogs.flatMap((dialog) => this.#endsOf({ call: writer.call, dialog, ...ending })));
    if (call.media_relay !== undefined) void media.end(call.id, call.media_relay);
    await cdrs.send(writer.call);
    // A party that does not answer holds up no other call.
    void Promise.all(ends.map(async (gone) => gone?.())).then(() =>
      writer.change((each) => ({ ...each, cdr: 'sent' })),
    );
  }

  /** Goes on with a call whose parties talk. One whose relay is gone, too, has nothing to go on with. */
  async #goesOn(call: Call, dialogs: readonly CallDialogItem[]): Promise<boolean> {
    const { directory, decider } = this.#context;
    const stored = isTalk(call, dialogs) ? movedStateIn(dialogs) : undefined;
    const organization = stored && (await directory.organization(call.org_id));
    if (stored === undefined || organization === undefined) return false;
    if (stored.media !== undefined && (await this.#heard(call, dialogs, stored)) === undefined) return false;
    // The dead task may have renewed what is reserved since.
    const renewed = stored.limit.isReserved
      ? await renewSides(stored.sides, (reservation) => decider.renew(organization, reservation))
      : null;
    const limit = { ...stored.limit, seconds: renewed ?? stored.limit.seconds };
    const state = { ...stored, limit };
    try {
      return await goOnWith(this.#context, this.#calls, { organization, call, dialogs, state, isLost: true });
    } catch (error) {
      // Without what it needs, such as the credentials of a gateway, its parties are hung up.
      this.#fault(call, error);
      return false;
    }
  }

  /** When a call has ended that does not go on. */
  async #endOf(call: Call, dialogs: readonly CallDialogItem[], task: SidecarTaskItem): Promise<Date> {
    const now = this.#context.context.clock();
    const { answered } = call.timestamps;
    if (answered === undefined) return now;
    const state = isLive(call) ? movedStateIn(dialogs) : undefined;
    const heard = state && (await this.#heard(call, dialogs, state));
    if (heard === undefined) return lastSign(call, task);
    const answeredAt = Date.parse(answered);
    const heardUntil = sides.map((side) => lastPacket(heard[side], answeredAt));
    return new Date(Math.min(Math.max(answeredAt, ...heardUntil), now.getTime()));
  }

  /** What the relay has heard of the parties; undefined: there is none, or it has lost the call. */
  async #heard(
    { id }: Call,
    dialogs: readonly CallDialogItem[],
    { media: stored }: MovedState,
  ): Promise<HeardParties | undefined> {
    if (stored === undefined) return undefined;
    const media = this.#context.media.resume(id, stored, acceptedLegs, { notice: undefined, music: undefined });
    for (const dialog of dialogs)
      if (movedApplication(dialog) !== undefined) media.expectApplication(acceptedLegs[dialog.leg]);
    const heard = await media.heard(acceptedLegs.source, acceptedLegs.destination);
    // A relay that has forgotten a call has heard no one.
    return heard !== undefined && sides.some((side) => heard[side].at > 0) ? heard : undefined;
  }

  async #writerOf(call: Call): Promise<CallWriter> {
    const { context, directory, decider, commit } = this.#context;
    const organization = await directory.organization(call.org_id);
    return newCallWriter({ context, commit }, organization ?? { org_id: call.org_id, country: unknownCountry }, {
      call,
      stored: call,
      onLost: () => undefined,
      ...(organization === undefined ? {} : { settle: (ended) => decider.settle(organization, settledLegs(ended)) }),
    });
  }

  /** Ends the parties of a side, and those that ring. */
  #endsOf(lostCall: LostCall): readonly Promise<Gone | undefined>[] {
    const { call, dialog } = lostCall;
    return [
      this.#endDialog(call, dialog),
      ...ringingIn(dialog).map((ringing) => {
        const party = ringing.party ?? call.legs.find(({ role }) => role === dialog.leg);
        return party === undefined ? Promise.resolve(undefined) : this.#endRinging({ ...lostCall, ringing, party });
      }),
    ];
  }

  async #endDialog(call: Call, dialog: CallDialogItem): Promise<Gone | undefined> {
    const [leg, session] = [answeredLeg(call, dialog.leg), sessionIn(dialog)];
    return leg && session && this.#hangUp({ dialog, party: leg, call }, session);
  }

  /** Sends BYE. */
  async #hangUp({ dialog, party, call }: LostParty, session: StoredSession): Promise<Gone | undefined> {
    const resumed = { ...session, localSequence: (session.localSequence ?? 0) + skippedSequences };
    const { sender, digest } = await this.#peerOf(dialog, party, session);
    const restored = this.#context.sessions.restore(resumed, sender, silentListener, digest);
    restored?.end({ q850: call.hangup?.q850 ?? lost.q850 });
    return restored && (() => restored.gone);
  }

  /** Rejects a caller that waits, cancels who rings, and hangs up who is asked. */
  async #endRinging(leg: RingingLeg): Promise<Gone | undefined> {
    const { dialog, ringing, cancelledOn, isRepeated } = leg;
    if (isRepeated === true && !ringing.isCaller) return undefined;
    const [path, invite] = [readAnySender(ringing.path, dialog.task), inviteOfHead(ringing.head ?? '')];
    const [session] = ringing.dialogs;
    if (invite === undefined) return session && this.#hangUp(leg, session);
    if (path?.kind !== 'flow') return undefined;
    const end = async (flow: Flow): Promise<Gone | undefined> =>
      ringing.isCaller ? this.#abandon(leg, invite, flow) : this.#reject(leg, { invite, flow, session });
    if (!isConnection(path)) return end(path.flow);
    // Its connection has ended with its task.
    if (cancelledOn !== undefined && !ringing.isCaller) return end(cancelledOn);
    return async () => {
      const flow = await this.#reconnect(leg, invite, path.flow);
      return flow && (await end(flow))?.();
    };
  }

  /** Where a leg is reached again whose connection has closed: a peer is connected to, and a phone has to return. */
  #reconnect({ dialog, ringing, party }: RingingLeg, invite: SipRequest, before: Flow): Promise<Flow | undefined> {
    const { senders, directory } = this.#context;
    const { address, port } = before.remote;
    const phone = { organization: dialog.org_id, device_id: party.device_id, line: party.line };
    if (party.gateway_id === null && party.trunk_id === null) return returnedFlow(directory, phone, before);
    const way = readAnySender(ringing.dialogs[0]?.way, dialog.task);
    // RFC 3261 §18.2.2: a caller is reached at the port of its Via.
    const peer = { host: address, port: (ringing.isCaller ? undefined : invite.via.port) ?? port };
    const transport = before.transport === 'tls' ? 'tls' : 'tcp';
    return senders.connect(way?.kind === 'peer' && ringing.isCaller ? (way.proxy ?? way.peer) : { ...peer, transport });
  }

  /** Cancels a party that rings. */
  async #abandon({ call, dialog, party, ringing }: RingingLeg, invite: SipRequest, flow: Flow): Promise<Gone> {
    const { sessions, stack } = this.#context;
    const [session] = ringing.dialogs;
    const way: SenderItem = { kind: 'flow', flow };
    const target = printUri(invite.uri);
    const { sender, digest } = await this.#peerOf(dialog, party, { target, way, ...session });
    const gone = sessions.abandon({
      invite,
      dialogs: ringing.dialogs,
      sender,
      resume: (listener) => stack.resume(invite, flow, listener),
      ...(digest && { digest }),
      reason: { q850: call.hangup?.q850 ?? lost.q850 },
    });
    return () => gone;
  }

  /** A caller that does not acknowledge the rejection has been answered before, and gets BYE. */
  #reject(lostParty: LostParty, { invite, flow, session }: WaitingCaller): Gone | undefined {
    const { stack } = this.#context;
    const local = session && parseAddress(session.local);
    const tag = local === undefined || local instanceof Fault ? undefined : local.parameters.get('tag');
    const transaction = stack.adopt(invite, flow, tag ?? stack.newTag());
    if (lostParty.cancelledOn !== undefined) return undefined;
    transaction?.respond({ status: 503, headers: rejectionHeaders(lost) });
    if (transaction === undefined || session === undefined) return undefined;
    const gone = pause(acknowledgementTime).then(async () => {
      if (transaction.state === 'completed') await (await this.#hangUp(lostParty, session))?.();
    });
    return () => gone;
  }

  /** How requests reach the party of a leg, and what answers its challenges. */
  async #peerOf(
    { org_id: organization, task }: CallDialogItem,
    leg: LegParty,
    { target, way }: Pick<StoredSession, 'target' | 'way'>,
  ): Promise<{ readonly sender: RequestSender; readonly digest?: Invitation['digest'] }> {
    const { senders } = this.#context;
    const item = readSender(way, task);
    const party = { ...leg, organization };
    if (item !== undefined)
      return { sender: senders.toStored(item, party), digest: await this.#digestOf(organization, leg, item) };
    const phone = await this.#registeredPhone(organization, leg);
    return { sender: phone === undefined ? senders.toPeer(peerIn(target), party) : senders.toPhone(phone, party) };
  }

  /** Without its credentials, a BYE may still be taken. */
  async #digestOf(organization: number, leg: LegParty, item: SenderItem): Promise<Invitation['digest']> {
    try {
      return await peerDigest(this.#context, organization, leg, item);
    } catch (error) {
      this.#context.context.log.fault(error, leg.gateway_id ?? leg.trunk_id ?? '', 'reading credentials failed');
      return undefined;
    }
  }

  async #registeredPhone(organization: number, { device_id: device }: LegParty): Promise<Flow | undefined> {
    const contacts = device === null ? [] : await this.#context.directory.contactsOfDevice(organization, device);
    // Only the task of a connection can send on it.
    return contacts.find(({ binding }) => binding.flow.transport === 'udp')?.binding.flow;
  }

  #fault(call: Call, error: unknown): void {
    this.#context.context.log.fault(error, call.id, 'taking over a call failed');
  }
}

/** Resolves when a party has confirmed its end, or does not answer. */
type Gone = () => Promise<unknown>;

/**
 * A call that has ended. `cancelledOn`: the flow on which its caller cancels it; undefined: it does not. `isRepeated`:
 * its caller begins it again, and gets no response here.
 */
type LostCall = {
  readonly call: Call;
  readonly dialog: CallDialogItem;
  readonly cancelledOn?: Flow;
  readonly isRepeated?: boolean;
};
type LostParty = LostCall & { readonly party: LegParty };
type RingingLeg = LostParty & { readonly ringing: RingingParty };

/** A call that does not go on, and when it has ended. */
type Ending = Pick<LostCall, 'call' | 'cancelledOn' | 'isRepeated'> & {
  readonly dialogs: readonly CallDialogItem[];
  readonly hangup: CallHangup;
  readonly end: Date;
};

/** A caller that has no final response. `session`: its dialog. */
type WaitingCaller = {
  readonly invite: SipRequest;
  readonly flow: Flow;
  readonly session: StoredSession | undefined;
};

const lost = { ...causeNamed('SYSTEM_SHUTDOWN'), sip_code: null, by: 'system' } as const;
const cancelled = { ...causeNamed('ORIGINATOR_CANCEL'), sip_code: 487, by: 'caller' } as const;

/** Milliseconds for which a phone may return whose connection has closed, and between two look-ups of its flows. */
const returning = { time: 30 * second, interval: second } as const;

/** The flow of a phone that has lost another one, when it has registered again from the same address. */
async function returnedFlow(
  directory: Pick<Directory, 'bindingsOf'>,
  phone: Phone,
  before: Flow,
): Promise<Flow | undefined> {
  for (let waited = 0; waited < returning.time; waited += returning.interval) {
    const bindings = await directory.bindingsOf(phone);
    const flow = bindings
      .map(flowOf)
      .find((each) => each.task !== before.task && isSameAddress(each.remote.address, before.remote.address));
    if (flow !== undefined) return flow;
    await pause(returning.interval, undefined, { ref: false });
  }
  return undefined;
}

/** Whether the parties of a call talk, and nothing was in progress in it: as its dialogs are stored, it can go on. */
const isTalk = (call: Call, dialogs: readonly CallDialogItem[]): boolean =>
  isLive(call) &&
  call.legs.every(({ status }) => status === 'answered' || status === 'hangup') &&
  sides.every((side) => connectedLeg(call, side) !== undefined) &&
  dialogs.every((dialog) => sessionIn(dialog) !== undefined && ringingIn(dialog).length === 0);

/** The last sign of life of an answered call: the newest change of the call, or the last heartbeat of its task. */
const lastSign = ({ seen_at: seen }: Call, { until }: SidecarTaskItem): Date =>
  new Date(Math.max(Date.parse(seen), until - heartbeatTtl));

/** Where the remote target of a dialog is. */
function peerIn(target: string): Peer {
  const uri = parseUri(target);
  if (uri instanceof Fault || !isSipUri(uri)) return { host: 'invalid', port: 5_060, transport: 'udp' };
  const transport = transportOf(uri) ?? 'udp';
  return { host: uri.host, port: uri.port ?? defaultPort(transport), transport };
}

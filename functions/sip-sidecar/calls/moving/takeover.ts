import { callRow, callsOfTask } from '#dynamodb/rows/call.ts';
import type { CallDialogItem } from '#dynamodb/rows/dialog.ts';
import type { SidecarTaskItem } from '#dynamodb/rows/lease.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { isLive, type Call, type CallLeg } from '#schema/call.ts';
import { Fault } from '#sip/fault.ts';
import type { Invitation, Session, StoredSession, RequestSender } from '#sip/session/session.ts';
import { silentListener } from '#sip/session/silent-listener.ts';
import { isSipUri, parseUri } from '#sip/uri.ts';
import { defaultPort } from '#telephony/sip-peer.ts';
import { heartbeatTtl } from '../../leases/membership.ts';
import type { Peer } from '../../outbound/outbound.ts';
import type { Flow } from '../../transport/flow.ts';
import { answeredLeg, endRecord } from '../call/record.ts';
import { causeNamed } from '../call/causes.ts';
import { settledLegs } from '../call/limits.ts';
import type { Uses } from '../context.ts';
import { readSender, type SenderItem } from '../legs/stored-sender.ts';
import { movedApplication, readDialogs } from '../records/dialogs.ts';
import { newCallWriter, type CallWriter } from '../records/writer.ts';
import { transportOf } from '../routing/target.ts';
import { peerDigest } from './peer-digest.ts';

type TakeoverContext = Uses<{
  context: true;
  membership: 'id' | 'dead' | 'isAssigned';
  sessions: 'restore';
  directory: 'organization' | 'contactsOfDevice' | 'gateway' | 'trunk';
  senders: 'toStored' | 'toPhone' | 'toPeer';
  seals: 'open';
  stack: true;
  decider: 'settle';
  commit: true;
  cdrs: true;
  media: 'end';
}>;

/** The dead task may have sent requests after it stored the dialog: their CSeq numbers are skipped. */
const skippedSequences = 1_000;

/** Of an organization that was deleted (ISO 3166-1, a user-assigned code). */
const unknownCountry = 'ZZ';

/** Calls that are taken over at the same time. */
const concurrency = 20;

/**
 * Calls of dead tasks. A call in progress ends at its last sign of life. Both parties get BYE, also those of a call
 * that had ended, as its BYE may have been lost, and the CDRs are sent: exactly one each, as the change of the call is
 * conditional, and a CDR that was sent before is a duplicate.
 */
export class CallTakeover {
  readonly #context: TakeoverContext;

  constructor(context: TakeoverContext) {
    this.#context = context;
  }

  /** Takes over the calls of the dead tasks that are assigned to this one. */
  async refresh(): Promise<void> {
    const { membership } = this.#context;
    for (const task of membership.dead) if (membership.isAssigned(task.id)) await this.#takeFrom(task);
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
    const { context, membership, cdrs, media } = this.#context;
    // The index is eventually consistent.
    const call = await context.tableOf(indexed.org_id).get(callRow, { id: indexed.id });
    if (call === undefined || call.task !== task.id || (!isLive(call) && call.cdr !== 'pending')) return;
    const dialogs = await readDialogs(context, call);
    const writer = await this.#writerOf(call);
    writer.change((each) => endRecord({ ...each, task: membership.id }, lost, endOf(each, task)));
    await writer.settled();
    // Another task may have been faster.
    if (writer.isLost) return;
    const ends = await Promise.all(dialogs.map((dialog) => this.#endDialog(writer.call, dialog)));
    if (call.media_relay !== undefined) void media.end(call.id, call.media_relay);
    await cdrs.send(writer.call);
    // A party that does not answer holds up no other call.
    void Promise.all(ends.map((session) => session?.gone ?? Promise.resolve())).then(() =>
      writer.change((each) => ({ ...each, cdr: 'sent' })),
    );
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

  async #endDialog(call: Call, dialog: CallDialogItem): Promise<Session | undefined> {
    const leg = answeredLeg(call, dialog.leg);
    if (leg === undefined || movedApplication(dialog) !== undefined) return undefined;
    const session = dialog.session as StoredSession;
    const resumed = { ...session, localSequence: (session.localSequence ?? 0) + skippedSequences };
    const { sender, digest } = await this.#peerOf(dialog, leg);
    const restored = this.#context.sessions.restore(resumed, sender, silentListener, digest);
    restored?.end({ q850: call.hangup?.q850 ?? lost.q850 });
    return restored;
  }

  /** How requests reach the party of a leg, and what answers its challenges. */
  async #peerOf(
    { org_id: organization, task, session }: CallDialogItem,
    leg: CallLeg,
  ): Promise<{ readonly sender: RequestSender; readonly digest?: Invitation['digest'] }> {
    const { senders } = this.#context;
    const { target, way } = session as StoredSession;
    const item = readSender(way, task);
    const party = { ...leg, organization };
    if (item !== undefined)
      return { sender: senders.toStored(item, party), digest: await this.#digestOf(organization, leg, item) };
    const phone = await this.#registeredPhone(organization, leg);
    return { sender: phone === undefined ? senders.toPeer(peerIn(target), party) : senders.toPhone(phone, party) };
  }

  /** Without its credentials, a BYE may still be taken. */
  async #digestOf(organization: number, leg: CallLeg, item: SenderItem): Promise<Invitation['digest']> {
    try {
      return await peerDigest(this.#context, organization, leg, item);
    } catch (error) {
      this.#context.context.log.fault(error, leg.gateway_id ?? leg.trunk_id ?? '', 'reading credentials failed');
      return undefined;
    }
  }

  async #registeredPhone(organization: number, { device_id: device }: CallLeg): Promise<Flow | undefined> {
    const contacts = device === null ? [] : await this.#context.directory.contactsOfDevice(organization, device);
    // Only the task of a connection can send on it.
    return contacts.find(({ binding }) => binding.flow.transport === 'udp')?.binding.flow;
  }

  #fault(call: Call, error: unknown): void {
    this.#context.context.log.fault(error, call.id, 'taking over a call failed');
  }
}

const lost = { ...causeNamed('SYSTEM_SHUTDOWN'), sip_code: null, by: 'system' } as const;

/** The last sign of life: the newest change of the call, or the last heartbeat of its task. */
const endOf = ({ seen_at: seen }: Call, { until }: SidecarTaskItem): Date =>
  new Date(Math.max(Date.parse(seen), until - heartbeatTtl));

/** Where the remote target of a dialog is. */
function peerIn(target: string): Peer {
  const uri = parseUri(target);
  if (uri instanceof Fault || !isSipUri(uri)) return { host: 'invalid', port: 5_060, transport: 'udp' };
  const transport = transportOf(uri) ?? 'udp';
  return { host: uri.host, port: uri.port ?? defaultPort(transport), transport };
}

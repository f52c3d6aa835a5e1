import { callRow, callsOfTask } from '#dynamodb/rows/call.ts';
import { callDialogRow, type CallDialogItem } from '#dynamodb/rows/dialog.ts';
import type { SidecarTaskItem } from '#dynamodb/rows/lease.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { isLive, type Call, type CallLeg } from '#schema/call.ts';
import type { Session, SessionTable, StoredSession, Way } from '#sip/session/session.ts';
import { silentListener } from '#sip/session/silent-listener.ts';
import { heartbeatTtl, type Membership, type SidecarContext } from '../leases/membership.ts';
import type { MediaService } from '../media/media-service.ts';
import type { TransactionFlow } from '../transaction-flow.ts';
import { answeredLeg, endRecord } from './call-record.ts';
import { causeNamed } from './causes.ts';
import type { CallWriter } from './call-writer.ts';
import type { CdrSender } from './cdr.ts';

/** The dependencies of the take-over of calls. */
export type TakeoverDependencies = {
  readonly context: SidecarContext;
  readonly membership: Pick<Membership, 'id' | 'dead' | 'isAssigned'>;
  readonly sessions: Pick<SessionTable<TransactionFlow>, 'restore'>;
  readonly cdrs: CdrSender;
  /** A writer of a stored call. */
  readonly writerOf: (call: Call) => Promise<CallWriter>;
  /** Ends the media of a call at a relay. */
  readonly endMedia: MediaService['end'];
  /** How requests reach the party of a leg. */
  readonly wayTo: (dialog: CallDialogItem, leg: CallLeg) => Promise<Way>;
};

/** The dead task may have sent requests after it stored the dialog: their CSeq numbers are skipped. */
const skippedSequences = 1_000;

/** Calls that are taken over at the same time. */
const concurrency = 20;

/**
 * Calls of dead tasks. A call in progress ends at its last sign of life. Both parties get BYE, also those of a call
 * that had ended, as its BYE may have been lost, and the CDRs are sent: exactly one each, as the change of the call is
 * conditional, and a CDR that was sent before is a duplicate.
 */
export class CallTakeover {
  readonly #dependencies: TakeoverDependencies;

  constructor(dependencies: TakeoverDependencies) {
    this.#dependencies = dependencies;
  }

  /** Takes over the calls of the dead tasks that are assigned to this one. */
  async refresh(): Promise<void> {
    const { membership } = this.#dependencies;
    for (const task of membership.dead) if (membership.isAssigned(task.id)) await this.#takeFrom(task);
  }

  /** Whether a task has no calls, and none whose CDRs are not sent. */
  async isFinished(task: string): Promise<boolean> {
    const { items } = await this.#dependencies.context
      .tableOf(0)
      .queryIndex(callRow, 'GSI2', callsOfTask(task), { limit: 1 });
    return items.length === 0;
  }

  async #takeFrom(task: SidecarTaskItem): Promise<void> {
    const { context } = this.#dependencies;
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
    const { context, cdrs, writerOf, endMedia } = this.#dependencies;
    // The index is eventually consistent.
    const call = await context.tableOf(indexed.org_id).get(callRow, { id: indexed.id });
    if (call === undefined || call.task !== task.id || (!isLive(call) && call.cdr !== 'pending')) return;
    const dialogs = await this.#dialogsOf(call);
    const writer = await writerOf(call);
    writer.change((each) => endRecord({ ...each, task: this.#dependencies.membership.id }, lost, endOf(each, task)));
    await writer.settled();
    // Another task may have been faster.
    if (writer.isLost) return;
    const ends = await Promise.all(dialogs.map((dialog) => this.#endDialog(writer.call, dialog)));
    if (call.media_relay !== undefined) void endMedia(call.id, call.media_relay);
    await cdrs.send(writer.call);
    // A party that does not answer holds up no other call.
    void Promise.all(ends.map((session) => session?.gone ?? Promise.resolve())).then(() =>
      writer.change((each) => ({ ...each, cdr: 'sent' })),
    );
  }

  async #dialogsOf({ id, org_id: organization }: Call): Promise<readonly CallDialogItem[]> {
    const { items } = await this.#dependencies.context
      .tableOf(organization)
      .query<'dialog', CallDialogItem, { call_id: string }>(callDialogRow, { call_id: id });
    return items;
  }

  async #endDialog(call: Call, dialog: CallDialogItem): Promise<Session | undefined> {
    const { sessions, wayTo } = this.#dependencies;
    const leg = answeredLeg(call, dialog.leg);
    if (leg === undefined) return undefined;
    const session = dialog.session as StoredSession;
    const resumed = { ...session, localSequence: (session.localSequence ?? 0) + skippedSequences };
    const restored = sessions.restore(resumed, await wayTo(dialog, leg), silentListener);
    restored?.end({ q850: call.hangup?.q850 ?? lost.q850 });
    return restored;
  }

  #fault(call: Call, error: unknown): void {
    this.#dependencies.context.log.fault(error, call.id, 'taking over a call failed');
  }
}

const lost = { ...causeNamed('SYSTEM_SHUTDOWN'), sip_code: null, by: 'system' } as const;

/** The last sign of life: the newest change of the call, or the last heartbeat of its task. */
const endOf = ({ seen_at: seen }: Call, { until }: SidecarTaskItem): Date =>
  new Date(Math.max(Date.parse(seen), until - heartbeatTtl));

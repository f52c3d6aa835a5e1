import { setTimeout as pause } from 'node:timers/promises';
import type { ChannelLimits } from '#dynamodb/rows/channel.ts';
import { callChange, newCallChange } from '#dynamodb/rows/call.ts';
import { type CallDialogItem, callDialogRow } from '#dynamodb/rows/dialog.ts';
import { StaleWrite } from '#dynamodb/commit.ts';
import { overwrite, remove } from '#dynamodb/write.ts';
import { AppError } from '#errors.ts';
import { type Call, type Channel, isLive, isMissed } from '#telephony/call.ts';
import type { Settlement } from '#functions/dialplan/dialplan-evaluator/reservation-steps.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { callEvent } from '#telephony/presented-call.ts';
import type { SidecarContext } from '../../leases/membership.ts';
import { sides } from '../call/state.ts';
import type { CallChange, CommitCall, Departures } from './batches.ts';

type Writes = Parameters<SidecarContext['tryCommit']>[1];

/** The dependencies of a writer. */
export type WriterDependencies = {
  /** Commits changes of several calls together. @throws AppError of a condition that failed; StaleWrite */
  readonly commit: CommitCall;
  /** Lets the changes of several calls begin together. Default: each begins at once. */
  readonly departures?: Pick<Departures, 'next' | 'hurry'>;
  /** The event of a state. */
  readonly eventOf: (call: Call) => Writes;
  /** Another task has taken the call over. */
  readonly onLost: () => void;
  /** The call has changed; it is not written yet. */
  readonly onChange?: (id: string) => void;
  /** What the reservations of a call give back when it ends. Default: nothing. */
  readonly settle?: (call: Call) => Promise<Settlement>;
  readonly fault: (error: unknown) => void;
};

/** Pauses between attempts at a store that does not answer, in milliseconds. */
const pauses = { first: 100, max: 5_000 } as const;

/** Transactions that end a call and give back what it has reserved; later ones only end it. */
const maxSettlements = 3;

/** Of the present moment. */
type DialogsNow = () => readonly CallDialogItem[];

/** A dialog is deleted by its call when its parties have been hung up; of a call that stays open it expires. */
type DialogKey = Pick<CallDialogItem, 'call_id' | 'leg'>;

/**
 * Writes the states of one call in order, each with its event: what changes while a write is in progress is written
 * together by the next one. The channels of the call are counted in the same transactions.
 */
export class CallWriter {
  readonly #dependencies: WriterDependencies;
  #call: Call;
  #stored: Call | undefined;
  #limits: ChannelLimits = {};
  #events: Writes = [];
  #dialogs: DialogsNow | undefined;
  #hasDialogs = false;
  #isLost = false;
  #settlements = 0;
  /** What the end of the call gives back, if it is read already. */
  #settlement: Promise<Settlement> | undefined;
  #writing: Promise<void> | undefined;
  /** How often it has changed. */
  #changes = 0;
  /** Whether someone waits for what is not written yet. */
  #isUrgent = false;

  /** @param stored the call as it is stored; undefined for a new one */
  constructor(dependencies: WriterDependencies, call: Call, stored?: Call) {
    this.#dependencies = dependencies;
    this.#call = call;
    this.#stored = stored;
    this.#hasDialogs = stored !== undefined;
  }

  /** The call with all changes, also those that are not written yet. */
  get call(): Call {
    return this.#call;
  }

  /**
   * Stores a new call with its channels.
   * @throws AppError CALL_LIMIT if a limit leaves no room, else what the store throws; nothing is stored then
   */
  async create(limits: ChannelLimits): Promise<void> {
    const { eventOf } = this.#dependencies;
    const call = this.#call;
    const created: Call = { ...call, status: 'created', hangup: null };
    const { writes, channels } = newCallChange(call, limits);
    const dialogs = this.#dialogs;
    const stored = isLive(call) ? this.#dialogWrites(call, dialogs) : [];
    await this.#commit(call, { channels, writes: [...writes, ...eventOf(created), ...this.#events, ...stored] });
    this.#stored = call;
    this.#events = [];
    if (this.#dialogs === dialogs) this.#dialogs = undefined;
    this.#begin();
  }

  /** Changes the call. A new state is an event. */
  change(change: (call: Call) => Call): void {
    const before = this.#call;
    const after = change(before);
    this.#call = after;
    this.#dependencies.onChange?.(after.id);
    if (after.status !== before.status) this.#events = [...this.#events, ...this.#dependencies.eventOf(after)];
    this.#begin();
    // A task that takes the call over charges it only if its answer is stored.
    if (after.status === 'answered' && before.status !== 'answered') this.#dependencies.departures?.hurry();
  }

  /** Changes the call with its next write: what a lost task leaves behind without it ends by itself. */
  note(change: Partial<Call>): void {
    this.#call = { ...this.#call, ...change };
  }

  /** Writes an event of the call that is no state. */
  record(events: Writes): void {
    this.#events = [...this.#events, ...events];
    this.#call = { ...this.#call };
    this.#begin();
  }

  /** Stores the dialogs of a call as they are when it is written, for the task that takes it over. */
  storeDialogs(dialogs: DialogsNow): void {
    this.#dialogs = dialogs;
    this.#hasDialogs = true;
    this.#begin();
  }

  /** Takes channels in addition, or instead of others. @returns false if a limit leaves no room */
  async takeChannels(channels: readonly Channel[], limits: ChannelLimits): Promise<boolean> {
    // Another change may have begun to be written since the flush.
    do await this.flush();
    while (this.#writing !== undefined);
    const before = this.#call;
    // A call that has ended in between takes none.
    if (!isLive(before)) return false;
    this.#call = { ...before, channels };
    this.#limits = limits;
    const write = this.#writeOnce();
    // Two writes of one version would take the call from one another: what changes now is written after it.
    this.#writing = write.catch(() => undefined);
    const changes = this.#changes;
    try {
      await write;
      this.#dependencies.onChange?.(before.id);
      return true;
    } catch (error) {
      this.#call = { ...this.#call, channels: before.channels };
      if (error instanceof AppError && error.code === 'CALL_LIMIT') return false;
      throw error;
    } finally {
      this.#limits = {};
      this.#writing = undefined;
      if (this.#changes > changes) this.#begin();
    }
  }

  /** Whether another task has taken the call over. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Resolves when everything is written. */
  async settled(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  /** As `settled`, and without a pause for the changes of other calls. */
  async flush(): Promise<void> {
    this.#isUrgent = true;
    try {
      this.#dependencies.departures?.hurry();
      await this.settled();
    } finally {
      this.#isUrgent = false;
    }
  }

  #begin(): void {
    if (this.#stored === undefined) return;
    this.#changes += 1;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Tries again until the store takes it: an end that is not written would be charged by the task that takes over. */
  async #writeAll(): Promise<void> {
    for (let wait: number = pauses.first; this.#isDirty;) {
      try {
        const { departures } = this.#dependencies;
        this.#prepareSettlement();
        if (departures !== undefined && !this.#isUrgent) await departures.next();
        await this.#writeOnce();
        wait = pauses.first;
      } catch (error) {
        if (error instanceof StaleWrite) {
          this.#isLost = true;
          this.#dependencies.onLost();
          return;
        }
        this.#dependencies.fault(error);
        await pause(wait, undefined, { ref: false });
        wait = Math.min(2 * wait, pauses.max);
      }
    }
  }

  get #isDirty(): boolean {
    const isPending = this.#events.length > 0 || this.#dialogs !== undefined;
    return !this.#isLost && (isPending || this.#call !== this.#stored);
  }

  async #writeOnce(): Promise<void> {
    const before = this.#stored;
    if (before === undefined || this.#isLost) return;
    const [events, dialogs] = [this.#events, this.#dialogs];
    const after = { ...this.#call, version: before.version + 1 };
    const { writes, channels } = callChange(before, after, this.#limits);
    await this.#commit(after, {
      channels,
      writes: [...writes, ...events, ...this.#dialogWrites(after, dialogs)],
    });
    if (this.#call.version !== after.version) this.#call = { ...this.#call, version: after.version };
    this.#stored = isSame(this.#call, after) ? this.#call : after;
    this.#events = this.#events.slice(events.length);
    if (this.#dialogs === dialogs) this.#dialogs = undefined;
    if (isClosed(after)) this.#hasDialogs = false;
  }

  #isEnd(call: Call): boolean {
    return !isLive(call) && (this.#stored === undefined || isLive(this.#stored));
  }

  /** Reads what the end of the call gives back while it waits to depart, so that it departs with the others. */
  #prepareSettlement(): void {
    const { settle } = this.#dependencies;
    if (settle === undefined || this.#settlement !== undefined || !this.#isEnd(this.#call)) return;
    this.#settlement = settle(this.#call);
    // The write gets the failure.
    this.#settlement.catch(() => undefined);
  }

  /** The end of a call gives back what it has reserved, but is not held up by that: its CDRs do so, too. */
  async #commit(call: Call, change: Omit<CallChange, 'call' | 'released'>): Promise<void> {
    const { commit, settle } = this.#dependencies;
    while (this.#isEnd(call) && settle !== undefined && this.#settlements < maxSettlements) {
      this.#settlements += 1;
      const settlement = this.#settlement ?? settle(call);
      this.#settlement = undefined;
      const { writes, released } = await settlement;
      if (writes.length === 0) break;
      try {
        await commit({ ...change, call, writes: [...change.writes, ...writes], released });
        return;
      } catch (error) {
        // The reservation has changed since it was read.
        if (!(error instanceof AppError && error.code === 'CALL_IN_PROGRESS')) throw error;
      }
    }
    await commit({ ...change, call });
  }

  #dialogWrites(call: Call, dialogs: DialogsNow = () => []): Writes {
    if (!isClosed(call))
      return dialogs().map((dialog) => overwrite<'dialog', CallDialogItem, DialogKey>(callDialogRow, dialog));
    return this.#hasDialogs
      ? sides.map((leg) => remove<'dialog', DialogKey>(callDialogRow, { call_id: call.id, leg }))
      : [];
  }
}

/** Whether its parties are hung up, and its CDRs sent: until then another task may have to do it. */
const isClosed = (call: Call): boolean => !isLive(call) && call.cdr !== 'pending';

/** Whether nothing has changed since the snapshot but the version. */
const isSame = (call: Call, snapshot: Call): boolean =>
  Object.entries(call).every(([field, value]) => snapshot[field as keyof Call] === value);

/** A call, and as it is stored; absent: it is new. */
export type CallRecords = { readonly call: Call; readonly stored?: Call };

type Committing = Pick<WriterDependencies, 'commit' | 'departures' | 'onChange'>;
type Parts = CallRecords & Pick<WriterDependencies, 'onLost' | 'settle'>;

/** The writer of a call, with the events of its organization. */
export const newCallWriter = (
  { context, commit, departures, onChange = () => undefined }: { readonly context: SidecarContext } & Committing,
  { org_id: organization, country }: Pick<OrganizationItem, 'org_id' | 'country'>,
  { call: record, stored, ...parts }: Parts,
): CallWriter =>
  new CallWriter(
    {
      ...parts,
      commit,
      ...(departures && { departures }),
      onChange,
      eventOf: (call) => {
        const { type, ...details } = callEvent(call, { publicUrl: context.environment['PUBLIC_URL'] ?? '', country });
        const record = context.recorderOf(organization);
        return [record(type, details), ...(isMissed(call) ? [record('call.missed', details)] : [])];
      },
      fault: (error) => context.log.fault(error, record.id, 'storing a call failed'),
    },
    record,
    stored,
  );

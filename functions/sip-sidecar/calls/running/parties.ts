import { isLive, type Channel } from '#telephony/call.ts';
import type { ChannelLimits } from '#dynamodb/rows/channel.ts';
import type { Caller } from '../routing/caller.ts';
import { causeOfStatus } from '../call/causes.ts';
import { CallChannels, type ChannelHolder } from './channels.ts';
import { endsByCdr, type LimitedSide, limitOfSides, replaceSide } from '../call/limits.ts';
import { answerParty, failNewLeg, joinSide, leaveSide, ringLeg, withNewLeg, withoutHold } from '../call/record.ts';
import { Redirections } from '../call/redirections.ts';
import type { CallEvent, DurationLimit, Side, TransferCommand } from '../call/state.ts';
import type { CallMedia } from '../../media/call-media.ts';
import type { CallWriter } from '../records/writer.ts';
import type { Failure } from '../call/hunt.ts';
import type { PresentedCall } from '../legs/invitation.ts';
import type { Leave } from './leave.ts';
import { isPhoneTarget, payingForward, type Target } from '../routing/target.ts';
import { otherSide } from '../call/state.ts';

/** A transfer of a running call whose new party is routed. */
export type WantedTransfer = {
  readonly id: string;
  /** Its number among those of the call, from 1. */
  readonly count: number;
  /** The side whose party is replaced. */
  readonly side: Side;
  /** Whether that party asked for it, and hangs up itself. */
  readonly isReferred: boolean;
  /** By which that party leaves; absent: it stays until it is replaced. */
  readonly leave?: Leave | undefined;
  readonly attempts: readonly (readonly Target[])[];
  /** Channels of the number that is called, and their limits. */
  readonly channels: readonly Channel[];
  readonly limits: ChannelLimits;
  /** What limits the side with the new party. */
  readonly limited: LimitedSide;
  /** Milliseconds for which the new party rings. Default: that of the call. */
  readonly ringTime?: number;
  /** What the INVITEs to the new party say of the other one. */
  readonly presented: PresentedCall;
  /** A status from 101 to 199 of the new party. */
  readonly onProgress: (status: number) => void;
  /** Called once. 200: the parties are joined. */
  readonly onSettled: (outcome: Failure) => void;
};

/** A limit of the number that is called leaves no room. */
const full: Failure = { status: 486, q850: 34 };

/** Its channels cannot be taken now. */
const unavailable: Failure = { status: 503 };

type Parts = {
  readonly writer: CallWriter;
  readonly media: Pick<CallMedia, 'relay' | 'ringAlone' | 'stopPlaying'>;
  /** The leg of a side. Undefined: its party has left. */
  readonly legOf: (side: Side) => string | undefined;
  /** How the call was sent on before its answer. */
  readonly redirections: Redirections;
  readonly dispatch: (event: CallEvent<Target>) => void;
  readonly storeDialogs: () => void;
  /** The party of a side has left, and the call goes on. */
  readonly onLeft: (limited: readonly LimitedSide[]) => void;
  /** No new party was found. */
  readonly onFailed: (failure: Failure) => void;
  readonly fault: (error: unknown) => void;
  readonly now: () => Date;
};

type Command = Exclude<TransferCommand<Target>, { type: 'release' }>;

/** What the parties of one call take and cost, while transfers replace them. */
export class CallParties {
  readonly channels: CallChannels;
  /** What limits the sides; none of a call that is not routed. */
  sides: readonly LimitedSide[] = [];
  readonly #parts: Parts;
  #wanted: (WantedTransfer & { readonly redirections: Redirections }) | undefined;
  /** What the forwards by which the new party was called limit besides. */
  #ofForwards: readonly LimitedSide[] = [];
  #hasNewLeg = false;
  /** The leg that hears a ringing tone, as its party waits for the new one. */
  #waiting: string | undefined;
  #isJoining = false;
  #adopted = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.channels = new CallChannels(parts.writer);
  }

  /** Whether its parties are being joined to others. */
  get isJoining(): boolean {
    return this.#isJoining;
  }

  /** Whether a party is being replaced. */
  get isBusy(): boolean {
    return this.#wanted !== undefined || this.#isJoining;
  }

  /** Begins a transfer. @param mayBegin whether the call takes one */
  async begin(wanted: WantedTransfer, mayBegin: () => boolean): Promise<void> {
    if (!mayBegin()) {
      wanted.onSettled({ status: 491 });
      return;
    }
    // It is called as by a call of its own.
    this.#wanted = { ...wanted, redirections: new Redirections() };
    const { id, side, isReferred, attempts, channels, limits, limited } = wanted;
    const isTaken = channels.length === 0 || (await this.#takeChannels(channels, limits));
    // The call may have ended in between, and then takes no event.
    if (isTaken) {
      const limit = limitOfSides(replaceSide(this.sides, limited));
      this.#parts.dispatch({ type: 'transfer', id, side, isReferred, attempts, limit });
    } else this.#settle(full);
  }

  /** @throws an Error if the store does not answer: then the transfer has failed */
  async #takeChannels(channels: readonly Channel[], limits: ChannelLimits): Promise<boolean> {
    try {
      return await this.channels.take('transfer', channels, limits);
    } catch (error) {
      this.channels.set('transfer', []);
      this.#settle(unavailable);
      throw error;
    }
  }

  /** The call is over: nothing is transferred any more. */
  close(): void {
    this.#settle({ status: 487 });
  }

  /** The id of a session of another call, or of another phone, that is to replace that of a side. */
  nextLeg(): string {
    this.#adopted += 1;
    return `x${this.#adopted}`;
  }

  /** Another phone, which is joined to the party of the other side, has taken the place of one. */
  replaceBy(leg: string, side: Side, { leg: party, channels }: Pick<Caller, 'leg' | 'channels'>): void {
    const { writer, dispatch, now } = this.#parts;
    dispatch({ type: 'replace', side, by: leg, isReferred: false });
    this.channels.set(side, channels);
    writer.change((call) => answerParty(withNewLeg(call, side, party, now()), { role: side, party }, now()));
    this.#store();
  }

  /** While parties are being joined to others, their offers collide, and nothing else joins them. */
  async whileJoining<T>(join: () => Promise<T>): Promise<T> {
    this.#isJoining = true;
    try {
      return await join();
    } finally {
      this.#isJoining = false;
    }
  }

  /** The side of a leg that is called. Legs of transfers belong to the side that they replace. */
  sideOfNew(leg: string): Side {
    const holder = holderOf(leg);
    return holder === 'transfer' ? (this.#wanted?.side ?? 'destination') : holder;
  }

  /** How a leg was sent on to its target. */
  redirectionsOf(leg: string): Redirections {
    return this.#newOf(leg)?.redirections ?? this.#parts.redirections;
  }

  /** The number of the transfer that calls a leg; undefined: none does. */
  transferOf(leg: string): number | undefined {
    return this.#newOf(leg)?.count;
  }

  /** The transfer that calls a leg. */
  #newOf(leg: string) {
    return holderOf(leg) === 'transfer' ? this.#wanted : undefined;
  }

  /** What a leg of a transfer sees of the party that stays. */
  presentedTo(leg: string): PresentedCall | undefined {
    return this.#newOf(leg)?.presented;
  }

  /** Milliseconds for which a leg rings; undefined: as long as all of the call. */
  ringTimeOf(leg: string): number | undefined {
    return this.#newOf(leg)?.ringTime;
  }

  /** Seconds for which a new party may be charged; null: no limit. */
  secondsOf(leg: string, target: Target): number | null {
    const limit = payingForward(target)?.limit ?? this.#newOf(leg)?.limited.limit;
    return limit?.seconds ?? null;
  }

  /** A party of a transfer or forward that is asked before it is joined has answered, and costs from now on. */
  noteAnswer(leg: string, target: Target): void {
    if (holderOf(leg) === 'transfer' || payingForward(target) !== undefined)
      this.#noteAnswer(target, this.sideOfNew(leg), this.#parts.now());
  }

  #noteAnswer(target: Target, side: Side, at: Date): void {
    const answered = { role: side, party: target.party, forward: payingForward(target)?.count };
    this.#parts.writer.change((call) => answerParty(call, answered, at));
  }

  /** A party answers that is called by forwards. @returns the limit of the call with it */
  limitBy(leg: string, forwards: readonly LimitedSide[]): DurationLimit {
    const wanted = this.#newOf(leg);
    if (wanted === undefined) {
      this.sides = [...this.sides, ...forwards];
      return limitOfSides(this.sides);
    }
    this.#ofForwards = forwards;
    return limitOfSides(this.#sidesWith(wanted));
  }

  #sidesWith({ limited }: WantedTransfer): readonly LimitedSide[] {
    return [...replaceSide(this.sides, limited), ...this.#ofForwards];
  }

  /** @returns false if a limit leaves no room for a target */
  takeChannels(leg: string, target: Target): Promise<boolean> {
    return this.channels.takeTarget(leg, target);
  }

  /** A leg that was called is over: who has not answered has no channels. */
  dropChannels(leg: string): void {
    this.giveBack(`leg ${leg}`);
  }

  /** Those of a kind that a side has are free for others. */
  freeChannels(side: Side, kind: Channel['kind']): void {
    const left = this.channels.of(side).filter((channel) => channel.kind !== kind);
    this.channels.set(side, left);
    if (isLive(this.#parts.writer.call))
      this.#parts.writer.change((call) => ({ ...call, channels: this.channels.all }));
  }

  /** What a holder has is free for others. */
  giveBack(holder: ChannelHolder): void {
    if (this.channels.remove(holder).length === 0 || !isLive(this.#parts.writer.call)) return;
    this.#parts.writer.change((call) => ({ ...call, channels: this.channels.all }));
  }

  /**
   * The party of a leg has answered.
   * @param at Unix milliseconds: its description may have waited for a relay since
   * @param side default: that of a leg which is called
   */
  answer({ leg, at }: { readonly leg: string; readonly at: number }, target: Target, side = this.sideOfNew(leg)): void {
    // Of the phones that rang only the one that answered is in a call.
    const taken = this.channels.remove(`leg ${leg}`);
    const own = isPhoneTarget(target) ? target.channels : taken;
    const isTransfer = holderOf(leg) === 'transfer';
    const base = isTransfer ? (this.#wanted?.channels ?? []) : [];
    this.channels.set(holderOf(leg), [...base, ...own]);
    this.#noteAnswer(target, side, new Date(at));
    this.#parts.writer.change((call) => ({ ...call, channels: this.channels.all }));
  }

  /** Carries out a command of a transfer. */
  perform(command: Command): void {
    const { writer, now } = this.#parts;
    switch (command.type) {
      case 'add leg':
        this.#addLeg(command);
        return;
      case 'transfer progress':
        if (command.status === 180) writer.change((call) => ringLeg(call, command.side, now()));
        this.#wanted?.onProgress(command.status);
        return;
      case 'left':
        this.#leave(command);
        return;
      case 'transferred':
        if (this.#wanted !== undefined) this.sides = this.#sidesWith(this.#wanted);
        this.channels.move(command.side);
        this.#endRinging();
        writer.change((call) => withoutHold(joinSide(call, command.side, now()), otherSide(command.side)));
        this.#store();
        this.#settle({ status: 200 });
        return;
      case 'transfer failed':
        this.#fail(command);
    }
  }

  #addLeg({ side, target }: Extract<Command, { type: 'add leg' }>): void {
    const { writer, now } = this.#parts;
    this.#hasNewLeg = true;
    const { count, limited } = this.#wanted ?? {};
    const party = {
      ...target.party,
      ...(count === undefined ? {} : { transfer: count }),
      ...(limited?.limit.isReserved === true ? { is_reserved: true as const } : {}),
    };
    writer.change((call) => withNewLeg(call, side, party, now()));
    this.#ring(side);
  }

  /** Who has no one to talk to, and waits for the new party of the other side, hears a ringing tone. */
  #ring(side: Side): void {
    const { media, legOf } = this.#parts;
    const leg = legOf(otherSide(side));
    const isAlone = leg !== undefined && legOf(side) === undefined;
    const isCalled = this.#wanted?.attempts.flat().some(({ to }) => to.kind !== 'application') === true;
    if (!isAlone || !isCalled || this.#waiting !== undefined || media.relay === undefined) return;
    this.#waiting = leg;
    media.ringAlone(leg).catch((error: unknown) => this.#soundFault(error));
  }

  #endRinging(): void {
    if (this.#waiting === undefined) return;
    this.#parts.media.stopPlaying(this.#waiting).catch((error: unknown) => this.#soundFault(error));
    this.#waiting = undefined;
  }

  /** A relay has forgotten a call that is over. */
  #soundFault(error: unknown): void {
    if (isLive(this.#parts.writer.call)) this.#parts.fault(error);
  }

  #leave({ side, isReplaced }: Extract<Command, { type: 'left' }>): void {
    const { writer, now, onLeft } = this.#parts;
    const limited = this.sides.filter((each) => each.side === side);
    this.sides = this.sides.filter((each) => each.side !== side);
    this.channels.set(side, []);
    writer.change((call) => {
      const left = leaveSide(call, side, isReplaced, now());
      return isReplaced ? left : withoutHold(left, otherSide(side));
    });
    this.#store();
    this.#ring(side);
    onLeft(limited);
  }

  #fail({ id, side, failure }: Extract<Command, { type: 'transfer failed' }>): void {
    // Another transfer goes on.
    if (this.#wanted === undefined || id !== this.#wanted.id) return;
    const { limited } = this.#wanted;
    const { status, q850 } = failure;
    this.channels.set('transfer', []);
    this.#parts.onFailed(failure);
    const end = { status, q850: causeOfStatus(status, q850).q850 };
    this.#parts.writer.change((call) => ({
      ...(this.#hasNewLeg ? failNewLeg(call, side, end, this.#parts.now()) : call),
      channels: this.channels.all,
    }));
    this.#settle(failure);
    // It was asked whether it accepts the call, and has its CDR at once.
    if (endsByCdr(limited.reservation, this.#parts.writer.call)) this.#parts.onLeft([]);
  }

  #settle(outcome: Failure): void {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    this.#ofForwards = [];
    this.#hasNewLeg = false;
    wanted?.onSettled(outcome);
  }

  #store(): void {
    this.#parts.writer.change((call) => ({ ...call, channels: this.channels.all }));
    this.#parts.storeDialogs();
  }
}

/** Who has the channels of a leg when it has answered. */
function holderOf(leg: string): Side | 'transfer' {
  if (leg.startsWith('c')) return 'transfer';
  return leg.startsWith('a') ? 'source' : 'destination';
}

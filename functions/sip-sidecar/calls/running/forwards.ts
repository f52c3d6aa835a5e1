import { second } from '#schema/time.ts';
import { causeOfStatus } from '../call/causes.ts';
import { ringingHunt } from '../call/call.ts';
import { callCdrs } from '../call/cdr.ts';
import { openLegs, type Failure } from '../call/hunt.ts';
import { forwardReservation } from '../call/limits.ts';
import { endForward, withNewLeg } from '../call/record.ts';
import type { CallState, DurationLimit } from '../call/state.ts';
import type { CallWriter } from '../records/writer.ts';
import { payingForward, type Forward, type Target, type DecidedCall } from '../routing/target.ts';
import type { CallParties } from './parties.ts';

/** A call that goes on. */
type Decided = Extract<DecidedCall, { readonly attempts: unknown }>;

type Parts = {
  readonly writer: Pick<CallWriter, 'call' | 'change'>;
  readonly parties: Pick<CallParties, 'giveBack' | 'limitBy' | 'sideOfNew' | 'transferOf'>;
  readonly state: () => CallState<Target>;
  /** Sends the CDRs of what has ended while the call goes on. */
  readonly charge: () => void;
  /** Ends a reservation, if no CDR does. */
  readonly release: (reservation: string) => void;
  readonly now: () => Date;
};

/** The call has another party, or is over. */
const givenUp: Failure = { status: 487 };

/**
 * The forwards of one call. Each is a call of the user who forwards: it has a limit, and, as far as it reaches someone
 * outside, a leg, a reservation and a CDR of its own.
 */
export class CallForwards {
  readonly #parts: Parts;
  #count = 0;
  /** Those that no one has answered, and that have not failed. */
  readonly #open = new Map<number, Forward>();
  /** Those that have the call recorded if they are answered. */
  readonly #recorded = new Set<number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  next(): number {
    // Those of a call that another task began have left their legs.
    const numbers = this.#parts.writer.call.legs.map(({ forward }) => forward?.number ?? 0);
    this.#count = Math.max(this.#count, ...numbers) + 1;
    return this.#count;
  }

  /** Gives back what forwards have reserved and taken that are not made. */
  drop(numbered: readonly number[], made?: Forward): void {
    for (const count of numbered) {
      if (count === made?.count) continue;
      this.#parts.parties.giveBack(`forward ${count}`);
      this.#release(count);
    }
  }

  /** A forward begins. @param leg that it takes the place of */
  begin(leg: string, { forward, attempts, isRecorded: isEver, isBeside }: Decided): void {
    if (forward === undefined) return;
    const { count, by, limit } = forward;
    this.#open.set(count, forward);
    // One that rings beside phones may not be the one that is talked to.
    if (isEver && isBeside === true) this.#recorded.add(count);
    const isRecorded = isEver && isBeside !== true;
    const outside = attempts.flat().find((target) => payingForward({ ...target, forwards: [forward] }) !== undefined);
    const { writer, parties, now } = this.#parts;
    writer.change((call) => {
      const recorded = isRecorded ? { ...call, options: { ...call.options, record: true } } : call;
      if (outside === undefined) return recorded;
      const transfer = parties.transferOf(leg);
      const party = {
        ...outside.party,
        forward: { number: count, user_id: by.id, caller: by.number ?? by.extension ?? by.id },
        ...(transfer !== undefined && { transfer }),
        ...(limit.isReserved && { is_reserved: true as const }),
      };
      return withNewLeg(recorded, parties.sideOfNew(leg), party, now());
    });
  }

  /** Those that were made have failed, but the ones by which the next target is called. */
  fail(failures: readonly Failure[], { forwards = [] }: Target): void {
    this.#end(failures.at(-1) ?? givenUp, new Set(forwards.map(({ count }) => count)));
  }

  /** A leg has failed. If it rang beside others, its forward is over, if nothing rings by it any more. */
  failBeside(target: Target | undefined, failure: Failure): void {
    const hunt = ringingHunt(this.#parts.state());
    if (target?.isBeside !== true || hunt === undefined) return;
    const { forwards = [] } = target;
    const ring = new Set(openLegs(hunt).flatMap((each) => (each.target.forwards ?? []).map(({ count }) => count)));
    const own = new Set(forwards.map(({ count }) => count).filter((count) => !ring.has(count)));
    this.#end(failure, new Set([...this.#open.keys()].filter((count) => !own.has(count))));
    this.#charge();
  }

  /** A transfer has failed: the call goes on as before. */
  abandon(failure: Failure): void {
    if (this.#open.size === 0) return;
    this.#end(failure);
    this.#charge();
  }

  /** One that was asked whether it takes the call has its CDR at once. */
  #charge(): void {
    if (callCdrs(this.#parts.writer.call).length > 0) this.#parts.charge();
  }

  /** The target of a leg answers: what limits its forwards limits the call. @returns the limit of the call */
  answer(leg: string, { forwards = [] }: Target): DurationLimit {
    const { writer, parties, state } = this.#parts;
    for (const { count } of forwards) this.#open.delete(count);
    this.#end(givenUp);
    if (forwards.some(({ count }) => this.#recorded.has(count)))
      writer.change((call) => ({ ...call, options: { ...call.options, record: true } }));
    const { answeredAt } = state();
    const now = this.#parts.now().getTime();
    const since = (now - (answeredAt ?? now)) / second;
    const side = parties.sideOfNew(leg);
    const limited = forwards.map(({ count, limit }) => ({
      ...{ side, reservation: forwardReservation(writer.call.id, count), limit },
      from: since - this.#askedFor(count),
    }));
    return parties.limitBy(leg, limited);
  }

  /** Seconds for which the party of a forward was asked whether it takes the call: it costs since its answer. */
  #askedFor(count: number): number {
    const { writer, now } = this.#parts;
    const answered = writer.call.legs.find(({ forward }) => forward?.number === count)?.timestamps.answered;
    return answered === undefined ? 0 : Math.max(0, (now().getTime() - Date.parse(answered)) / second);
  }

  #end({ status, q850 }: Failure, goOn: ReadonlySet<number> = new Set()): void {
    const { writer, parties, now } = this.#parts;
    const end = { status, q850: causeOfStatus(status, q850).q850 };
    for (const forward of this.#open.values()) {
      if (goOn.has(forward.count)) continue;
      this.#open.delete(forward.count);
      parties.giveBack(`forward ${forward.count}`);
      writer.change((call) => endForward(call, forward.count, end, now()));
      if (forward.limit.isReserved) this.#release(forward.count);
    }
  }

  #release(count: number): void {
    this.#parts.release(forwardReservation(this.#parts.writer.call.id, count));
  }
}

import { causeOfStatus } from '../call/causes.ts';
import type { Failure } from '../call/hunt.ts';
import { forwardReservation, limitOfSides } from '../call/limits.ts';
import { endForward, withNewLeg } from '../call/record.ts';
import type { DurationLimit } from '../call/state.ts';
import { payingForward, type Forward, type Target } from '../routing/target.ts';
import type { DecidedCall } from '../routing/user-calls.ts';
import type { RunningCall, RunningCallParts } from './running-call.ts';

/** A call that goes on. */
type Decided = Extract<DecidedCall, { readonly attempts: unknown }>;

/** The call has another party, or is over. */
const givenUp: Failure = { status: 487 };

/**
 * The forwards of one call. Each is a call of the user who forwards: it has a limit, and, as far as it reaches someone
 * outside, a leg, a reservation and a CDR of its own.
 */
export class CallForwards {
  readonly #call: RunningCall;
  readonly #parts: Pick<RunningCallParts, 'writer' | 'carrier'>;
  #count = 0;
  /** Those that no one has answered, and that have not failed. */
  readonly #open = new Map<number, Forward>();

  constructor(call: RunningCall, parts: Pick<RunningCallParts, 'writer' | 'carrier'>) {
    this.#call = call;
    this.#parts = parts;
  }

  /** The number of the last one that was decided. */
  get count(): number {
    return this.#count;
  }

  next(): number {
    this.#count += 1;
    return this.#count;
  }

  /** Gives back what forwards have reserved that were decided since, and are not made. */
  drop(since: number, made?: Forward): void {
    for (let count = since + 1; count <= this.#count; count += 1) if (count !== made?.count) this.#release(count);
  }

  /** A forward begins. */
  begin({ forward, attempts, isRecorded }: Decided): void {
    if (forward === undefined) return;
    const { count, by, limit } = forward;
    this.#open.set(count, forward);
    const outside = attempts.flat().find((target) => payingForward({ ...target, forwards: [forward] }) !== undefined);
    const { writer, carrier } = this.#parts;
    writer.change((call) => {
      const recorded = isRecorded ? { ...call, options: { ...call.options, record: true } } : call;
      if (outside === undefined) return recorded;
      const leg = { number: count, user_id: by.id, caller: by.number ?? by.extension ?? by.id };
      const party = { ...outside.party, forward: leg, ...(limit.isReserved && { is_reserved: true as const }) };
      return withNewLeg(recorded, 'destination', party, carrier.now());
    });
  }

  /** Those that were made have failed, but the ones by which the next target is called. */
  fail(failures: readonly Failure[], { forwards = [] }: Target): void {
    this.#end(failures.at(-1) ?? givenUp, new Set(forwards.map(({ count }) => count)));
    if (forwards.length === 0) this.#call.parties.channels.set('forward', []);
  }

  /** A target answers: what limits its forwards limits the call. @returns the limit of the call */
  answer({ forwards = [] }: Target): DurationLimit {
    const { parties, record } = this.#call;
    for (const { count } of forwards) this.#open.delete(count);
    this.#end(givenUp);
    const sides = forwards.map(({ count, limit }) => ({
      ...{ side: 'destination' as const, reservation: forwardReservation(record.id, count), limit, from: 0 },
    }));
    parties.sides = [...parties.sides, ...sides];
    return limitOfSides(parties.sides);
  }

  #end({ status, q850 }: Failure, goOn: ReadonlySet<number> = new Set()): void {
    const { writer, carrier } = this.#parts;
    const end = { status, q850: causeOfStatus(status, q850).q850 };
    for (const forward of this.#open.values()) {
      if (goOn.has(forward.count)) continue;
      this.#open.delete(forward.count);
      writer.change((call) => endForward(call, forward.count, end, carrier.now()));
      if (forward.limit.isReserved) this.#release(forward.count);
    }
  }

  #release(count: number): void {
    this.#parts.carrier.release(this.#call, forwardReservation(this.#call.record.id, count));
  }
}

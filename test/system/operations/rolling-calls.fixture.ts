import { eventually, past } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import type { Softphone } from '#test/support/softphone.fixture.ts';
import type { RegisteredSoftphone } from '../softphones.fixture.ts';

/** Steady calls from phone to phone, of which both sides are watched. */

type Pair = {
  readonly caller: Softphone;
  readonly callee: Softphone;
  readonly extension: string;
  /** Whether its phones have one call at a time, and are idle in between. */
  readonly isAlone: boolean;
  /** What came to the callee since the last call was placed. */
  arrived: SoftCall | undefined;
};

/** Milliseconds between two keep-alives of a phone. */
const keepAlive = 10_000;
/** Milliseconds until a call is answered, and until its other side hears of its end. */
const timeout = 20_000;
/** Times that a phone calls whose connection closes before there is any response. */
const attempts = 5;
/** Milliseconds between two calls of a phone that has one at a time: a task that leaves its work may disconnect it. */
const rest = 14_000;

export type RollingCallsOptions = {
  /** Calls a second. */
  readonly rate: number;
  /** Seconds that they last, in turn. */
  readonly talks: readonly number[];
};

export class RollingCalls implements Disposable {
  readonly #options: RollingCallsOptions;
  readonly #pairs: Pair[] = [];
  /** Those without a call that is being set up. */
  readonly #idle: Pair[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #lost: string[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #placed = 0;
  #placing: NodeJS.Timeout | undefined;

  constructor(options: RollingCallsOptions) {
    this.#options = options;
  }

  /**
   * Adds a phone that calls another one.
   * @param isAlone whether it has one call at a time; default: it calls while others are up
   */
  add([caller, callee]: readonly RegisteredSoftphone[], isAlone = false): void {
    if (caller === undefined || callee === undefined) throw new Error('a call has two phones');
    const pair: Pair = {
      ...{ caller: caller.phone, callee: callee.phone, extension: callee.extension },
      ...{ isAlone, arrived: undefined },
    };
    pair.callee.answers = (call) => {
      pair.arrived = call;
      call.ring();
      call.answer();
    };
    for (const phone of [pair.caller, pair.callee])
      this.#timers.push(setInterval(() => phone.sendRaw(Buffer.from('\r\n\r\n')), keepAlive));
    this.#pairs.push(pair);
    this.#idle.push(pair);
  }

  begin(): void {
    this.#placing = setInterval(() => this.#place(), 1_000 / this.#options.rate);
  }

  /** Places no more calls, and waits for the others. @returns how many there were, and what became of those lost */
  async end(): Promise<{ readonly placed: number; readonly lost: readonly string[] }> {
    clearInterval(this.#placing);
    await Promise.all(this.#running);
    return { placed: this.#placed, lost: this.#lost };
  }

  /** Sides of calls that have not ended. */
  get up(): number {
    return this.#pairs.flatMap(({ callee }) => callee.calls).filter(({ isOver }) => !isOver).length;
  }

  [Symbol.dispose](): void {
    for (const timer of [this.#placing, ...this.#timers]) clearInterval(timer);
    for (const { caller, callee } of this.#pairs) for (const phone of [caller, callee]) phone[Symbol.dispose]();
  }

  /** If all phones are busy, the machine is slower than the rate. */
  #place(): void {
    const pair = this.#idle.shift();
    if (pair === undefined) return;
    const at = this.#placed++;
    const began = new Date().toISOString();
    const running = this.#run(pair, at).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      this.#lost.push(`call ${at} to ${pair.extension} at ${began}, lost at ${new Date().toISOString()}: ${reason}`);
    });
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
  }

  async #run(pair: Pair, at: number): Promise<void> {
    const goOn = (): void => void this.#idle.push(pair);
    if (pair.isAlone) return this.#talk(pair, at).finally(() => void this.#timers.push(setTimeout(goOn, rest)));
    return this.#talk(pair, at, goOn);
  }

  /** @param goOn called when the call is set up, or has failed */
  async #talk(pair: Pair, at: number, goOn: () => void = () => undefined): Promise<void> {
    const sides = await this.#setUp(pair).finally(goOn);
    const { talks } = this.#options;
    await past((talks[at % talks.length] ?? 1) * 1_000);
    const [one, other] = sides;
    const [ends, hears] = at % 2 === 0 ? [one, other] : [other, one];
    const logs = () => `${sides[0].log.join(' ')} | ${sides[1].log.join(' ')}`;
    if (!sides.every(({ isUp }) => isUp)) throw new Error(`not up: ${logs()}`);
    ends.hangUp();
    await eventually(() => hears.log.at(-1) === 'ended by peer', timeout).catch(() => {
      throw new Error(`the other side is up: ${logs()}`);
    });
  }

  async #setUp(pair: Pair): Promise<readonly [SoftCall, SoftCall]> {
    pair.arrived = undefined;
    const arrived = (): SoftCall | undefined => pair.arrived;
    let call = pair.caller.call(pair.extension);
    // A phone whose connection is closed before its INVITE has a response calls on the next one (RFC 3261 §8.1.3.1).
    for (let tried = 1; tried < attempts; tried += 1) {
      await eventually(() => call.isOver || call.log.length > 0, timeout);
      if (call.failure?.by !== 'transport') break;
      await pair.caller.returned();
      call = pair.caller.call(pair.extension);
    }
    await eventually(() => call.isOver || (call.isUp && arrived()?.log.includes('acknowledged') === true), timeout);
    const answered = arrived();
    if (call.isOver || answered === undefined) throw new Error(`not answered: ${call.log.join(' ')}`);
    return [call, answered];
  }
}

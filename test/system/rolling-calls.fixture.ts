import { eventually, past } from '../support/eventually.ts';
import type { SoftCall } from '../support/soft-call.fixture.ts';
import type { Softphone } from '../support/softphone.fixture.ts';
import type { RegisteredSoftphone } from './softphones.fixture.ts';

/** Steady calls from phone to phone, of which both sides are watched. */

type Pair = {
  readonly caller: Softphone;
  readonly callee: Softphone;
  readonly extension: string;
  /** What came to the callee since the last call was placed. */
  arrived: SoftCall | undefined;
};

/** Milliseconds between two keep-alives of a phone. */
const keepAlive = 10_000;
/** Milliseconds until a call is answered, and until its other side hears of its end. */
const timeout = 20_000;

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

  /** Adds a phone that calls another one. */
  add([caller, callee]: readonly RegisteredSoftphone[]): void {
    if (caller === undefined || callee === undefined) throw new Error('a call has two phones');
    const pair: Pair = { caller: caller.phone, callee: callee.phone, extension: callee.extension, arrived: undefined };
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
    const sides = await this.#setUp(pair).finally(() => this.#idle.push(pair));
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
    const call = pair.caller.call(pair.extension);
    await eventually(() => call.isOver || (call.isUp && arrived()?.log.includes('acknowledged') === true), timeout);
    const answered = arrived();
    if (call.isOver || answered === undefined) throw new Error(`not answered: ${call.log.join(' ')}`);
    return [call, answered];
  }
}

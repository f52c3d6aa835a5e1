import { second } from '#schema/time.ts';
import type { StoredParked } from '../call/moved-application.ts';
import type { Application, ApplicationHost, StartApplication } from './application.ts';
import type { InterpretedDependencies } from './interpreted-application.ts';

/** A call in a slot: its party hears music, and rings at who parked it after a while. */

/** Seconds that it rings at who parked it, and how often it does. */
const ringSeconds = 30;
const maxReturns = 5;

const noAnswer = { status: 480, q850: 19 } as const;

/** Waits in a slot until a phone fetches the call. */
export const parked =
  (wanted: Pick<StoredParked, 'by' | 'return_seconds'>, dependencies: InterpretedDependencies): StartApplication =>
  (host) => {
    host.answer();
    const application = new Parked({ kind: 'parked', ...wanted, returns: 0, due: 0 }, dependencies, host);
    void host.joined().then(() => application.wait());
    return application;
  };

/** Waits on for what a call waited for at another task. */
export const resumedParked =
  (stored: StoredParked, dependencies: InterpretedDependencies): StartApplication =>
  (host) => {
    const application = new Parked(stored, dependencies, host);
    application.resume();
    return application;
  };

class Parked implements Application {
  #stored: StoredParked;
  readonly #dependencies: InterpretedDependencies;
  readonly #host: ApplicationHost;
  /** `busy`: the call is being parked, or rings at who parked it. */
  #phase: 'busy' | 'waiting' | 'suspended' | 'over' = 'busy';
  #timer: NodeJS.Timeout | undefined;

  constructor(stored: StoredParked, dependencies: InterpretedDependencies, host: ApplicationHost) {
    this.#stored = stored;
    this.#dependencies = dependencies;
    this.#host = host;
  }

  /** The party hears music from now on. */
  wait(): void {
    if (this.#phase === 'over') return;
    const due = this.#dependencies.now() + this.#stored.return_seconds * second;
    this.#stored = { ...this.#stored, due };
    this.resume();
  }

  resume(): void {
    this.#phase = 'waiting';
    this.#host.hold(true);
    this.#startTimer();
  }

  onDigit(): void {
    // Nothing is asked.
  }

  onEnd(): void {
    this.#phase = 'over';
    clearTimeout(this.#timer);
  }

  get isMovable(): boolean {
    return this.#phase === 'waiting' || this.#phase === 'suspended';
  }

  suspend(): StoredParked | undefined {
    if (!this.isMovable) return undefined;
    this.#phase = 'suspended';
    clearTimeout(this.#timer);
    return this.#stored;
  }

  goOn(): void {
    if (this.#phase !== 'suspended') return;
    this.#phase = 'waiting';
    this.#startTimer();
  }

  #startTimer(): void {
    const { now, fault } = this.#dependencies;
    this.#timer = setTimeout(() => void this.#ringBack().catch(fault), Math.max(0, this.#stored.due - now()));
  }

  async #ringBack(): Promise<void> {
    const { by, returns } = this.#stored;
    this.#phase = 'busy';
    this.#stored = { ...this.#stored, returns: returns + 1 };
    this.#host.hold(false);
    const wanted = { strategy: 'all', ring_seconds: ringSeconds, caller_id: null, policy: null, user: null } as const;
    const outcome =
      by === null
        ? 'no_answer'
        : await this.#host.dial({ parties: [by], ...wanted, after: null, accept: undefined, music: undefined });
    if (outcome === 'answered') return;
    if (this.#stored.returns < maxReturns) this.wait();
    else this.#host.hangUp(noAnswer);
  }
}

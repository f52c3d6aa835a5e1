import { minute } from '#schema/time.ts';

/** The dependencies of the hand-over. */
export type ConnectionHandOverDependencies = {
  /** The generation that has the work of this task; undefined: none. */
  readonly newer: () => string | undefined;
  /** Whether the task takes no new work, and others do. */
  readonly isLeft: () => boolean;
  readonly calls: { readonly size: number };
  readonly offers: { readonly immovable: number };
  readonly connections: {
    /** How many connections of this task calls use, at any task. */
    readonly inCalls: () => number;
    /** Closes some of those that no call uses. */
    readonly closeIdle: () => void;
  };
  /** Unix milliseconds. */
  readonly now: () => number;
};

/**
 * Milliseconds for which a task that has left its work waits for connections that calls of other tasks use. New phones
 * may connect to it all the time, as balancers know nothing of generations.
 */
const connectionTime = 60 * minute;

/** Has the phones of a task that leaves its work connect to others, and says what needs the task. */
export class ConnectionHandOver {
  readonly #dependencies: ConnectionHandOverDependencies;
  #leftAt: number | undefined;

  constructor(dependencies: ConnectionHandOverDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * What would end with the task: calls that cannot move, and connections that calls use. One that has left its work
   * loses none of its calls that ring, either.
   */
  get needed(): number {
    const { newer, calls, offers, connections, now } = this.#dependencies;
    const inCalls = connections.inCalls();
    if (newer() === undefined) return offers.immovable + inCalls;
    return calls.size + (now() - (this.#leftAt ?? now()) < connectionTime ? inCalls : 0);
  }

  /** Call it several times a second. */
  refresh(): void {
    const { newer, isLeft, connections, now } = this.#dependencies;
    if (newer() === undefined) this.#leftAt = undefined;
    else this.#leftAt ??= now();
    if (isLeft()) connections.closeIdle();
  }
}

/**
 * `running`: set-ups in progress; with more, each takes longer and no more are done in a second. `waiting`: INVITEs of
 * one source, fewer than may be in progress (admission.ts), so that others have room. `age`: milliseconds after which
 * one is rejected; its caller has sent it again twice by then.
 */
const limits = { running: 48, waiting: 400, age: 2_000 } as const;

type Waiting = { readonly since: number; readonly begin: (mayBegin: boolean) => void };

/**
 * Lets a number of calls be set up at a time. Under overload the calls that are accepted are set up in time, and the
 * others are rejected soon, instead of all being late. Sources take turns, so that none keeps the others waiting.
 */
export class SetUpQueue {
  readonly #now: () => number;
  /** By source: the INVITEs of each in the order in which they came, and the source whose turn is next first. */
  readonly #waiting = new Map<string, Waiting[]>();
  #running = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param now Unix milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** An INVITE that has just come. */
  arrive(): SetUpTurn {
    return new SetUpTurn(this, this.#now());
  }

  /** @returns false if it has waited too long, or too many of its source wait */
  async enter(source: string, since: number): Promise<boolean> {
    if (this.#running < limits.running) {
      this.#running += 1;
      return true;
    }
    const others = this.#waiting.get(source) ?? [];
    if (others.length >= limits.waiting) return false;
    return new Promise((resolve) => {
      others.push({ since, begin: resolve });
      this.#waiting.set(source, others);
      this.#timer ??= setTimeout(() => this.#rejectLate(), since + limits.age - this.#now());
    });
  }

  leave(): void {
    this.#running -= 1;
    this.#rejectLate();
    const [source] = this.#waiting.keys();
    const next = source === undefined ? undefined : this.#shift(source);
    if (next === undefined) return;
    this.#running += 1;
    next.begin(true);
  }

  /** The oldest of a source, which then comes after all others. */
  #shift(source: string): Waiting | undefined {
    const of = this.#waiting.get(source) ?? [];
    const next = of.shift();
    this.#waiting.delete(source);
    if (of.length > 0) this.#waiting.set(source, of);
    return next;
  }

  #rejectLate(): void {
    const before = this.#now() - limits.age;
    let oldest = Infinity;
    for (const [source, of] of this.#waiting) {
      while (of[0] !== undefined && of[0].since <= before) of.shift()?.begin(false);
      oldest = Math.min(oldest, of[0]?.since ?? Infinity);
      if (of.length === 0) this.#waiting.delete(source);
    }
    clearTimeout(this.#timer);
    this.#timer = oldest === Infinity ? undefined : setTimeout(() => this.#rejectLate(), oldest - before);
  }
}

/** The set-up of one INVITE, from its arrival on. */
export class SetUpTurn {
  readonly #queue: SetUpQueue;
  readonly #since: number;
  #isTaken = false;

  constructor(queue: SetUpQueue, since: number) {
    this.#queue = queue;
    this.#since = since;
  }

  /**
   * Resolves when the set-up may begin.
   * @param source whose call it is
   * @returns false if the INVITE has waited too long: it must be rejected
   */
  async take(source: string): Promise<boolean> {
    this.#isTaken ||= await this.#queue.enter(source, this.#since);
    return this.#isTaken;
  }

  /** The set-up is done, or there is none. */
  end(): void {
    if (this.#isTaken) this.#queue.leave();
    this.#isTaken = false;
  }
}

/** How much goes together at most, and how often at the same time. */
export type Limits<Request> = {
  readonly most: number;
  readonly atOnce: number;
  /** How much a request is of `most`; 1 unless it says so. */
  readonly sizeOf?: (request: Request) => number;
  /** What no two requests that are under way may have in common. */
  readonly keyOf?: (request: Request) => string;
};

/** Answers each request in its place; an Error there is that one's alone, one that is thrown is all theirs. */
type CarryOut<Request, Answer> = (requests: readonly Request[]) => Promise<readonly (Answer | Error)[]>;

type Waiting<Request, Answer> = {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
};

/** Milliseconds for which what is under way is waited for: what takes longer holds nobody back. */
const timeout = 50;

/**
 * Group commit: a request goes at once while none is under way; what comes meanwhile goes together next, or before that
 * once it fills a group. So nobody waits for others who have not come yet, and a store is asked the less often the more
 * there is to ask.
 */
export function together<Request, Answer>(
  carryOut: CarryOut<Request, Answer>,
  limits: Limits<Request>,
): (request: Request) => Promise<Answer> {
  const groups = new Groups(carryOut, limits);
  return (request) => groups.ask(request);
}

class Groups<Request, Answer> {
  readonly #carryOut: CarryOut<Request, Answer>;
  readonly #limits: Limits<Request>;
  readonly #held = new Set<string>();
  #waiting: Waiting<Request, Answer>[] = [];
  #underWay = 0;
  /** Of those under way, how many are waited for. */
  #awaited = 0;

  constructor(carryOut: CarryOut<Request, Answer>, limits: Limits<Request>) {
    this.#carryOut = carryOut;
    this.#limits = limits;
  }

  ask(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      this.#begin();
    });
  }

  #begin(): void {
    while (this.#underWay < this.#limits.atOnce && (this.#awaited === 0 || this.#isFull())) {
      const group = this.#take();
      if (group.length === 0) return;
      void this.#carry(group);
    }
  }

  async #carry(group: readonly Waiting<Request, Answer>[]): Promise<void> {
    this.#underWay += 1;
    this.#awaited += 1;
    let isAwaited = true;
    const forget = (): void => {
      if (isAwaited) this.#awaited -= 1;
      isAwaited = false;
    };
    const late = setTimeout(() => {
      forget();
      this.#begin();
    }, timeout);
    await this.#settle(group);
    clearTimeout(late);
    forget();
    this.#underWay -= 1;
    for (const { request } of group) this.#held.delete(this.#keyOf(request) ?? '');
    this.#begin();
  }

  #isFull(): boolean {
    const { most, sizeOf = () => 1 } = this.#limits;
    return this.#waiting.reduce((size, { request }) => size + sizeOf(request), 0) >= most;
  }

  #keyOf(request: Request): string | undefined {
    return this.#limits.keyOf?.(request);
  }

  /** Those that have waited longest, as many as fit, without those that something under way holds. */
  #take(): Waiting<Request, Answer>[] {
    const { most, sizeOf = () => 1 } = this.#limits;
    const [group, rest]: [Waiting<Request, Answer>[], Waiting<Request, Answer>[]] = [[], []];
    let size = 0;
    for (const each of this.#waiting) {
      const key = this.#keyOf(each.request);
      const isHeld = key !== undefined && this.#held.has(key);
      if (isHeld || (group.length > 0 && size + sizeOf(each.request) > most)) {
        rest.push(each);
        continue;
      }
      if (key !== undefined) this.#held.add(key);
      size += sizeOf(each.request);
      group.push(each);
    }
    this.#waiting = rest;
    return group;
  }

  async #settle(group: readonly Waiting<Request, Answer>[]): Promise<void> {
    try {
      const answers = await this.#carryOut(group.map(({ request }) => request));
      for (const [at, { resolve, reject }] of group.entries()) {
        const answer = answers[at] ?? new Error('a request of a group was not answered');
        if (answer instanceof Error) reject(answer);
        else resolve(answer);
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}

/** Has pieces of work of one key done one after the other, in the order in which they came. */
export function oneByOne(): <Answer>(key: string, work: () => Promise<Answer>) => Promise<Answer> {
  const last = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const before = last.get(key);
    const done = before === undefined ? work() : before.then(work, work);
    last.set(key, done);
    try {
      return await done;
    } finally {
      if (last.get(key) === done) last.delete(key);
    }
  };
}

/** Limits of a batcher. */
export type BatchLimits<Request> = {
  /** Total size of a batch. A single request that is larger gets a batch of its own. */
  readonly max: number;
  /** Batches that run at the same time. */
  readonly concurrency: number;
  /** The size of a request. Default: 1. */
  readonly sizeOf?: (request: Request) => number;
  /** Requests of the same key never run at the same time. Default: requests are independent. */
  readonly keyOf?: (request: Request) => string;
  /** Whether requests of the same key may be in one batch. Two batches with the same key never run at the same time. */
  readonly joinsKeys?: boolean;
  /** Whether a request waits for those that come in the same turn of the event loop. Default: it begins at once. */
  readonly joinsTurn?: boolean;
};

/**
 * Carries out a batch and returns a result per request, in order. An Error as a result rejects that request only; a
 * thrown error rejects all of them.
 */
type CarryOut<Request, Result> = (requests: readonly Request[]) => Promise<readonly (Result | Error)[]>;

type Pending<Request, Result> = {
  readonly request: Request;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
};

/** Time for which a running batch delays the next one, in milliseconds. A slower batch delays no one. */
const maxDelay = 50;

/**
 * Group commit: a request runs at once if no batch is running; otherwise it waits for the running batch, or until the
 * waiting requests fill a batch. No request waits for requests that have not arrived yet, and the load on the store
 * grows more slowly than the number of requests.
 */
export function newBatcher<Request, Result>(
  carryOut: CarryOut<Request, Result>,
  limits: BatchLimits<Request>,
): (request: Request) => Promise<Result> {
  const batcher = new Batcher(carryOut, limits);
  return (request) => batcher.run(request);
}

class Batcher<Request, Result> {
  readonly #carryOut: CarryOut<Request, Result>;
  readonly #limits: BatchLimits<Request>;
  readonly #runningKeys = new Set<string>();
  #pending: Pending<Request, Result>[] = [];
  #running = 0;
  /** Running batches that are younger than `maxDelay`. */
  #awaited = 0;
  /** Whether batches start when the turn of the event loop ends. */
  #isStarting = false;

  constructor(carryOut: CarryOut<Request, Result>, limits: BatchLimits<Request>) {
    this.#carryOut = carryOut;
    this.#limits = limits;
  }

  run(request: Request): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ request, resolve, reject });
      if (this.#limits.joinsTurn === true) this.#startAfterTurn();
      else this.#startBatches();
    });
  }

  #startAfterTurn(): void {
    if (this.#isStarting) return;
    this.#isStarting = true;
    setImmediate(() => {
      this.#isStarting = false;
      this.#startBatches();
    });
  }

  #startBatches(): void {
    while (this.#running < this.#limits.concurrency && (this.#awaited === 0 || this.#isFull())) {
      const batch = this.#nextBatch();
      if (batch.length === 0) return;
      void this.#runBatch(batch);
    }
  }

  async #runBatch(batch: readonly Pending<Request, Result>[]): Promise<void> {
    this.#running += 1;
    this.#awaited += 1;
    let isAwaited = true;
    const stopAwaiting = (): void => {
      if (isAwaited) this.#awaited -= 1;
      isAwaited = false;
    };
    const late = setTimeout(() => {
      stopAwaiting();
      this.#startBatches();
    }, maxDelay);
    await this.#settle(batch);
    clearTimeout(late);
    stopAwaiting();
    this.#running -= 1;
    for (const { request } of batch) this.#runningKeys.delete(this.#keyOf(request) ?? '');
    this.#startBatches();
  }

  #isFull(): boolean {
    const { max, sizeOf = () => 1 } = this.#limits;
    return this.#pending.reduce((size, { request }) => size + sizeOf(request), 0) >= max;
  }

  #keyOf(request: Request): string | undefined {
    return this.#limits.keyOf?.(request);
  }

  /** The oldest requests that fit into a batch, without those whose key is running. */
  #nextBatch(): Pending<Request, Result>[] {
    const { max, sizeOf = () => 1, joinsKeys = false } = this.#limits;
    const [batch, rest]: [Pending<Request, Result>[], Pending<Request, Result>[]] = [[], []];
    const running = joinsKeys ? new Set(this.#runningKeys) : this.#runningKeys;
    let size = 0;
    for (const pending of this.#pending) {
      const key = this.#keyOf(pending.request);
      const isKeyRunning = key !== undefined && running.has(key);
      if (isKeyRunning || (batch.length > 0 && size + sizeOf(pending.request) > max)) {
        rest.push(pending);
        continue;
      }
      if (key !== undefined) this.#runningKeys.add(key);
      size += sizeOf(pending.request);
      batch.push(pending);
    }
    this.#pending = rest;
    return batch;
  }

  async #settle(batch: readonly Pending<Request, Result>[]): Promise<void> {
    try {
      const results = await this.#carryOut(batch.map(({ request }) => request));
      for (const [at, { resolve, reject }] of batch.entries()) {
        const result = results[at] ?? new Error('the batch has no result for this request');
        if (result instanceof Error) reject(result);
        else resolve(result);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

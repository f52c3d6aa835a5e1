import { randomUUID } from 'node:crypto';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { Freezer } from '../aws/freezer.ts';
import type { Environment, Job, Outcome } from './lambda-worker.ts';
import type { Waiting, WarmEnvironments } from './warm-environments.ts';

/** A function's answer. `payload` is JSON: its result, or `{errorType, errorMessage}` when it failed. */
export type Invocation = { readonly payload: string; readonly failed: boolean };

export type FunctionSettings = {
  readonly environment: Environment;
  readonly variables: Readonly<Record<string, string>>;
  /** Variables of one environment alone: its credentials, by which its AWS calls wait while it is frozen. */
  credentialsOf(freezer: Freezer): Readonly<Record<string, string>>;
  /** Environments that the template reserves for the function, if it does. */
  readonly reserved?: number;
  /** Milliseconds for one event. */
  readonly timeout: number;
  readonly log: Writable;
  /** Milliseconds after which this event's environment is killed (fault mode), or null. */
  killAfter(): number | null;
};

/** V8's compiled code is stored beside the bundle, so that an environment is ready in two thirds of the time. */
export const compileCacheIn = (folder: string): Readonly<Record<string, string>> => ({
  NODE_COMPILE_CACHE: join(folder, 'compiled'),
});

/** How environments rest. */
export type Rest = {
  /** Milliseconds without an event after which the only one of its function ends. */
  readonly idle: number;
  /**
   * The same of one beside others, as a page with four requests at once needs four, and the next page one. The
   * only one ends then if too many functions have one.
   */
  readonly surplus: number;
  /** Those of all functions. */
  readonly warm: WarmEnvironments;
};

/** Execution environments of a function. AWS starts as many as there are events at once; here the rest wait. */
const maxWorkers = 4;
/** Of a function that has a number reserved, as its events may wait for each other: at most this. */
const maxReserved = 12;
/**
 * Milliseconds that an event waits, once the newest environment is ready, before another is started: a start takes the
 * time of thirty requests, and is useless if the cores already have three times the work they can do.
 */
const waitBeforeNext = (): number => ((loadavg()[0] ?? 0) > 3 * availableParallelism() ? 1_000 : minWait);
const minWait = 100;
/**
 * Milliseconds for loading a bundle, before the function's own time-out: AWS Lambda loads a bundle that takes longer
 * again, within that time-out (docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html, "Init phase").
 */
const initTimeout = 10_000;

const failure = (errorType: string, errorMessage: string): Invocation => ({
  payload: JSON.stringify({ errorType, errorMessage }),
  failed: true,
});

/** The execution environments of one function: started when needed, kept warm, replaced after a crash or timeout. */
export class FunctionPool {
  #settings: FunctionSettings;
  readonly #idle: ExecutionEnvironment[] = [];
  readonly #all = new Set<ExecutionEnvironment>();
  readonly #waiting: { event: string; functionArn: string; since: number; answer: (invocation: Invocation) => void }[] =
    [];
  #newest: ExecutionEnvironment | undefined;
  #later: NodeJS.Timeout | undefined;
  readonly #resting: Rest;
  readonly #maxWorkers: number;

  constructor(settings: FunctionSettings, resting: Rest) {
    this.#settings = settings;
    this.#resting = resting;
    this.#maxWorkers = Math.min(settings.reserved ?? maxWorkers, maxReserved);
  }

  /** Whether an event is being handled or waits. */
  get busy(): boolean {
    return this.#idle.length < this.#all.size || this.#waiting.length > 0;
  }

  invoke(event: string, functionArn: string): Promise<Invocation> {
    return new Promise((answer) => {
      this.#waiting.push({ event, functionArn, since: performance.now(), answer });
      this.#dispatch();
    });
  }

  /** Runs the code in another folder from the next event on. An environment that handles an event ends after it. */
  replaceCode(folder: string): void {
    const { environment, variables } = this.#settings;
    this.#settings = {
      ...this.#settings,
      environment: { ...environment, folder },
      variables: { ...variables, ...compileCacheIn(folder) },
    };
    for (const idle of [...this.#idle]) this.#retire(idle);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#all].map((environment) => environment.stop()));
  }

  #retire(environment: ExecutionEnvironment): void {
    this.#wake(environment);
    this.#all.delete(environment);
    environment.alive = false;
    void environment.stop();
  }

  /** Prefers the most recently used environment, so that few stay warm, as on AWS. */
  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const environment = this.#warm() ?? this.#start();
      const next = environment && this.#waiting.shift();
      if (!next) {
        this.#later ??= setTimeout(() => {
          this.#later = undefined;
          this.#dispatch();
        }, minWait);
        return;
      }
      void environment.run(next.event, next.functionArn).then((invocation) => {
        if (environment.alive && environment.settings === this.#settings) this.#rest(environment);
        else this.#retire(environment);
        next.answer(invocation);
        this.#dispatch();
      });
    }
  }

  /** Keeps one environment until it is idle, and those beside it until they are surplus. */
  #rest(environment: ExecutionEnvironment): void {
    this.#idle.push(environment);
    const after = (milliseconds: number, work: () => void): void => {
      environment.resting = setTimeout(work, milliseconds).unref();
    };
    const end = (): void => this.#retire(environment);
    const { idle, surplus, warm } = this.#resting;
    environment.waiting = { end };
    warm.add(environment.waiting);
    after(Math.min(surplus, idle), () => {
      after(Math.max(0, idle - surplus), end);
      if (this.#all.size > 1) end();
      else warm.shrink();
    });
  }

  /** The environment does not rest any more. */
  #wake(environment: ExecutionEnvironment): void {
    clearTimeout(environment.resting);
    if (environment.waiting !== undefined) this.#resting.warm.remove(environment.waiting);
    const at = this.#idle.indexOf(environment);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  /** An idle environment may have ended by work that its last event left behind. */
  #warm(): ExecutionEnvironment | undefined {
    const environment = this.#idle.at(-1);
    if (environment === undefined) return undefined;
    this.#wake(environment);
    if (environment.alive) return environment;
    this.#all.delete(environment);
    return this.#warm();
  }

  #start(): ExecutionEnvironment | undefined {
    const waited = performance.now() - Math.max(this.#newest?.startedUntil ?? 0, this.#waiting[0]?.since ?? 0);
    // Those that are reserved are there at once, however busy the machine is.
    const pause = this.#settings.reserved === undefined ? waitBeforeNext() : minWait;
    if (this.#all.size >= this.#maxWorkers || (this.#all.size > 0 && waited < pause)) return undefined;
    this.#newest = new ExecutionEnvironment(this.#settings);
    this.#all.add(this.#newest);
    return this.#newest;
  }
}

/** One worker thread with the function's bundle loaded. Handles one event at a time. */
class ExecutionEnvironment {
  alive = true;
  /** Time at which it was ready or had failed: milliseconds of `performance.now`. */
  startedUntil = Infinity;
  /** Ends it unless an event comes. */
  resting: NodeJS.Timeout | undefined;
  /** While it rests. */
  waiting: Waiting | undefined;
  readonly settings: FunctionSettings;
  readonly #worker: Worker;
  readonly #freezer = new Freezer();
  readonly #ready = Promise.withResolvers<'ready'>();
  #settle: (invocation: Invocation) => void = () => undefined;

  constructor(settings: FunctionSettings) {
    this.settings = settings;
    const { environment, variables } = settings;
    this.#worker = new Worker(new URL('./lambda-worker.ts', import.meta.url), {
      workerData: environment,
      env: { ...variables, ...settings.credentialsOf(this.#freezer) },
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: environment.memoryMegabytes },
    });
    this.#worker.on('message', (outcome: Outcome) =>
      outcome === 'ready' ? this.#ready.resolve(outcome) : this.#settle(outcome),
    );
    this.#worker.on('error', (error) => this.#end(failure('Runtime.Crash', String(error))));
    this.#worker.on('exit', (code) => this.#end(failure('Runtime.ExitError', `Runtime exited with code ${code}`)));
  }

  async run(event: string, functionArn: string): Promise<Invocation> {
    const { promise, resolve } = Promise.withResolvers<Invocation>();
    this.#settle = (invocation) => {
      this.#freezer.freeze();
      resolve(invocation);
    };
    this.#freezer.thaw();
    const requestId = randomUUID();
    const { timeout, killAfter } = this.settings;
    const loading = initTimeout + timeout;
    const starting = setTimeout(() => this.#giveUp(requestId, loading), loading);
    await Promise.race([this.#ready.promise, promise]);
    clearTimeout(starting);
    this.startedUntil = Math.min(this.startedUntil, performance.now());
    if (!this.alive) return promise;

    const limit = setTimeout(() => this.#giveUp(requestId, timeout), timeout);
    const untilKilled = killAfter();
    const kill = untilKilled === null ? undefined : setTimeout(() => void this.stop(), untilKilled);
    this.#worker.postMessage({ requestId, event, functionArn, deadline: Date.now() + timeout } satisfies Job);
    const invocation = await promise;
    clearTimeout(limit);
    clearTimeout(kill);
    return invocation;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #giveUp(requestId: string, milliseconds: number): void {
    this.#end(
      failure(
        'Sandbox.Timedout',
        `RequestId: ${requestId} Error: Task timed out after ${(milliseconds / 1000).toFixed(2)} seconds`,
      ),
    );
    void this.stop();
  }

  #end(reason: Invocation): void {
    if (!this.alive) return;
    this.alive = false;
    this.settings.log.write(`${reason.payload}\n`);
    this.#settle(reason);
  }
}

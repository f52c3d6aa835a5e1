import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { LocalCloudError } from '../templates/resource.ts';
import { compileCacheIn } from './lambda-pool.ts';
import type { ProtectedTask } from '../aws/task-agent.ts';

/**
 * Milliseconds until a task must be ready, between two probes of it, before one that crashed is started again, and for
 * the answer to a health check (Elastic Load Balancing, "Health checks for Network Load Balancer target groups").
 */
const timeout = { ready: 120_000, probe: 25, restart: 1_000, check: 6_000 };

/**
 * V8 lets the heap for new objects grow to 48 MiB before it collects them, which an idle process takes some minutes to
 * fill: here 1 MiB for each of its three parts. So small a heap is collected by one thread; four others would wake each
 * time. `npm start` has the same.
 */
const youngGeneration = ['--max-semi-space-size=1', '--no-parallel-scavenge'];

export type ServiceTaskSettings = {
  readonly name: string;
  /** Of the definition that it was started from. */
  readonly revision: number;
  readonly ports: Readonly<Record<string, number>>;
  readonly variables: Readonly<Record<string, string>>;
  /** Descriptor of the file that receives the task's output. */
  readonly log: number;
  readonly protection: Pick<ProtectedTask, 'isProtected' | 'reset'>;
  /** That of its target groups, at the port `health`. Default: `/ready` */
  readonly healthPath: string | undefined;
  /** Prints a line for the person who started the local cloud. */
  announce(line: string): void;
};

/** One container of a service, as a child process. It is started again after a crash. */
export class ServiceTask {
  readonly id: string = randomUUID();
  readonly name: string;
  readonly revision: number;
  readonly ports: Readonly<Record<string, number>>;
  /** Whether it ends, or has ended. */
  isStopping = false;
  /** When its process was started, in Unix milliseconds: again after a crash. */
  startedAt = 0;
  readonly #settings: ServiceTaskSettings;
  /** The last process. */
  #child: ChildProcess | undefined;
  /** The process that is started again if it ends. */
  #running: ChildProcess | undefined;

  constructor(settings: ServiceTaskSettings) {
    this.name = settings.name;
    this.revision = settings.revision;
    this.ports = settings.ports;
    this.#settings = settings;
  }

  /** Whether a deployment must not stop it. */
  get isProtected(): boolean {
    return this.#settings.protection.isProtected();
  }

  /** @throws LocalCloudError if it is not ready in time */
  async start(folder: string): Promise<void> {
    const child = this.#spawn(folder);
    await this.#untilReady(child);
    this.#restartAfterCrash(child, folder);
  }

  /** Whether it passes its health check now. */
  isHealthy(): Promise<boolean> {
    const { healthPath = '/ready' } = this.#settings;
    const signal = AbortSignal.timeout(timeout.check);
    return fetch(`http://127.0.0.1:${this.ports['health']}${healthPath}`, { signal }).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  /** Ends the process and starts the code in `folder`. */
  async replaceCode(folder: string): Promise<void> {
    await this.#end(timeout.restart);
    await this.start(folder);
  }

  /** Waits at most `milliseconds` for the process to finish, then kills it. A second call has it finish at once. */
  async stop(milliseconds: number): Promise<void> {
    this.isStopping = true;
    await this.#end(milliseconds);
  }

  async #end(milliseconds: number): Promise<void> {
    const child = this.#child;
    this.#running = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    if ((await Promise.race([ended, pause(milliseconds, 'late', { ref: false })])) === 'late') child.kill('SIGKILL');
    await ended;
  }

  /** The child notices by its channel that its parent has ended, even if that was killed. */
  #spawn(folder: string): ChildProcess {
    const { variables, log, protection } = this.#settings;
    protection.reset();
    const env = { ...compileCacheIn(folder), ...variables };
    const child = spawn(process.execPath, [...youngGeneration, 'index.mjs'], {
      cwd: folder,
      env,
      stdio: ['ignore', log, log, 'ipc'],
    });
    [this.#child, this.#running, this.startedAt] = [child, child, Date.now()];
    return child;
  }

  #restartAfterCrash(child: ChildProcess, folder: string): void {
    child.once('exit', (code, signal) => {
      if (this.#running === child)
        this.#settings.announce(
          `A task of ${this.name} ended unexpectedly (${signal ?? `exit code ${code}`}); it is started again.`,
        );
      void pause(timeout.restart).then(() => {
        if (this.#running === child) this.#restartAfterCrash(this.#spawn(folder), folder);
      });
    });
  }

  /** A target is healthy from its first passed check on. */
  async #untilReady(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + timeout.ready;
    while (!(await this.isHealthy())) {
      if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
        child.kill('SIGKILL');
        throw new LocalCloudError(`The service ${this.name} does not start: see ${this.name}.log among the logs.`);
      }
      await pause(timeout.probe);
    }
  }
}

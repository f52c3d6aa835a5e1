import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Replaced, Replacement, Started } from './messages.ts';

/** A local cloud in a process of its own, so that a restart loads all sources again. */
export class CloudProcess {
  /** What it reports when it is ready; undefined if it ends before, after it has printed why. */
  readonly started: Promise<Started | undefined>;
  /** Its exit code. */
  readonly ended: Promise<number>;
  readonly #child: ChildProcess;

  /** @param previous a cloud whose ports it takes over */
  constructor(previous?: Started) {
    const ports = previous === undefined ? {} : { PORT: String(previous.port), SIP_PORT: String(previous.sipPort) };
    // A group of its own: a terminal's Ctrl-C reaches it once, through this process.
    const child = fork(join(import.meta.dirname, 'cloud.ts'), { env: { ...process.env, ...ports }, detached: true });
    this.#child = child;
    this.ended = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : 1));
    const message = new Promise<Started>((resolve) => child.once('message', (started: Started) => resolve(started)));
    this.started = Promise.race([message, this.ended.then(() => undefined)]);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Runs bundles in place of others. @throws Error with the reason if that fails */
  async replace(bundles: Replacement['bundles']): Promise<void> {
    const answer = new Promise<Replaced>((resolve) => this.#child.once('message', resolve));
    // A process that has just ended cannot be reached: `ended` says so.
    this.#child.send({ kind: 'replace', bundles } satisfies Replacement, () => undefined);
    const ended = this.ended.then((): Replaced => ({ kind: 'replaced', problem: 'The cloud has ended.' }));
    const { problem } = await Promise.race([answer, ended]);
    if (problem !== undefined) throw new Error(problem);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

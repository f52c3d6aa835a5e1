import { hash } from 'node:crypto';
import type { OwnCloud } from '../cloud.ts';
import { sidecarsOf, type SidecarProcess } from '../deployments.fixture.ts';
import type { TaskAddress } from '../sidecar-tasks.fixture.ts';

/** Milliseconds between two checks whether the tasks are ready. */
const checkInterval = 500;

/** The tasks of a local cloud to which a balancer of a test sends: those that pass their health check. */
export class BalancedTasks implements Disposable {
  readonly #onChange: () => void;
  #ready: readonly SidecarProcess[] = [];
  #isChecking = false;
  #checks: NodeJS.Timeout | undefined;

  /** @param onChange called after each check */
  constructor(onChange: () => void = () => undefined) {
    this.#onChange = onChange;
  }

  /** Begins to check the tasks of a cloud. */
  async begin(cloud: Pick<OwnCloud, 'pid'>): Promise<void> {
    await this.#check(cloud);
    this.#checks = setInterval(() => void this.#check(cloud), checkInterval);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#checks);
  }

  /** Whether a task, known by its port of SIP over UDP, is sent to. */
  has(port: number): boolean {
    return this.#ready.some(({ sip }) => sip === port);
  }

  /** The task of a new flow of a client; undefined: none is ready. */
  taskFor({ address, port }: TaskAddress): SidecarProcess | undefined {
    const digest = parseInt(hash('sha256', `${address}:${port}`).slice(0, 8), 16);
    return this.#ready[digest % this.#ready.length];
  }

  /** Checks one after the other. One that a busy machine does not answer changes nothing. */
  async #check(cloud: Pick<OwnCloud, 'pid'>): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    const found = await Promise.all(
      sidecarsOf(cloud).map(async (task) => (((await isReady(task)) ?? this.has(task.sip)) ? [task] : [])),
    );
    this.#isChecking = false;
    this.#ready = found.flat().toSorted((one, other) => one.sip - other.sip);
    this.#onChange();
  }
}

/** Undefined: it does not answer. */
const isReady = ({ health }: SidecarProcess): Promise<boolean | undefined> =>
  fetch(`http://127.0.0.1:${health}/ready`).then(
    ({ ok }) => ok,
    () => undefined,
  );

import { setTimeout as pause } from 'node:timers/promises';
import type { LocalCloudError } from '../templates/resource.ts';
import type { ServiceTask } from './service-task.ts';

/** The part of a task that a service needs. */
export type DeployedTask = Pick<
  ServiceTask,
  'id' | 'revision' | 'ports' | 'isStopping' | 'isProtected' | 'start' | 'stop' | 'replaceCode'
>;

/** What a service is run with. */
export type DeployedServiceOptions = {
  readonly name: string;
  /** With its code. */
  readonly folder: string;
  /** As many tasks as the service has, which are not started. */
  readonly newTasks: (revision: number) => Promise<readonly DeployedTask[]>;
  /** Why a task with these ports did not start, if ports are the cause. */
  readonly explain: (ports: Readonly<Record<string, number>>) => Promise<LocalCloudError | undefined>;
  /** Prints a line for the person who started the local cloud. */
  readonly announce: (line: string) => void;
};

/** As Amazon ECS names them in DescribeServices (`rolloutState`). */
export type RolloutState = 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';

/** The replacement of the tasks of a service by those of a revision. */
export type Deployment = { readonly revision: number; state: RolloutState };

/** Milliseconds between two checks whether tasks may be stopped, and from SIGTERM to SIGKILL (`stopTimeout`). */
const timeout = { check: 250, stop: 120_000 };

/**
 * A service, whose tasks are replaced as Amazon ECS does in a rolling deployment of at least 100 and at most 200
 * percent: the new tasks start beside the old ones, and once all are ready the old ones get SIGTERM, unless they are
 * protected.
 */
export class DeployedService {
  readonly name: string;
  readonly #options: DeployedServiceOptions;
  #folder: string;
  #tasks: readonly DeployedTask[] = [];
  #deployment: Deployment = { revision: 1, state: 'COMPLETED' };
  #isClosed = false;
  /** Deployments in progress, and tasks that end. */
  readonly #work = new Set<Promise<void>>();

  constructor(options: DeployedServiceOptions) {
    this.name = options.name;
    this.#options = options;
    this.#folder = options.folder;
  }

  /** Tasks that have not ended. */
  get tasks(): readonly DeployedTask[] {
    return this.#tasks;
  }

  /** The last one. */
  get deployment(): Readonly<Deployment> {
    return this.#deployment;
  }

  /** Starts the tasks of the first revision. @throws LocalCloudError if one does not start */
  async start(): Promise<void> {
    await this.#startTasks(this.#deployment.revision);
  }

  /**
   * Begins to replace the tasks by those of a revision; a deployment in progress ends. Tasks of that revision which run
   * go on, so that a roll-back needs no others.
   * @param revision default: the next one
   */
  deploy(revision: number = this.#deployment.revision + 1): Deployment {
    const deployment: Deployment = { revision, state: 'IN_PROGRESS' };
    const before = this.#deployment;
    this.#deployment = deployment;
    this.#track(this.#rollOut(deployment, before));
    return deployment;
  }

  /** Ends the tasks one after the other, and starts each with the code in `folder`. */
  async replaceCode(folder: string): Promise<void> {
    this.#folder = folder;
    for (const task of this.#tasks) await task.replaceCode(folder);
  }

  /** Waits at most `milliseconds` for the tasks to finish. */
  async close(milliseconds: number): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#tasks.map((task) => task.stop(milliseconds)));
    await Promise.all(this.#work);
  }

  async #startTasks(revision: number): Promise<void> {
    const tasks = await this.#options.newTasks(revision);
    this.#tasks = [...this.#tasks, ...tasks];
    const started = await Promise.allSettled(tasks.map((task) => task.start(this.#folder)));
    const failed = started.findIndex(({ status }) => status === 'rejected');
    const [task, outcome] = [tasks[failed], started[failed]];
    if (task === undefined || outcome?.status !== 'rejected') return;
    await Promise.all(tasks.map((each) => this.#stop(each)));
    throw (await this.#options.explain(task.ports)) ?? outcome.reason;
  }

  async #rollOut(deployment: Deployment, before: Deployment): Promise<void> {
    try {
      const isThere = this.#tasks.some(({ revision, isStopping }) => revision === deployment.revision && !isStopping);
      if (!isThere) await this.#startTasks(deployment.revision);
      await this.#stopOthers(deployment);
    } catch (error) {
      deployment.state = 'FAILED';
      if (this.#deployment !== deployment || this.#isClosed) return;
      this.#deployment = before;
      this.#options.announce(`${error instanceof Error ? error.message : String(error)} The tasks before it go on.`);
      await this.#stopOthers(before);
    }
  }

  /** Stops the tasks of other revisions, as long as the deployment is the last one. */
  async #stopOthers(deployment: Deployment): Promise<void> {
    while (this.#deployment === deployment && !this.#isClosed) {
      const others = this.#tasks.filter(({ revision }) => revision !== deployment.revision);
      if (others.length === 0) {
        deployment.state = 'COMPLETED';
        return;
      }
      for (const task of others) if (!task.isStopping && !task.isProtected) this.#track(this.#stop(task));
      await pause(timeout.check);
    }
  }

  async #stop(task: DeployedTask): Promise<void> {
    await task.stop(timeout.stop);
    this.#tasks = this.#tasks.filter((each) => each !== task);
  }

  #track(work: Promise<void>): void {
    this.#work.add(work);
    void work.finally(() => this.#work.delete(work));
  }
}

import { setTimeout as pause } from 'node:timers/promises';
import type { LocalCloudError } from '../templates/resource.ts';
import type { ServiceTask } from './service-task.ts';

/** The part of a task that a service needs. */
export type DeployedTask = Pick<
  ServiceTask,
  | 'id'
  | 'revision'
  | 'ports'
  | 'startedAt'
  | 'isStopping'
  | 'isProtected'
  | 'isHealthy'
  | 'start'
  | 'stop'
  | 'replaceCode'
>;

/** When a service takes a task for unhealthy: the health check of its target groups, and its own grace period. */
export type HealthCheck = {
  /** Milliseconds between two checks. */
  readonly interval: number;
  /** Failed checks in a row. */
  readonly threshold: number;
  /** Milliseconds after the start of a task in which it is not replaced. */
  readonly grace: number;
};

/** Tasks that run during a deployment, in percent of the desired ones. */
export type DeploymentLimits = { readonly minimum: number; readonly maximum: number };

/** What a service is run with. */
export type DeployedServiceOptions = {
  readonly name: string;
  /** With its code. */
  readonly folder: string;
  /** New tasks, which are not started. @param count default: as many as the service has */
  readonly newTasks: (revision: number, count?: number) => Promise<readonly DeployedTask[]>;
  /** Undefined: no target group checks the tasks. */
  readonly health: HealthCheck | undefined;
  readonly limits: DeploymentLimits;
  /** Milliseconds from SIGTERM to SIGKILL. */
  readonly stopTimeout: number;
  /** Why a task with these ports did not start, if ports are the cause. */
  readonly explain: (ports: Readonly<Record<string, number>>) => Promise<LocalCloudError | undefined>;
  /** Prints a line for the person who started the local cloud. */
  readonly announce: (line: string) => void;
};

/** As Amazon ECS names them in DescribeServices (`rolloutState`). */
export type RolloutState = 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';

/** The replacement of the tasks of a service by those of a revision. */
export type Deployment = { readonly revision: number; state: RolloutState };

/** Milliseconds between two checks whether tasks may be stopped. */
const checkInterval = 250;

/**
 * A service, whose tasks are replaced as Amazon ECS does (its Developer Guide, "Amazon ECS services"; API Reference,
 * `DeploymentConfiguration`).
 *
 * - In a rolling deployment the new tasks start beside the old ones, within the limits. Once all are healthy, the old
 *   ones get SIGTERM, unless they are protected.
 * - A task that fails the health check of a target group is replaced, even if it is protected: scale-in protection
 *   covers scale-in and deployments only. Its replacement starts first, if the limits have room for it.
 */
export class DeployedService {
  readonly name: string;
  readonly #options: DeployedServiceOptions;
  #folder: string;
  #tasks: readonly DeployedTask[] = [];
  /** As many as were started at first. */
  #desired = 0;
  /** Those that were healthy once. */
  readonly #started = new WeakSet<DeployedTask>();
  /** Failed checks in a row. */
  readonly #failures = new WeakMap<DeployedTask, number>();
  readonly #unhealthy = new WeakSet<DeployedTask>();
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
    this.#desired = this.#tasks.length;
    const { health } = this.#options;
    if (health !== undefined) void this.#watch(health);
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

  async #startTasks(revision: number, count?: number): Promise<void> {
    const tasks = await this.#options.newTasks(revision, count);
    this.#tasks = [...this.#tasks, ...tasks];
    const start = async (task: DeployedTask): Promise<void> => {
      await task.start(this.#folder);
      this.#started.add(task);
    };
    const started = await Promise.allSettled(tasks.map(start));
    const failed = started.findIndex(({ status }) => status === 'rejected');
    const [task, outcome] = [tasks[failed], started[failed]];
    if (task === undefined || outcome?.status !== 'rejected') return;
    await Promise.all(tasks.map((each) => this.#stop(each)));
    throw (await this.#options.explain(task.ports)) ?? outcome.reason;
  }

  async #rollOut(deployment: Deployment, before: Deployment): Promise<void> {
    try {
      const isThere = this.#tasks.some(({ revision, isStopping }) => revision === deployment.revision && !isStopping);
      if (!isThere && (await this.#makeRoom(deployment))) await this.#startTasks(deployment.revision);
      await this.#stopOthers(deployment);
    } catch (error) {
      deployment.state = 'FAILED';
      if (!this.#isLast(deployment)) return;
      this.#deployment = before;
      this.#options.announce(`${error instanceof Error ? error.message : String(error)} The tasks before it go on.`);
      await this.#stopOthers(before);
    }
  }

  /** Tasks that take part in the limits: all but those that stop. */
  get #running(): readonly DeployedTask[] {
    return this.#tasks.filter(({ isStopping }) => !isStopping);
  }

  #hasRoomFor(count: number): boolean {
    return this.#running.length + count <= Math.floor((this.#desired * this.#options.limits.maximum) / 100);
  }

  /** Whether enough tasks run without one of them. */
  #canSpareOne(): boolean {
    const started = this.#running.filter((task) => this.#started.has(task));
    return started.length > Math.ceil((this.#desired * this.#options.limits.minimum) / 100);
  }

  /** Stops tasks until those of a deployment may start. @returns false: another deployment has begun */
  async #makeRoom(deployment: Deployment): Promise<boolean> {
    while (this.#isLast(deployment) && !this.#hasRoomFor(this.#desired)) {
      const stoppable = this.#running.find(({ isProtected }) => !isProtected);
      if (stoppable !== undefined && this.#canSpareOne()) this.#track(this.#stop(stoppable));
      else await pause(checkInterval);
    }
    return this.#isLast(deployment);
  }

  #isLast(deployment: Deployment): boolean {
    return this.#deployment === deployment && !this.#isClosed;
  }

  /** Stops the tasks of other revisions, as long as the deployment is the last one. */
  async #stopOthers(deployment: Deployment): Promise<void> {
    while (this.#isLast(deployment)) {
      const others = this.#tasks.filter(({ revision }) => revision !== deployment.revision);
      if (others.length === 0) {
        deployment.state = 'COMPLETED';
        return;
      }
      for (const task of others) if (!task.isStopping && !task.isProtected) this.#track(this.#stop(task));
      await pause(checkInterval);
    }
  }

  /** Checks the tasks as the target groups do. */
  async #watch(health: HealthCheck): Promise<void> {
    while (!this.#isClosed) {
      await pause(health.interval, undefined, { ref: false });
      await Promise.all(this.#running.map((task) => this.#check(task, health)));
    }
  }

  async #check(task: DeployedTask, { threshold, grace }: HealthCheck): Promise<void> {
    if (!this.#started.has(task) || this.#unhealthy.has(task)) return;
    const failures = (await task.isHealthy()) ? 0 : (this.#failures.get(task) ?? 0) + 1;
    this.#failures.set(task, failures);
    if (failures < threshold || Date.now() - task.startedAt < grace || task.isStopping || this.#isClosed) return;
    this.#unhealthy.add(task);
    this.#options.announce(`A task of ${this.name} fails its health check; it is replaced.`);
    this.#track(this.#replace(task));
  }

  /** One of an earlier revision needs no other: the tasks of the last deployment are there, or start. */
  async #replace(task: DeployedTask): Promise<void> {
    let isReplaced = false;
    const isWanted = (): boolean => !isReplaced && task.revision === this.#deployment.revision;
    const startOther = async (): Promise<void> => {
      isReplaced = true;
      await this.#startTasks(task.revision, 1);
    };
    try {
      while (!this.#isClosed && !task.isStopping) {
        if (isWanted() && this.#hasRoomFor(1)) await startOther();
        else if (this.#canSpareOne()) await this.#stop(task);
        else await pause(checkInterval);
      }
      if (isWanted() && !this.#isClosed) await startOther();
    } catch (error) {
      if (!this.#isClosed) this.#options.announce(error instanceof Error ? error.message : String(error));
      this.#unhealthy.delete(task);
    }
  }

  async #stop(task: DeployedTask): Promise<void> {
    await task.stop(this.#options.stopTimeout);
    this.#tasks = this.#tasks.filter((each) => each !== task);
  }

  #track(work: Promise<void>): void {
    this.#work.add(work);
    void work.finally(() => this.#work.delete(work));
  }
}

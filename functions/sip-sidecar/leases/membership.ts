import type { WriteName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import {
  isAlive,
  sidecarShardRow,
  sidecarShards,
  sidecarTaskRow,
  sidecarTasks,
  type SidecarShardItem,
  type SidecarTaskItem,
} from '#dynamodb/rows/lease.ts';
import { create, overwrite, remove, type Write } from '#dynamodb/write.ts';
import { second } from '#schema/time.ts';
import type { sipSidecar } from '../contract.ts';
import { generationSince, newerGeneration, workersAmong, type GenerationOptions } from './generations.ts';
import { shardMoves, assignedTask } from './shards.ts';

/** Store, events, clock and log, with the effects that the contract declares. */
export type SidecarContext = BackgroundContext<typeof sipSidecar>;
/** What the sidecar may write. */
export type SidecarWrite = WriteName<EffectOf<typeof sipSidecar>>;

/**
 * Interval of the heartbeats, and the time for which one is valid, in milliseconds. A task without a valid heartbeat is
 * dead; others notice it, and take its shards, within 9 s.
 */
const heartbeatInterval = 2 * second;
export const heartbeatTtl = 7 * second;
/**
 * Milliseconds between two heartbeats from which on the store or the machine has stalled, and so long after that the
 * heartbeats of the others may be as late as the own one was.
 */
const stall = 2 * heartbeatInterval;
/** Milliseconds after the last valid heartbeat of a task by which another one goes on with its calls. */
const takeoverTime = 4 * second;

type TaskKey = Pick<SidecarTaskItem, 'kind' | 'id'>;
type ShardKey = Pick<SidecarShardItem, 'kind' | 'id'>;

/** The membership of this task in the service: its heartbeat, the other tasks, and the shards that it holds. */
export class Membership {
  readonly id: string;
  readonly #context: SidecarContext;
  readonly #startedAt: string;
  readonly #options: GenerationOptions;
  #address = '';
  #until = 0;
  /** When another live task was seen last, in Unix milliseconds. */
  #sharedAt = 0;
  #isStopping = false;
  /** The generation that has the work of this one; undefined: none. */
  #newer: string | undefined;
  #since = '';
  #tasks: readonly SidecarTaskItem[] = [];
  /** The end of the last heartbeat, and that of the last one that was late, in Unix milliseconds. */
  #heartbeatAt: number | undefined;
  #lateAt = 0;
  /** Who had no valid heartbeat at this time is dead, in Unix milliseconds. */
  #judgedAt = 0;
  #held: ReadonlySet<string> = new Set();
  #timer: NodeJS.Timeout | undefined;
  #heartbeat: Promise<void> = Promise.resolve();

  constructor(context: SidecarContext, options: GenerationOptions) {
    this.id = context.nextId('task');
    this.#context = context;
    this.#options = options;
    this.#startedAt = context.clock().toISOString();
  }

  /** `host:port` of its control interface; empty before `start`. */
  get address(): string {
    return this.#address;
  }

  /** Whether this task has a valid heartbeat. Otherwise it owns nothing, as other tasks may take over. */
  get isAlive(): boolean {
    return this.#until > this.#now();
  }

  /** Whether this task accepts new work. */
  get isReady(): boolean {
    return this.isAlive && !this.isDraining;
  }

  /** Whether this task ends. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Whether this task takes no new work, as it stops, or as a newer generation has its work. */
  get isDraining(): boolean {
    return this.#isStopping || this.#newer !== undefined;
  }

  /** The newer generation that has the work of this task, which goes on with what cannot move. */
  get newerGeneration(): string | undefined {
    return this.#newer;
  }

  /** The other live tasks. */
  get others(): readonly SidecarTaskItem[] {
    return this.#tasks.filter((task) => task.id !== this.id && isAlive(task, this.#now()));
  }

  /** The other live tasks that take the work that this one gives away. */
  get workers(): readonly SidecarTaskItem[] {
    return workersAmong(this.#own, this.others, this.#newer);
  }

  /** Whether tasks are being replaced, so that balancers send the packets of clients to other tasks than before. */
  get isReplacing(): boolean {
    return this.others.some(({ draining, generation }) => draining || generation !== this.#options.generation);
  }

  /** Whether no other task has been alive since a time in Unix milliseconds: nothing else has changed bindings. */
  wasAloneSince(time: number): boolean {
    return this.isAlive && this.#sharedAt < time;
  }

  /** The other tasks that are dead, or whose last heartbeat this one may not have read. */
  get late(): readonly SidecarTaskItem[] {
    return this.#tasks.filter((task) => task.id !== this.id && !isAlive(task, this.#now()));
  }

  /**
   * Dead tasks: those without a valid heartbeat when this one, whose own heartbeats are in time, read it. A stopped
   * task stays in this list until no binding names it as owner.
   */
  get dead(): readonly SidecarTaskItem[] {
    return this.late.filter((task) => !isAlive(task, this.#judgedAt));
  }

  /**
   * Tasks that have died a moment ago, so that their calls have not moved yet: their heartbeat has ended, or another
   * one has been started at their address.
   */
  get missed(): readonly string[] {
    const all = [...this.#tasks, this.#own];
    const isReplaced = (task: SidecarTaskItem): boolean =>
      all.some(({ address, started_at: at }) => address === task.address && at > task.started_at);
    const missed = this.#tasks.filter((task) => !isAlive(task, this.#now()) || isReplaced(task));
    return missed.flatMap(({ id }) => (id !== this.id && this.isMissed(id) ? [id] : []));
  }

  /** Whether a task that does not answer may have died a moment ago, so that its calls have not moved yet. */
  isMissed(id: string): boolean {
    return this.#tasks.some((task) => task.id === id && task.until + takeoverTime > this.#now());
  }

  /**
   * Reads the others again when the heartbeat of one has ended since: its calls wait for no further heartbeat of this
   * task. One whose own heartbeats are late judges no one.
   */
  async judgeLate(): Promise<void> {
    const readAt = this.#now();
    if (this.late.length === this.dead.length || !this.#isInTime()) return;
    this.#tasks = await this.#readTasks();
    if (this.#isInTime()) this.#judgedAt = readAt;
  }

  #isInTime(): boolean {
    const now = this.#now();
    return now - (this.#heartbeatAt ?? 0) < stall && now - this.#lateAt >= stall;
  }

  /** Whether a job that one task does for all tasks is assigned to this one. */
  isAssigned(job: string): boolean {
    return this.isReady && assignedTask(job, [this.id, ...this.workers.map(({ id }) => id)].sort()) === this.id;
  }

  /** The shards that this task holds. */
  get shards(): readonly string[] {
    return this.isReady ? [...this.#held] : [];
  }

  /** Starts the heartbeats. @throws Error if the store cannot be reached for the first one */
  async start(address: string): Promise<void> {
    this.#address = address;
    this.#since = generationSince(
      this.#own,
      (await this.#readTasks()).filter((task) => isAlive(task, this.#now())),
    );
    await this.#sendHeartbeat();
    this.#timer = setInterval(() => {
      this.#heartbeat = this.#heartbeat
        .then(() => this.#sendHeartbeat())
        .catch((error: unknown) => this.#context.log.fault(error, this.id, 'the heartbeat failed'));
    }, heartbeatInterval);
  }

  /** Accepts no new work and releases the shards. */
  async drain(): Promise<void> {
    await this.#heartbeat;
    // Tasks that replace this one may have begun since the last heartbeat: the work is theirs.
    this.#tasks = await this.#readTasks().catch(() => this.#tasks);
    this.#isStopping = true;
    await this.#sendHeartbeat();
  }

  /** Ends the heartbeats. Other tasks may take over the bindings of this task at once. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#heartbeat;
    this.#until = 0;
    await this.#putTask(0);
  }

  /** Deletes the item of a dead task that no binding names any more. */
  async removeTask(task: SidecarTaskItem): Promise<void> {
    await this.#context.tryCommit(0, [remove<'lease', TaskKey>(sidecarTaskRow, task)]);
  }

  async #sendHeartbeat(): Promise<void> {
    const until = this.#now() + heartbeatTtl;
    await this.#putTask(until);
    this.#until = until;
    const table = this.#context.tableOf(0);
    const readAt = this.#now();
    const [tasks, { items: held }] = await Promise.all([
      this.#readTasks(),
      table.query(sidecarShardRow, sidecarShards),
    ]);
    this.#tasks = tasks;
    this.#judge(readAt);
    this.#newer = newerGeneration(this.#own, this.others, { ...this.#options, now: this.#now(), present: this.#newer });
    if (this.others.length > 0) this.#sharedAt = this.#now();
    await this.#moveShards(held);
  }

  /** After a stall, tasks that live have a heartbeat before they are judged. */
  #judge(readAt: number): void {
    const now = this.#now();
    if (this.#heartbeatAt !== undefined && now - this.#heartbeatAt >= stall) this.#lateAt = now;
    this.#heartbeatAt = now;
    if (now - this.#lateAt >= stall) this.#judgedAt = readAt;
  }

  async #readTasks(): Promise<readonly SidecarTaskItem[]> {
    return (await this.#context.tableOf(0).query(sidecarTaskRow, sidecarTasks)).items;
  }

  async #moveShards(stored: readonly SidecarShardItem[]): Promise<void> {
    const { dead } = this;
    const live = this.#tasks.filter((task) => !task.draining && !dead.includes(task)).map(({ id }) => id);
    const { take, release } = shardMoves(
      this.id,
      live,
      stored.map(({ id, task }) => ({ shard: id, task })),
    );
    const kept = stored.flatMap(({ id, task }) => (task === this.id && !release.includes(id) ? [id] : []));
    // This task stops working on a shard before it releases it.
    this.#held = new Set(kept);
    for (const shard of release)
      await this.#context.tryCommit(0, [
        remove<'lease', ShardKey>(sidecarShardRow, { kind: 'sidecar-shard', id: shard }),
      ]);
    const taken = await Promise.all(
      take.map(async ({ shard, from }) => ((await this.#takeShard(shard, from)) ? [shard] : [])),
    );
    this.#held = new Set([...kept, ...taken.flat()]);
  }

  async #takeShard(shard: string, from: string | undefined): Promise<boolean> {
    const item: SidecarShardItem = { kind: 'sidecar-shard', id: shard, task: this.id };
    const write: Write<'lease'> =
      from === undefined
        ? create<'lease', SidecarShardItem, ShardKey>(sidecarShardRow, item)
        : overwrite<'lease', SidecarShardItem, ShardKey>(sidecarShardRow, item, {
            expression: '#task = :from',
            names: { '#task': 'task' },
            values: { ':from': from },
          });
    return (await this.#context.tryCommit(0, [write])).length === 0;
  }

  async #putTask(until: number): Promise<void> {
    const item: SidecarTaskItem = { ...this.#own, until };
    await this.#context.tryCommit(0, [overwrite<'lease', SidecarTaskItem, TaskKey>(sidecarTaskRow, item)]);
  }

  get #own(): SidecarTaskItem {
    return {
      kind: 'sidecar-task',
      id: this.id,
      address: this.address,
      until: this.#until,
      started_at: this.#startedAt,
      draining: this.isDraining,
      generation: this.#options.generation,
      generation_since: this.#since,
      ...(this.#newer === undefined || this.#isStopping ? {} : { left_to: this.#newer }),
    };
  }

  #now(): number {
    return this.#context.clock().getTime();
  }
}

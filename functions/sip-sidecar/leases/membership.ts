import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import {
  isAlive,
  sidecarShardRow,
  sidecarShards,
  sidecarTaskRow,
  sidecarTasks,
  type SidecarShardItem,
  type SidecarTaskItem,
} from '../../../shared/dynamodb/rows/lease.ts';
import { create, overwrite, remove, type Write } from '../../../shared/dynamodb/write.ts';
import type { sipSidecar } from '../contract.ts';
import { shardMoves, assignedTask } from './shards.ts';

export type SidecarContext = BackgroundContext<typeof sipSidecar>;

/**
 * Milliseconds between two signs of life, and for which one counts: a dead task is noticed, and its shards taken,
 * within 9 s.
 */
const beat = 2_000;
const ttl = 7_000;

type TaskKey = Pick<SidecarTaskItem, 'kind' | 'id'>;
type ShardKey = Pick<SidecarShardItem, 'kind' | 'id'>;

/** This task among all: its sign of life, who else lives, and the shards whose work it does. */
export class Membership {
  readonly id: string;
  readonly #context: SidecarContext;
  readonly #startedAt: string;
  #address = '';
  #until = 0;
  #draining = false;
  #tasks: readonly SidecarTaskItem[] = [];
  #held: ReadonlySet<string> = new Set();
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> = Promise.resolve();

  constructor(context: SidecarContext) {
    this.id = context.nextId('task');
    this.#context = context;
    this.#startedAt = context.clock().toISOString();
  }

  /** `host:port` of its control interface, once it is started. */
  get address(): string {
    return this.#address;
  }

  /** Whether others see this task as living: without that it owns nothing. */
  get isAlive(): boolean {
    return this.#until > this.#now();
  }

  /** Whether it takes new work. */
  get isReady(): boolean {
    return this.isAlive && !this.#draining;
  }

  /** The other tasks that live. */
  get others(): readonly SidecarTaskItem[] {
    return this.#tasks.filter((task) => task.id !== this.id && isAlive(task, this.#now()));
  }

  /** Tasks that stopped without giving notice, or whose bindings are still named by their owner's id. */
  get dead(): readonly SidecarTaskItem[] {
    return this.#tasks.filter((task) => task.id !== this.id && !isAlive(task, this.#now()));
  }

  /** Whether something that one task does for all falls to this one. */
  isAssigned(thing: string): boolean {
    return (
      this.isReady &&
      assignedTask(thing, [this.id, ...this.others.filter(({ draining }) => !draining).map(({ id }) => id)].sort()) ===
        this.id
    );
  }

  /** Whether the work of a shard is this task's. */
  holds(shard: string): boolean {
    return this.isReady && this.#held.has(shard);
  }

  get shards(): readonly string[] {
    return this.isReady ? [...this.#held] : [];
  }

  /** Tells the first time that it lives, and goes on telling. @throws when the store cannot be reached at the start */
  async start(address: string): Promise<void> {
    this.#address = address;
    await this.#beat();
    this.#timer = setInterval(() => {
      this.#beating = this.#beating
        .then(() => this.#beat())
        .catch((error: unknown) => this.#context.log.fault(error, this.id, 'the sign of life failed'));
    }, beat);
  }

  /** Takes no new work and gives its shards away. */
  async drain(): Promise<void> {
    this.#draining = true;
    await this.#beating;
    await this.#beat();
  }

  /** Its last sign: what it owns may be taken over at once. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
    this.#until = 0;
    await this.#put(0);
  }

  /** Nothing names this dead task any more. */
  async removeTask(task: SidecarTaskItem): Promise<void> {
    await this.#context.tryCommit(0, [remove<'lease', TaskKey>(sidecarTaskRow, task)]);
  }

  async #beat(): Promise<void> {
    const until = this.#now() + ttl;
    await this.#put(until);
    this.#until = until;
    const table = this.#context.tableOf(0);
    const [{ items: tasks }, { items: held }] = await Promise.all([
      table.query(sidecarTaskRow, sidecarTasks),
      table.query(sidecarShardRow, sidecarShards),
    ]);
    this.#tasks = tasks;
    await this.#moveShards(held);
  }

  async #moveShards(stored: readonly SidecarShardItem[]): Promise<void> {
    const live = this.#tasks.filter((task) => !task.draining && isAlive(task, this.#now())).map(({ id }) => id);
    const { take, release } = shardMoves(
      this.id,
      live,
      stored.map(({ id, task }) => ({ shard: id, task })),
    );
    const kept = stored.flatMap(({ id, task }) => (task === this.id && !release.includes(id) ? [id] : []));
    // First nothing more is begun there, then the next task may.
    this.#held = new Set(kept);
    for (const shard of release)
      await this.#context.tryCommit(0, [
        remove<'lease', ShardKey>(sidecarShardRow, { kind: 'sidecar-shard', id: shard }),
      ]);
    const taken = await Promise.all(
      take.map(async ({ shard, from }) => ((await this.#take(shard, from)) ? [shard] : [])),
    );
    this.#held = new Set([...kept, ...taken.flat()]);
  }

  async #take(shard: string, from: string | undefined): Promise<boolean> {
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

  async #put(until: number): Promise<void> {
    const item: SidecarTaskItem = {
      kind: 'sidecar-task',
      id: this.id,
      address: this.address,
      until,
      started_at: this.#startedAt,
      draining: this.#draining,
    };
    await this.#context.tryCommit(0, [overwrite<'lease', SidecarTaskItem, TaskKey>(sidecarTaskRow, item)]);
  }

  #now(): number {
    return this.#context.clock().getTime();
  }
}

import { second } from '#schema/time.ts';
import type { AskTask } from '#sidecar/client.ts';
import type { CommandOf, OutcomeOf } from '#sidecar/command.ts';
import { maxLines, type Line } from '#sidecar/line-command.ts';
import type { Membership, SidecarContext } from '../leases/membership.ts';
import { Coalescer } from '../message-waiting/coalescer.ts';
import { lineId, LineSet } from './line-set.ts';
import type { LineKey, LocalDialogs } from './local-dialogs.ts';

/** The dependencies of the watching tasks. */
export type WatchingTasksDependencies = {
  readonly context: Pick<SidecarContext, 'nextId' | 'clock'>;
  readonly membership: Pick<Membership, 'id' | 'others'>;
  readonly local: Pick<LocalDialogs, 'of'>;
  readonly ask: AskTask;
};

/** Time for which a wish to be notified is valid, in milliseconds. The other task repeats it before. */
const watchTtl = 90 * second;
/** Changes that follow one another closely are one message to a task. */
const burst = { quiet: 10, max: 50, next: { within: second, quiet: 50, max: 200 } } as const;
const commandTimeout = 2;

/** The lists of at most `max` items that together have all. */
const chunksOf = <Item>(items: readonly Item[], max: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / max) }, (_, at) => items.slice(at * max, (at + 1) * max));

/** The lines with calls of this task that phones of other tasks watch. */
export class WatchingTasks {
  readonly #dependencies: WatchingTasksDependencies;
  /** Of each line, until when which tasks watch it, in Unix milliseconds. */
  readonly #lines = new LineSet<Map<string, number>>();
  readonly #changed = new Map<string, Set<string>>();
  readonly #messages = new Coalescer(burst, (task) => this.#send(task));

  constructor(dependencies: WatchingTasksDependencies) {
    this.#dependencies = dependencies;
  }

  /** Remembers what a task watches. @returns the calls of the lines */
  watch({ task, lines }: CommandOf<'watch-lines'>): OutcomeOf<'watch-lines'> {
    const { context, local } = this.#dependencies;
    const until = context.clock().getTime() + watchTtl;
    for (const line of lines) {
      const tasks = this.#lines.get(lineId(line))?.value ?? new Map<string, number>();
      this.#lines.set(line, tasks.set(task, until));
    }
    return { kind: 'lines', lines: lines.map((line) => local.of(line)) };
  }

  /** Notifies the tasks that watch lines whose calls have changed. */
  notify(keys: ReadonlySet<LineKey>): void {
    const now = this.#dependencies.context.clock().getTime();
    for (const id of this.#lines.idsOf(keys))
      for (const [task, until] of this.#lines.get(id)?.value ?? [])
        if (until > now) {
          const changed = this.#changed.get(task) ?? new Set();
          this.#changed.set(task, changed.add(id));
          // A message that is lost is made up for when the task repeats its wish.
          this.#messages.request(task).catch(() => undefined);
        }
  }

  /** Forgets the wishes that are over. */
  forgetOld(): void {
    const now = this.#dependencies.context.clock().getTime();
    for (const { line, value: tasks } of this.#lines.all()) {
      for (const [task, until] of tasks) if (until <= now) tasks.delete(task);
      if (tasks.size === 0) this.#lines.delete(lineId(line));
    }
  }

  /** Sends what waits. */
  close(): Promise<void> {
    return this.#messages.close();
  }

  async #send(task: string): Promise<void> {
    const { context, membership, ask } = this.#dependencies;
    const ids = [...(this.#changed.get(task) ?? [])];
    this.#changed.delete(task);
    const to = membership.others.find(({ id }) => id === task);
    if (to === undefined) return;
    const lines = ids.flatMap((id): Pick<Line, 'organization' | 'extension'>[] => {
      const line = this.#lines.get(id)?.line;
      return line === undefined ? [] : [{ organization: line.organization, extension: line.extension }];
    });
    const command = (some: typeof lines): CommandOf<'lines-changed'> => ({
      kind: 'lines-changed',
      id: context.nextId('cmd'),
      task: membership.id,
      lines: some,
      timeout_seconds: commandTimeout,
    });
    await Promise.all(chunksOf(lines, maxLines).map((some) => ask(to, command(some))));
  }
}

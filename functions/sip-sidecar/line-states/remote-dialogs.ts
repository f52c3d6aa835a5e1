import type { AskTask } from '#sidecar/client.ts';
import { lineCommands, maxLines, type Line, type LineDialog } from '#sidecar/line-command.ts';
import { newBatcher } from '#concurrency/batcher.ts';
import type { Membership, SidecarContext } from '../leases/membership.ts';
import { lineId } from './line-set.ts';

/** The dependencies of the calls of other tasks. */
export type RemoteDialogsDependencies = {
  readonly context: Pick<SidecarContext, 'nextId'>;
  readonly membership: Pick<Membership, 'id' | 'others'>;
  readonly ask: AskTask;
};

const commandTimeout = 2;

/** What a task has answered. */
type Told = {
  readonly dialogs: Map<string, readonly LineDialog[]>;
  /** Ids of the lines that it was asked for since the wish was repeated last. */
  readonly asked: Set<string>;
  readonly askFor: (line: Line) => Promise<unknown>;
};

/** The calls of watched lines that other tasks carry. */
export class RemoteDialogs {
  readonly #dependencies: RemoteDialogsDependencies;
  readonly #tasks = new Map<string, Told>();

  constructor(dependencies: RemoteDialogsDependencies) {
    this.#dependencies = dependencies;
  }

  /** The calls of a line. */
  of(id: string): LineDialog[] {
    return [...this.#tasks.values()].flatMap(({ dialogs }) => dialogs.get(id) ?? []);
  }

  /** Asks the other tasks, or one of them, for lines. Ends when they have answered, or did not. */
  async ask(lines: readonly Line[], only?: string): Promise<void> {
    const asked = this.#live.filter(({ id }) => only === undefined || id === only);
    await Promise.allSettled(asked.flatMap(({ id }) => lines.map((line) => this.#toldBy(id).askFor(line))));
  }

  /** Asks each task for the lines that it was not asked for yet, or did not answer. @returns those */
  async askMissing(lines: readonly Line[]): Promise<Line[]> {
    const missing = this.#live.flatMap(({ id }) =>
      lines.filter((line) => !this.#toldBy(id).asked.has(lineId(line))).map((line) => ({ id, line })),
    );
    await Promise.allSettled(missing.map(({ id, line }) => this.#toldBy(id).askFor(line)));
    return missing.map(({ line }) => line);
  }

  /** All lines are to be asked for again. */
  repeat(): void {
    for (const { asked } of this.#tasks.values()) asked.clear();
  }

  /** Forgets tasks that are gone. @returns the ids of the lines that had calls there */
  forgetDead(): string[] {
    const live = new Set(this.#live.map(({ id }) => id));
    const dead = [...this.#tasks].filter(([id]) => !live.has(id));
    for (const [id] of dead) this.#tasks.delete(id);
    return dead.flatMap(([, { dialogs }]) => [...dialogs.keys()]);
  }

  /** Forgets a line that is not watched any more. */
  forget(id: string): void {
    for (const { dialogs, asked } of this.#tasks.values()) {
      dialogs.delete(id);
      asked.delete(id);
    }
  }

  get #live() {
    return this.#dependencies.membership.others;
  }

  #toldBy(task: string): Told {
    const known = this.#tasks.get(task);
    if (known !== undefined) return known;
    const told: Told = {
      dialogs: new Map(),
      asked: new Set(),
      // One question at a time, so that the newest answer is the last one.
      askFor: newBatcher((lines: readonly Line[]) => this.#ask(task, lines), { max: maxLines, concurrency: 1 }),
    };
    this.#tasks.set(task, told);
    return told;
  }

  async #ask(task: string, lines: readonly Line[]): Promise<true[]> {
    const { context, membership, ask } = this.#dependencies;
    const to = this.#live.find(({ id }) => id === task);
    if (to === undefined) throw new Error(`the task ${task} is gone`);
    const answer = await ask(to, {
      kind: 'watch-lines',
      id: context.nextId('cmd'),
      task: membership.id,
      lines: [...lines],
      timeout_seconds: commandTimeout,
    });
    const outcome = lineCommands['watch-lines'].outcome.parse(answer);
    const { dialogs, asked } = this.#toldBy(task);
    return lines.map((line, at) => {
      const told = outcome.lines[at] ?? [];
      if (told.length === 0) dialogs.delete(lineId(line));
      else dialogs.set(lineId(line), told);
      asked.add(lineId(line));
      return true;
    });
  }
}

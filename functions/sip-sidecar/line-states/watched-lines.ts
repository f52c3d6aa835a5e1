import { second } from '#schema/time.ts';
import type { CommandOf } from '#sidecar/command.ts';
import type { Line, LineDialog } from '#sidecar/line-command.ts';
import { Coalescer } from '../message-waiting/coalescer.ts';
import { waitAtMost } from '#concurrency/wait-at-most.ts';
import type { Subscriptions } from '../subscriptions/subscriptions.ts';
import { orderDialogs } from './dialog-info.ts';
import { lineId, LineSet } from './line-set.ts';
import type { LineKey, LocalDialogs } from './local-dialogs.ts';
import type { RemoteDialogs } from './remote-dialogs.ts';

/** The dependencies of watched lines. */
export type WatchedLinesDependencies = {
  readonly local: Pick<LocalDialogs, 'of'>;
  readonly remote: Pick<RemoteDialogs, 'of' | 'ask' | 'askMissing' | 'repeat' | 'forget' | 'forgetDead'>;
  /** They exist when the first line is watched. */
  readonly subscriptions: () => Pick<Subscriptions, 'update' | 'has'>;
  readonly fault: (error: unknown) => void;
  /** Unix milliseconds. */
  readonly now: () => number;
};

/** The first change is sent soon; a phone gets at most one NOTIFY a second for a line (RFC 4235 §3.10). */
const burst = { quiet: 20, max: 100, next: { within: second, quiet: second, max: second } } as const;
/** Milliseconds for which a SUBSCRIBE waits for the answers of other tasks. */
const answerTime = second / 2;
/** Milliseconds after which a line without subscriptions is not watched any more. */
const idleTime = 10 * second;

/** `shown`: the calls that the phones were notified of last. */
type Watch = { shown: string; readonly since: number };

/** The lines that phones of this task watch, and their calls at all tasks. */
export class WatchedLines {
  readonly #dependencies: WatchedLinesDependencies;
  readonly #lines = new LineSet<Watch>();
  readonly #changes = new Coalescer(burst, (id) => this.#notify(id));

  constructor(dependencies: WatchedLinesDependencies) {
    this.#dependencies = dependencies;
  }

  /** The calls of a line, those that matter most first. */
  dialogsOf(line: Line): LineDialog[] {
    const { local, remote } = this.#dependencies;
    return orderDialogs([...local.of(line), ...remote.of(lineId(line))]);
  }

  /** Watches a line from now on. Ends when the other tasks have told its calls, or did not in time. */
  async watch(line: Line): Promise<void> {
    const { remote, now } = this.#dependencies;
    const id = lineId(line);
    const known = this.#lines.get(id);
    if (known !== undefined && known.line.user === line.user) return;
    const watch = { shown: '', since: now() };
    this.#lines.set(line, watch);
    // What is answered late is notified, and what its phones were notified of may be the calls of another user.
    const asked = remote.ask([line]).then(() => this.#request([id]));
    await waitAtMost(answerTime, asked);
    watch.shown = known === undefined ? this.#textOf(line) : known.value.shown;
  }

  /** Calls of this task have changed. */
  noteLocal(keys: ReadonlySet<LineKey>): void {
    this.#request(this.#lines.idsOf(keys));
  }

  /** Calls of another task have changed: it is asked for them. */
  async noteRemote({ task, lines }: CommandOf<'lines-changed'>): Promise<void> {
    const watched = lines.flatMap((line) => this.#lines.get(lineId(line))?.line ?? []);
    await this.#dependencies.remote.ask(watched, task);
    this.#request(watched.map(lineId));
  }

  /** Asks tasks that have not answered yet, and forgets those that are gone. */
  async refresh(): Promise<void> {
    const { remote } = this.#dependencies;
    this.#request(remote.forgetDead());
    const asked = await remote.askMissing(this.#lines.all().map(({ line }) => line));
    this.#request(asked.map(lineId));
  }

  /** Repeats the wish to be notified, and forgets the lines that no phone watches. */
  async repeat(): Promise<void> {
    const { subscriptions, remote, now } = this.#dependencies;
    for (const { line, value } of this.#lines.all()) {
      const { organization, extension: resource } = line;
      if (value.since > now() - idleTime || subscriptions().has({ package: 'dialog', organization, resource }))
        continue;
      this.#lines.delete(lineId(line));
      remote.forget(lineId(line));
    }
    remote.repeat();
    await this.refresh();
  }

  /** Sends what waits. */
  close(): Promise<void> {
    return this.#changes.close();
  }

  #textOf(line: Line): string {
    return JSON.stringify(this.dialogsOf(line));
  }

  #request(ids: readonly string[]): void {
    for (const id of ids) if (this.#lines.get(id) !== undefined) this.#changes.request(id).catch(() => undefined);
  }

  /** Notifies the phones that watch a line, if its calls are not what they were notified of. */
  async #notify(id: string): Promise<void> {
    const { subscriptions, fault } = this.#dependencies;
    const known = this.#lines.get(id);
    if (known === undefined) return;
    const { line, value } = known;
    const text = this.#textOf(line);
    if (value.shown === text) return;
    value.shown = text;
    const { organization, extension: resource } = line;
    // A phone that does not answer delays no later change.
    subscriptions().update({ package: 'dialog', organization, resource }).catch(fault);
  }
}

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A message in a folder, one file each. */
export type StoredMessage = {
  /** The file's name without its extension. */
  readonly id: string;
  readonly file: string;
  /** Unix milliseconds at which it was written. */
  readonly at: number;
};

/** Messages that are found. Their names sort by time, so the oldest are left out. */
const defaultMax = 10_000;
/** Files whose times are read at once. */
const statsAtOnce = 64;
/** Milliseconds in which a file system may give two changes of a folder the same time. */
const clockTick = 100;

/** The messages of a folder, newest first. It is listed again only after a change. */
export class OutboxFolder {
  readonly #folder: string;
  readonly #extension: string;
  readonly #max: number;
  #messages: readonly StoredMessage[] = [];
  #changed = -1;
  #listed: Promise<unknown> = Promise.resolve();

  /** @param extension with its dot; other files are ignored, such as drafts */
  constructor(folder: string, extension: string, max = defaultMax) {
    this.#folder = folder;
    this.#max = max;
    this.#extension = extension;
  }

  async newest(): Promise<readonly StoredMessage[]> {
    // Requests wait for a listing that is under way.
    this.#listed = this.#listed.then(() => this.#refresh());
    await this.#listed;
    return this.#messages;
  }

  /** The message with this id. */
  async find(id: string): Promise<StoredMessage | undefined> {
    return (await this.newest()).find((message) => message.id === id);
  }

  async #refresh(): Promise<void> {
    const now = Date.now();
    const changed = await timeOf(this.#folder);
    if (changed === this.#changed) return;
    const known = new Map(this.#messages.map((message) => [message.id, message]));
    const ids = (await readdir(this.#folder).catch(() => []))
      .filter((name) => name.endsWith(this.#extension))
      .map((name) => name.slice(0, -this.#extension.length))
      .toSorted()
      .slice(-this.#max);
    const messages: StoredMessage[] = [];
    for (let at = 0; at < ids.length; at += statsAtOnce) {
      const some = ids.slice(at, at + statsAtOnce).map(async (id) => known.get(id) ?? this.#read(id));
      messages.push(...(await Promise.all(some)).filter((message) => message !== undefined));
    }
    this.#messages = messages.toSorted(byTime);
    this.#changed = changed !== undefined && changed < now - clockTick ? changed : -1;
  }

  async #read(id: string): Promise<StoredMessage | undefined> {
    const file = join(this.#folder, `${id}${this.#extension}`);
    const at = await timeOf(file);
    return at === undefined ? undefined : { id, file, at };
  }
}

/** Undefined if there is no such file. */
const timeOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ mtimeMs }) => Math.floor(mtimeMs),
    () => undefined,
  );

/** The newest first; of one millisecond, by id. */
export const byTime = (one: Pick<StoredMessage, 'id' | 'at'>, other: Pick<StoredMessage, 'id' | 'at'>): number =>
  other.at - one.at || (one.id < other.id ? 1 : -1);

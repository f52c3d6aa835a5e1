import type { ReadItems, Store } from './client.ts';
import type { Attributes } from './row.ts';
import { keyText, readTogether } from './table.ts';

/** Subjects whose keys are remembered, and keys of each. Beyond, the least recently used subject is forgotten. */
const limits = { subjects: 10_000, keys: 40 } as const;

/**
 * Begins to read for several subjects at a time.
 * @returns a store for each: what is read from it by key is read ahead for its subject the next time
 */
export type ReadAhead = (subjects: readonly string[]) => readonly Store[];

/**
 * Reads in one round trip what the last reader of the same subject, such as the caller of a call, has read by key one
 * after the other. Items are read now, strongly consistent; only which ones are wanted is known from the last time. A
 * reader gets an item as it was when it began, and so decides what it decides within moments, and does not repeat it:
 * conditions of its writes find what has changed.
 */
export function newReadAhead(store: Store): ReadAhead {
  const known = new Map<string, readonly Attributes[]>();
  const read: ReadItems = store.readItems ?? ((keys) => readTogether(store, keys));
  const remember = (subject: string, keys: readonly Attributes[]): void => {
    known.delete(subject);
    known.set(subject, keys);
    const [oldest] = known.keys();
    if (oldest !== undefined && known.size > limits.subjects) known.delete(oldest);
  };
  return (subjects) => {
    const ahead = new Ahead(
      subjects.flatMap((subject) => known.get(subject) ?? []),
      read,
    );
    return subjects.map((subject) => {
      const asked = new Map<string, Attributes>();
      const readItems: ReadItems = (keys) => {
        for (const key of keys) if (asked.size < limits.keys) asked.set(keyText(key), key);
        remember(subject, [...asked.values()]);
        return ahead.read(keys);
      };
      return { ...store, readItems };
    });
  };
}

/** What is read ahead, and what must be read besides. */
class Ahead {
  readonly #read: ReadItems;
  readonly #keys: ReadonlySet<string>;
  readonly #found: ReturnType<ReadItems>;

  constructor(keys: readonly Attributes[], read: ReadItems) {
    this.#read = read;
    this.#keys = new Set(keys.map(keyText));
    this.#found = keys.length === 0 ? Promise.resolve(new Map<string, Attributes>()) : read(keys);
    // Each reader gets the failure.
    this.#found.catch(() => undefined);
  }

  async read(keys: readonly Attributes[]): ReturnType<ReadItems> {
    const others = keys.filter((key) => !this.#keys.has(keyText(key)));
    if (others.length === keys.length) return this.#read(keys);
    const [ahead, more] = await Promise.all([this.#found, others.length === 0 ? undefined : this.#read(others)]);
    return more === undefined ? ahead : new Map([...ahead, ...more]);
  }
}

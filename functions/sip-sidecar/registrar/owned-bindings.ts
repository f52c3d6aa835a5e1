import type { BindingItem } from '../../telephony/rows/binding.ts';

/** A binding that this task owns, as it was last written. */
export type Owned = {
  readonly organization: number;
  readonly binding: BindingItem;
  /** The other bindings of its user name, when they were last read (Unix milliseconds). */
  readonly others?: { readonly readAt: number; readonly bindings: readonly BindingItem[] };
};

/** Buckets of one second in which bindings expire. */
const second = (expires: string): number => Math.ceil(Date.parse(expires) / 1_000);

/**
 * The bindings that this task owns: for refreshes that need not be looked up, for its own flows, and to notice when
 * they expire.
 */
export class OwnedBindings {
  readonly #byKey = new Map<string, Owned>();
  readonly #byDevice = new Map<string, Set<string>>();
  readonly #expiring = new Map<number, Set<string>>();
  #lookedAt: number | undefined;

  get size(): number {
    return this.#byKey.size;
  }

  get(contactKey: string): Owned | undefined {
    return this.#byKey.get(contactKey);
  }

  all(): Iterable<Owned> {
    return this.#byKey.values();
  }

  keep(owned: Owned): void {
    const { contact_key: key, device_id: device, expires_at: expires } = owned.binding;
    this.forget(key);
    this.#byKey.set(key, owned);
    if (device !== undefined) add(this.#byDevice, device, key);
    add(this.#expiring, second(expires), key);
  }

  forget(contactKey: string): void {
    const owned = this.#byKey.get(contactKey);
    if (owned === undefined) return;
    const { device_id: device, expires_at: expires } = owned.binding;
    this.#byKey.delete(contactKey);
    if (device !== undefined) remove(this.#byDevice, device, contactKey);
    remove(this.#expiring, second(expires), contactKey);
  }

  ofDevice(device: string): Owned[] {
    return [...(this.#byDevice.get(device) ?? [])].flatMap((key) => this.#byKey.get(key) ?? []);
  }

  /** Those whose time is over at an instant; they stay until they are forgotten. */
  expired(at: Date): Owned[] {
    const now = Math.floor(at.getTime() / 1_000);
    const from = this.#lookedAt ?? Math.min(...this.#expiring.keys(), now);
    this.#lookedAt = now;
    const keys = Array.from({ length: Math.max(0, now - from + 1) }, (_, offset) => [
      ...(this.#expiring.get(from + offset) ?? []),
    ]).flat();
    return keys.flatMap((key) => this.#byKey.get(key) ?? []);
  }
}

function add<Key>(index: Map<Key, Set<string>>, of: Key, key: string): void {
  const keys = index.get(of);
  if (keys === undefined) index.set(of, new Set([key]));
  else keys.add(key);
}

function remove<Key>(index: Map<Key, Set<string>>, of: Key, key: string): void {
  const keys = index.get(of);
  keys?.delete(key);
  if (keys?.size === 0) index.delete(of);
}

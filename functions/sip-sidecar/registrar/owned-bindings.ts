import type { BindingItem, PresentBinding } from '../../telephony/rows/binding.ts';
import { second } from '#schema/time.ts';
import { addKey, removeKey, type KeySets } from '../tables/key-sets.ts';
import { remoteKey } from '../stack/transaction-flow.ts';
import type { Flow } from '../transport/flow.ts';

/** A binding that this task owns, as this task wrote it last. */
export type Owned = {
  readonly organization: number;
  readonly binding: PresentBinding;
  /** Whether the phone has sent nothing to this task yet: it is pinged soon. */
  readonly isSilent?: boolean;
  /** The other bindings of its user name, and when they were read (Unix milliseconds). */
  readonly others?: { readonly readAt: number; readonly bindings: readonly BindingItem[] };
};

/** The second in which a binding expires: bindings are indexed by it. */
const expirySecond = (expires: string): number => Math.ceil(Date.parse(expires) / second);

/** The bindings that this task owns. Refreshes need no lookup, and the task knows the flows and the next expiries. */
export class OwnedBindings {
  readonly #byKey = new Map<string, Owned>();
  readonly #byDevice: KeySets<string> = new Map();
  readonly #byRemote: KeySets<string> = new Map();
  readonly #byUser: KeySets<string> = new Map();
  readonly #expiring: KeySets<number> = new Map();
  readonly #listeners: ((owned: Owned) => void)[] = [];
  #lookedAt: number | undefined;

  get size(): number {
    return this.#byKey.size;
  }

  get(contactKey: string): Owned | undefined {
    return this.#byKey.get(contactKey);
  }

  all(): IteratorObject<Owned> {
    return this.#byKey.values();
  }

  /** Calls a listener for each registration that begins here: a new one, a restart of the phone, or a takeover. */
  onRegistration(listener: (owned: Owned) => void): void {
    this.#listeners.push(listener);
  }

  /** Adds or replaces a binding. */
  set(owned: Owned): void {
    const { contact_key: key, sip_username: user, device_id: device, expires_at: expires } = owned.binding;
    const isNew = this.#byKey.get(key)?.binding.registered_at !== owned.binding.registered_at;
    this.delete(key);
    this.#byKey.set(key, owned);
    addKey(this.#byUser, user, key);
    if (device !== undefined) addKey(this.#byDevice, device, key);
    addKey(this.#byRemote, remoteKey(owned.binding.flow), key);
    addKey(this.#expiring, expirySecond(expires), key);
    if (isNew) for (const listener of this.#listeners) listener(owned);
  }

  delete(contactKey: string): void {
    const owned = this.#byKey.get(contactKey);
    if (owned === undefined) return;
    const { sip_username: user, device_id: device, expires_at: expires } = owned.binding;
    this.#byKey.delete(contactKey);
    removeKey(this.#byUser, user, contactKey);
    if (device !== undefined) removeKey(this.#byDevice, device, contactKey);
    removeKey(this.#byRemote, remoteKey(owned.binding.flow), contactKey);
    removeKey(this.#expiring, expirySecond(expires), contactKey);
  }

  ofDevice(device: string): Owned[] {
    return [...(this.#byDevice.get(device) ?? [])].flatMap((key) => this.#byKey.get(key) ?? []);
  }

  /** Whether a binding was registered on the flow. */
  hasFlow(flow: Flow): boolean {
    return this.#byRemote.has(remoteKey(flow));
  }

  /** The bindings of a user name. */
  ofUser(username: string): BindingItem[] {
    return [...(this.#byUser.get(username) ?? [])].flatMap((key) => this.#byKey.get(key)?.binding ?? []);
  }

  /** Bindings that have expired since the last call. They stay until they are deleted. */
  findExpired(at: Date): Owned[] {
    const now = Math.floor(at.getTime() / second);
    const from = this.#lookedAt ?? Math.min(...this.#expiring.keys(), now);
    this.#lookedAt = now;
    const keys = Array.from({ length: Math.max(0, now - from + 1) }, (_value, offset) => [
      ...(this.#expiring.get(from + offset) ?? []),
    ]).flat();
    return keys.flatMap((key) => this.#byKey.get(key) ?? []);
  }
}

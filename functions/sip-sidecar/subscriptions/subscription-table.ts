import { eventPackages } from '#sip/subscription/packages.ts';
import { subscriptionKey, type Subscription } from '#sip/subscription/subscription.ts';
import { addKey, removeKey, type KeySets } from '../tables/key-sets.ts';
import { remoteKey } from '../stack/transaction-flow.ts';
import type { Flow } from '../transport/flow.ts';

/** A subscription of a line, whose phone is reached on a flow of this task. */
export type LineSubscription = {
  readonly subscription: Subscription;
  readonly organization: number;
  /** SIP user name of the line, and its domain. */
  readonly username: string;
  readonly domain: string;
  /**
   * What it is subscribed to, in the terms of its event package: of message-summary the id of a user, of dialog an
   * extension.
   */
  readonly resource: string;
  readonly flow: Flow;
};

/** What concerns the subscriptions of one resource. */
export type Watched = Pick<LineSubscription, 'organization' | 'resource'> & Pick<Subscription, 'package'>;

/** About 2 KB each. */
const maxSubscriptions = 50_000;

const watchedKey = ({ package: name, organization, resource }: Watched): string =>
  `${name} ${organization} ${resource}`;
const lineKey = (name: Subscription['package'], username: string): string => `${name} ${username}`;
const watchedBy = ({ subscription, organization, resource }: LineSubscription): string =>
  watchedKey({ package: subscription.package, organization, resource });

/** The subscriptions of this task, in memory. A phone whose task has ended gets 481 and subscribes again. */
export class SubscriptionTable {
  /** By dialog. The oldest is first. */
  readonly #byKey = new Map<string, LineSubscription>();
  readonly #byLine: KeySets<string> = new Map();
  readonly #byResource: KeySets<string> = new Map();

  get size(): number {
    return this.#byKey.size;
  }

  /** Whether no further subscription is possible. */
  get isFull(): boolean {
    return this.#byKey.size >= maxSubscriptions;
  }

  get(key: string): LineSubscription | undefined {
    return this.#byKey.get(key);
  }

  all(): readonly LineSubscription[] {
    return [...this.#byKey.values()];
  }

  /** Adds or replaces a subscription. The oldest one of a line beyond its limit is removed. */
  set(added: LineSubscription): void {
    const key = subscriptionKey(added.subscription);
    const isNew = !this.#byKey.has(key);
    this.delete(key);
    this.#byKey.set(key, added);
    const { package: name } = added.subscription;
    const line = lineKey(name, added.username);
    addKey(this.#byLine, line, key);
    addKey(this.#byResource, watchedBy(added), key);
    const ofLine = this.#byLine.get(line) ?? new Set<string>();
    const [oldest] = ofLine;
    if (isNew && ofLine.size > eventPackages[name].max && oldest !== undefined) this.delete(oldest);
  }

  delete(key: string): void {
    const removed = this.#byKey.get(key);
    if (removed === undefined) return;
    this.#byKey.delete(key);
    removeKey(this.#byLine, lineKey(removed.subscription.package, removed.username), key);
    removeKey(this.#byResource, watchedBy(removed), key);
  }

  /** The subscriptions of a resource. */
  of(watched: Watched): readonly LineSubscription[] {
    return [...(this.#byResource.get(watchedKey(watched)) ?? [])].flatMap((key) => this.#byKey.get(key) ?? []);
  }

  /** Whether a phone has subscribed for a line, by the flow on which it did. */
  hasPhone(name: Subscription['package'], username: string, flow: Flow): boolean {
    const remote = remoteKey(flow);
    return [...(this.#byLine.get(lineKey(name, username)) ?? [])].some((key) => {
      const each = this.#byKey.get(key);
      return each !== undefined && remoteKey(each.flow) === remote;
    });
  }

  /** @param at Unix milliseconds */
  expired(at: number): readonly LineSubscription[] {
    return this.all().filter(({ subscription }) => subscription.expiresAt <= at);
  }
}

import type { RelayLeaseItem } from '#dynamodb/rows/lease.ts';
import { RelayLeases } from './relay-leases.ts';
import { assignedTask } from '../leases/shards.ts';
import { NgFailure, relayName, type NgClient, type RelayAddress } from './ng-client.ts';
import type { NgCommand, NgReply } from './ng-message.ts';
import type { RelayHost } from './relay-setting.ts';

/** Checks without an answer after which a relay is lost: one check a second. */
const maxMissed = 3;
/** Milliseconds after its last answer for which a relay that has died lived on, give or take as many. */
const halfCheck = 500;
/** Checks between two look-ups of the names of relays. */
const checksPerLookup = 10;

/** One relay that is known. */
type Known = {
  readonly address: RelayAddress;
  /** TCP port of its control interface. */
  readonly control: number | undefined;
  /** Whether the name of a host has this address. */
  isListed: boolean;
  isAlive: boolean;
  missed: number;
  /** When it answered the last check, in Unix milliseconds. */
  answeredAt: number;
  /** Seconds since its start, at the last check. */
  uptime: number;
};

/** Of a relay that is not asked yet. */
const unknown = { isListed: false, isAlive: false, missed: 0, answeredAt: 0, uptime: 0 };

/** The dependencies of the relays. */
export type RelaysDependencies = {
  readonly hosts: readonly RelayHost[];
  readonly client: Pick<NgClient, 'ask'>;
  /** The IPv4 addresses of a name. */
  readonly lookup: (host: string) => Promise<readonly string[]>;
  /**
   * A relay has died or was restarted: it does not know its calls any more.
   * @param diedAt in Unix milliseconds, between two checks: its calls had media until then
   */
  readonly onLost: (relay: string, diedAt: number) => void;
  /** The leases of relays, those included that have ended. */
  readonly readLeases: () => Promise<readonly RelayLeaseItem[]>;
  /** Unix milliseconds. */
  readonly now: () => number;
};

/** The media relays of a task: which ones are alive, and which one a call uses. */
export class Relays {
  readonly #dependencies: RelaysDependencies;
  readonly #known = new Map<string, Known>();
  readonly #leases = new RelayLeases();
  #checks = 0;

  constructor(dependencies: RelaysDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Relays that take new calls. Those of a lease take them as long as it says so, and all tasks read the same leases:
   * their sets differ only by relays that do not answer one of them. Relays without a lease (of an earlier release, or
   * an operator's own) take calls as long as they are more. If no relay takes calls, those that answer do.
   */
  get alive(): readonly string[] {
    const answering = [...this.#known].flatMap(([name, { isAlive }]) => (isAlive ? [name] : []));
    const leases = this.#leases.valid;
    const leased = answering.filter((name) => leases.get(name)?.draining === false);
    const others = answering.filter((name) => this.#known.get(name)?.isListed === true && !this.#leases.has(name));
    const working = leased.length > 0 && leased.length >= others.length ? leased : [...leased, ...others];
    const stopping = answering.filter((name) => leases.has(name));
    return [working, stopping, answering].find(({ length }) => length > 0) ?? [];
  }

  /** Checks all relays. Call it each second. */
  async refresh(): Promise<void> {
    if (this.#checks % checksPerLookup === 0 || this.alive.length === 0) await this.#findAll();
    this.#checks += 1;
    await Promise.all([...this.#known].map(([name, relay]) => this.#check(name, relay)));
  }

  /** Reads the leases. Call it once in `leaseInterval`. @throws Error if they cannot be read: they are as before */
  async refreshLeases(): Promise<void> {
    const { readLeases, now } = this.#dependencies;
    this.#leases.observe(await readLeases(), now());
    for (const [name, { address, port, control }] of this.#leases.valid)
      this.#know(name, { address: { address, port }, control });
  }

  /**
   * The relay of a call: each call has the same one in all tasks, and each relay about as many calls.
   * @param except relays that have not taken it
   */
  choose(call: string, except: ReadonlySet<string>): string | undefined {
    return assignedTask(
      call,
      this.alive.filter((name) => !except.has(name)),
    );
  }

  /** Asks a relay. @throws NgFailure if it is not known, or does not answer in time */
  async ask(relay: string, command: NgCommand): Promise<NgReply> {
    const address = this.#known.get(relay)?.address;
    if (address === undefined) throw new NgFailure(`the media relay ${relay} is not known`);
    return this.#dependencies.client.ask(address, command);
  }

  /** Where the process of a relay answers, as `10.0.0.7:8081`; undefined: nowhere, or the relay is not known. */
  controlOf(relay: string): string | undefined {
    const { address, control } = this.#known.get(relay) ?? {};
    return address === undefined || control === undefined ? undefined : `${address.address}:${control}`;
  }

  /** Relays with a control interface that answer, those included that only continue their calls. */
  get controlled(): readonly string[] {
    return [...this.#known].flatMap(([name, { isAlive, control }]) => (isAlive && control !== undefined ? [name] : []));
  }

  async #findAll(): Promise<void> {
    const { hosts, lookup } = this.#dependencies;
    const found = await Promise.all(
      hosts.map(async ({ host, port, control }) =>
        // A name that cannot be resolved now keeps its relays.
        (await lookup(host).catch(() => undefined))?.map((address) => ({ address: { address, port }, control })),
      ),
    );
    if (!found.includes(undefined)) for (const relay of this.#known.values()) relay.isListed = false;
    this.#list(found.flatMap((each) => each ?? []));
  }

  #list(found: readonly Pick<Known, 'address' | 'control'>[]): void {
    for (const each of found) this.#know(relayName(each.address), each).isListed = true;
  }

  #know(name: string, { address, control }: Pick<Known, 'address' | 'control'>): Known {
    const known = this.#known.get(name) ?? { address, control, ...unknown };
    this.#known.set(name, known);
    return known;
  }

  async #check(name: string, relay: Known): Promise<void> {
    const answeredAt = this.#dependencies.now();
    const uptime = await this.#uptimeOf(relay);
    if (uptime === undefined) {
      relay.missed += 1;
      if (relay.missed < maxMissed) return;
      if (relay.isAlive) this.#dependencies.onLost(name, relay.answeredAt + halfCheck);
      relay.isAlive = false;
      if (!relay.isListed && !this.#leases.valid.has(name)) this.#known.delete(name);
      return;
    }
    if (relay.isAlive && uptime < relay.uptime) this.#dependencies.onLost(name, relay.answeredAt + halfCheck);
    Object.assign(relay, { isAlive: true, missed: 0, uptime, answeredAt });
  }

  /** Undefined: no answer. */
  async #uptimeOf({ address }: Known): Promise<number | undefined> {
    try {
      const { statistics } = await this.#dependencies.client.ask(address, { command: 'statistics' });
      return statistics?.totalstatistics.uptime;
    } catch {
      return undefined;
    }
  }
}

/** Ends a call at a relay. @throws NgFailure if it does not answer */
export const deleteAt = (relays: Pick<Relays, 'ask'>, relay: string, call: string): Promise<NgReply> =>
  relays.ask(relay, { command: 'delete', 'call-id': call, 'delete-delay': 0 });

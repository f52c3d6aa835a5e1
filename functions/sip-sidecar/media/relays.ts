import { assignedTask } from '../leases/shards.ts';
import { NgFailure, relayName, type NgClient, type RelayAddress } from './ng-client.ts';
import type { NgCommand, NgReply } from './ng-message.ts';
import type { RelayHost } from './relay-setting.ts';

/** Checks without an answer after which a relay is lost: one check a second. */
const maxMissed = 3;
/** Checks between two look-ups of the names of relays. */
const checksPerLookup = 10;

/** One relay that is known. */
type Known = {
  readonly address: RelayAddress;
  /** TCP port of its control interface. */
  readonly control: number | undefined;
  /** Whether its name has this address: otherwise it only continues the calls that it has. */
  isListed: boolean;
  isAlive: boolean;
  missed: number;
  /** Seconds since its start, at the last check. */
  uptime: number;
};

/** The dependencies of the relays. */
export type RelaysDependencies = {
  readonly hosts: readonly RelayHost[];
  readonly client: Pick<NgClient, 'ask'>;
  /** The IPv4 addresses of a name. */
  readonly lookup: (host: string) => Promise<readonly string[]>;
  /** A relay has died or was restarted: it does not know its calls any more. */
  readonly onLost: (relay: string) => void;
};

/** The media relays of a task: which ones are alive, and which one a call uses. */
export class Relays {
  readonly #dependencies: RelaysDependencies;
  readonly #known = new Map<string, Known>();
  #checks = 0;

  constructor(dependencies: RelaysDependencies) {
    this.#dependencies = dependencies;
  }

  /** Relays that take new calls. */
  get alive(): readonly string[] {
    return [...this.#known].filter(([, { isAlive, isListed }]) => isAlive && isListed).map(([name]) => name);
  }

  /** Checks all relays. Call it each second. */
  async refresh(): Promise<void> {
    if (this.#checks % checksPerLookup === 0 || this.alive.length === 0) await this.#findAll();
    this.#checks += 1;
    await Promise.all([...this.#known].map(([name, relay]) => this.#check(name, relay)));
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
        (await lookup(host).catch(() => undefined))?.map((address) => ({ at: { address, port }, control })),
      ),
    );
    if (!found.includes(undefined)) for (const relay of this.#known.values()) relay.isListed = false;
    this.#list(found.flatMap((each) => each ?? []));
  }

  #list(found: readonly { readonly at: RelayAddress; readonly control: number | undefined }[]): void {
    for (const { at: address, control } of found) {
      const name = relayName(address);
      const known = this.#known.get(name);
      if (known !== undefined) known.isListed = true;
      else this.#known.set(name, { address, control, isListed: true, isAlive: false, missed: 0, uptime: 0 });
    }
  }

  async #check(name: string, relay: Known): Promise<void> {
    const uptime = await this.#uptimeOf(relay);
    if (uptime === undefined) {
      relay.missed += 1;
      if (relay.missed < maxMissed) return;
      if (relay.isAlive) this.#dependencies.onLost(name);
      relay.isAlive = false;
      if (!relay.isListed) this.#known.delete(name);
      return;
    }
    if (relay.isAlive && uptime < relay.uptime) this.#dependencies.onLost(name);
    Object.assign(relay, { isAlive: true, missed: 0, uptime });
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

import { generationSince, newerGeneration, type GenerationTask } from '../leases/generations.ts';
import { assignedTask } from '../leases/shards.ts';
import { NgFailure, relayName, type NgClient, type RelayAddress } from './ng-client.ts';
import type { NgCommand, NgReply } from './ng-message.ts';
import type { RelayGeneration } from './relay-control.ts';
import type { RelayHost } from './relay-setting.ts';

/** Checks without an answer after which a relay is lost: one check a second. */
const maxMissed = 3;
/** Milliseconds after its last answer for which a relay that has died lived on, give or take as many. */
const halfCheck = 500;
/** Checks between two look-ups of the names of relays, and between two questions for their generations. */
const checksPer = { lookup: 10, generation: 2 };

/** One relay that is known. */
type Known = {
  readonly address: RelayAddress;
  /** TCP port of its control interface. */
  readonly control: number | undefined;
  /** Whether its name has this address: otherwise it only continues the calls that it has. */
  isListed: boolean;
  isAlive: boolean;
  missed: number;
  /** When it answered the last check, in Unix milliseconds. */
  answeredAt: number;
  /** Seconds since its start, at the last check. */
  uptime: number;
  /** What its process says of it; undefined: nothing, and it takes calls as long as it is alive. */
  generation: GenerationTask | undefined;
  /** The newer generation that has its new calls; undefined: none. */
  newer: string | undefined;
};

/** Of a relay that is not asked yet. */
const unknown = {
  isListed: true,
  isAlive: false,
  missed: 0,
  answeredAt: 0,
  uptime: 0,
  generation: undefined,
  newer: undefined,
};

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
  /**
   * Asks the process of a relay for its generation, and tells it which one has its new calls. Undefined: it has no
   * control interface. @throws Error if it does not answer
   */
  readonly tellGeneration: (relay: string, leftTo: string | undefined) => Promise<RelayGeneration | undefined>;
  /** Unix milliseconds. */
  readonly now: () => number;
};

/** The media relays of a task: which ones are alive, and which one a call uses. */
export class Relays {
  readonly #dependencies: RelaysDependencies;
  readonly #known = new Map<string, Known>();
  #checks = 0;

  constructor(dependencies: RelaysDependencies) {
    this.#dependencies = dependencies;
  }

  /** Relays that take new calls: those of the newest generation that has enough, and do not stop. */
  get alive(): readonly string[] {
    const alive = [...this.#known].filter(([, { isAlive, isListed }]) => isAlive && isListed);
    const working = alive.filter(([, { newer, generation }]) => newer === undefined && generation?.draining !== true);
    return (working.length > 0 ? working : alive).map(([name]) => name);
  }

  /** Checks all relays. Call it each second. */
  async refresh(): Promise<void> {
    if (this.#checks % checksPer.lookup === 0 || this.alive.length === 0) await this.#findAll();
    const asks = this.#checks % checksPer.generation === 0;
    this.#checks += 1;
    await Promise.all([...this.#known].map(([name, relay]) => this.#check(name, relay)));
    if (!asks) return;
    await Promise.all([...this.#known].map(([name, relay]) => this.#askGeneration(name, relay)));
    this.#leaveOld();
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
      else this.#known.set(name, { address, control, ...unknown });
    }
  }

  async #askGeneration(name: string, relay: Known): Promise<void> {
    if (!relay.isAlive) return;
    // One that does not answer is what it was.
    const said = await this.#dependencies.tellGeneration(name, relay.newer).catch(() => relay.generation);
    if (said === undefined) return;
    const isNew = said.started_at !== relay.generation?.started_at;
    relay.generation = isNew
      ? { ...said, generation_since: generationSince(said, this.#generations(relay)) }
      : { ...relay.generation, ...said };
  }

  /** Has each relay leave its new calls to a newer generation with as many relays, as tasks of the sidecar do. */
  #leaveOld(): void {
    const present = [...this.#known.values()];
    const now = this.#dependencies.now();
    const newer = present.map(({ generation, newer: before, isAlive }, at) =>
      generation === undefined || !isAlive
        ? undefined
        : newerGeneration(generation, this.#generations(present[at]), { settleTime: 0, now, present: before }),
    );
    for (const [at, relay] of present.entries()) relay.newer = newer[at];
  }

  /** Of the other live relays. */
  #generations(except: Known | undefined): GenerationTask[] {
    return [...this.#known.values()].flatMap((relay) =>
      relay === except || !relay.isAlive || !relay.isListed || relay.generation === undefined
        ? []
        : [{ ...relay.generation, draining: relay.generation.draining || relay.newer !== undefined }],
    );
  }

  async #check(name: string, relay: Known): Promise<void> {
    const answeredAt = this.#dependencies.now();
    const uptime = await this.#uptimeOf(relay);
    if (uptime === undefined) {
      relay.missed += 1;
      if (relay.missed < maxMissed) return;
      if (relay.isAlive) this.#dependencies.onLost(name, relay.answeredAt + halfCheck);
      relay.isAlive = false;
      if (!relay.isListed) this.#known.delete(name);
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

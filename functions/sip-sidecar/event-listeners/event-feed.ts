import { readToEnd } from '#dynamodb/read-to-end.ts';
import { eventRow, type EventItem } from '#dynamodb/rows/event.ts';
import { firstIdAt, lastIdAt } from '#dynamodb/ulid.ts';
import { minute, second } from '#schema/time.ts';
import { keyedQueue } from '#concurrency/keyed-queue.ts';
import type { SidecarContext } from '../leases/membership.ts';

/** Time in which an event may be stored after the time of its id, in milliseconds. */
const overlap = 5 * second;
/** Age of the oldest event that a client gets which names the last one that it has. */
const maxReplay = 5 * minute;

export type Deliver = (event: EventItem) => void;

type Feed = {
  readonly listeners: Set<Deliver>;
  /** Ids of the events of the overlap that were delivered, so that a read again finds the late ones only. */
  seen: ReadonlySet<string>;
};

/**
 * The new events of the organizations that someone listens to. They are read each second from the organization's own
 * partition, which costs nothing while no one listens, and needs no message to a task.
 */
export class EventFeed {
  readonly #context: Pick<SidecarContext, 'tableOf' | 'clock'>;
  readonly #feeds = new Map<number, Feed>();
  readonly #queue = keyedQueue();

  constructor(context: Pick<SidecarContext, 'tableOf' | 'clock'>) {
    this.#context = context;
  }

  /** Organizations with listeners. */
  get size(): number {
    return this.#feeds.size;
  }

  /**
   * Delivers the events from now on, after those that followed the event `since`.
   * @returns a function that ends it
   */
  async listen(organization: number, deliver: Deliver, since?: string): Promise<() => void> {
    await this.#queue(String(organization), async () => {
      const feed = this.#feeds.get(organization) ?? { listeners: new Set(), seen: new Set() };
      if (feed.listeners.size === 0) feed.seen = idsOf(await this.#read(organization, this.#now() - overlap));
      this.#feeds.set(organization, feed);
      const missed = since === undefined ? [] : await this.#read(organization, this.#now() - maxReplay);
      // What is not seen yet comes with the next read.
      const border = firstIdAt('evt', this.#now() - overlap);
      for (const event of missed)
        if (since !== undefined && event.id > since && (event.id < border || feed.seen.has(event.id))) deliver(event);
      feed.listeners.add(deliver);
    });
    return () => this.#end(organization, deliver);
  }

  #end(organization: number, deliver: Deliver): void {
    const feed = this.#feeds.get(organization);
    feed?.listeners.delete(deliver);
    if (feed?.listeners.size === 0) this.#feeds.delete(organization);
  }

  /** Reads and delivers what is new. */
  async poll(): Promise<void> {
    await Promise.all(
      [...this.#feeds].map(([organization, feed]) =>
        this.#queue(String(organization), async () => {
          const events = await this.#read(organization, this.#now() - overlap);
          const fresh = events.filter(({ id }) => !feed.seen.has(id));
          feed.seen = idsOf(events);
          for (const event of fresh) for (const deliver of [...feed.listeners]) deliver(event);
        }),
      ),
    );
  }

  #now(): number {
    return this.#context.clock().getTime();
  }

  /** @param from Unix milliseconds */
  #read(organization: number, from: number): Promise<EventItem[]> {
    const between = [firstIdAt('evt', from), lastIdAt('evt', this.#now() + minute)] as const;
    const table = this.#context.tableOf(organization);
    return readToEnd((after) => table.query(eventRow, {}, { ...after, order: 'asc', between }));
  }
}

const idsOf = (events: readonly EventItem[]): ReadonlySet<string> => new Set(events.map(({ id }) => id));

import { describe, expect, test } from 'vitest';
import type { RelayLeaseItem } from '#dynamodb/rows/lease.ts';
import { second } from '#schema/time.ts';
import { NgFailure } from '../sip-sidecar/media/ng-client.ts';
import { Relays } from '../sip-sidecar/media/relays.ts';
import { OwnLease } from './lease.ts';

const start = Date.parse('2026-11-25T10:00:00.000Z');

/** Relays and tasks of the sidecar with one table, whose clocks differ. Each second is one step. */
class Simulation {
  #seconds = 0;
  readonly #table = new Map<string, RelayLeaseItem>();
  readonly #relays = new Map<string, { lease: OwnLease; phase: number; startedAt: number; stops: boolean }>();
  readonly #tasks: { relays: Relays; phase: number; lost: string[] }[] = [];
  /** What stale reads answer. */
  #before: readonly RelayLeaseItem[] = [];
  #reads: 'right' | 'stale' | 'failing' = 'right';
  readonly #skew: (number: number) => number;

  /** @param skew milliseconds by which a clock differs */
  constructor(skew: (number: number) => number = () => 0) {
    this.#skew = skew;
  }

  readonly nameOf = (number: number): string => `10.0.0.${number}:22222`;

  #clock(number: number): () => number {
    return () => start + this.#seconds * second + this.#skew(number);
  }

  readonly #read = async (): Promise<readonly RelayLeaseItem[]> => {
    if (this.#reads === 'failing') throw new Error('the table cannot be read');
    return this.#reads === 'stale' ? this.#before : [...this.#table.values()];
  };

  startRelays(numbers: readonly number[], generation: string): void {
    for (const number of numbers) {
      const name = this.nameOf(number);
      const relay = { phase: number % 2, startedAt: this.#seconds, stops: false };
      const lease = new OwnLease({
        own: { address: `10.0.0.${number}`, port: 22_222, control: 8_081, generation },
        store: {
          read: this.#read,
          write: async (item) => void this.#table.set(name, item),
          remove: async () => void this.#table.delete(name),
        },
        isStopping: () => this.#relays.get(name)?.stops === true,
        now: this.#clock(number),
      });
      this.#relays.set(name, Object.assign(relay, { lease }));
    }
  }

  startTask(): void {
    const number = 100 + this.#tasks.length;
    const lost: string[] = [];
    const relays = new Relays({
      hosts: [],
      client: {
        ask: async (to) => {
          const relay = this.#relays.get(`${to.address}:${to.port}`);
          if (relay === undefined) throw new NgFailure('no answer');
          const totalstatistics = { uptime: this.#seconds - relay.startedAt };
          return { result: 'ok', statistics: { currentstatistics: { sessionstotal: 0 }, totalstatistics } };
        },
      },
      lookup: async () => [],
      onLost: (relay) => void lost.push(relay),
      readLeases: this.#read,
      now: this.#clock(number),
    });
    this.#tasks.push({ relays, phase: number % 2, lost });
  }

  /** The machine of a relay dies. */
  kill(number: number): void {
    this.#relays.delete(this.nameOf(number));
  }

  /** A relay gets SIGTERM, and ends later. */
  stop(number: number): void {
    const relay = this.#relays.get(this.nameOf(number));
    if (relay !== undefined) relay.stops = true;
  }

  async end(number: number): Promise<void> {
    await this.#relays.get(this.nameOf(number))?.lease.end();
    this.kill(number);
  }

  set reads(kind: 'right' | 'stale' | 'failing') {
    this.#before = [...this.#table.values()];
    this.#reads = kind;
  }

  async run(seconds: number): Promise<void> {
    const end = this.#seconds + seconds;
    for (; this.#seconds < end; this.#seconds += 1) {
      const isDue = ({ phase }: { readonly phase: number }): boolean => this.#seconds % 2 === phase;
      for (const relay of this.#relays.values()) if (isDue(relay)) await relay.lease.refresh().catch(() => undefined);
      for (const task of this.#tasks) {
        if (isDue(task)) await task.relays.refreshLeases().catch(() => undefined);
        await task.relays.refresh();
      }
    }
  }

  /** The relays that take new calls, by each task, and how many different sets there are. */
  get sets(): readonly string[] {
    return [...new Set(this.#tasks.map(({ relays }) => relays.alive.toSorted().join(' ')))];
  }

  get lost(): readonly string[] {
    return this.#tasks.flatMap(({ lost }) => lost);
  }

  get leases(): number {
    return this.#table.size;
  }

  setOf(numbers: readonly number[]): readonly string[] {
    return [numbers.map(this.nameOf).toSorted().join(' ')];
  }
}

const numbers = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_value, at) => first + at);

async function twenty(skew?: (number: number) => number) {
  const all = new Simulation(skew);
  all.startRelays(numbers(1, 20), '7');
  for (let task = 0; task < 6; task += 1) all.startTask();
  await all.run(6);
  return all;
}

/** Clocks of the first machines are slow, of others fast, by up to a minute. */
const skewed = (number: number): number => ((number * 37) % 121) * second - 60 * second;

describe.each([
  ['equal', undefined],
  ['different', skewed],
])('where clocks are %s', (_clocks, skew) => {
  test('all tasks know the same twenty relays, also one that starts later', async () => {
    const all = await twenty(skew);
    expect(all.sets).toEqual(all.setOf(numbers(1, 20)));
    all.startTask();
    await all.run(4);
    expect(all.sets).toEqual(all.setOf(numbers(1, 20)));
  });

  test('a roll-out of twenty moves the new calls of all tasks at once, and back if the new relays die', async () => {
    const all = await twenty(skew);
    all.startRelays(numbers(21, 39), '8');
    await all.run(10);
    // One of the newer generation is missing yet.
    expect(all.sets).toEqual(all.setOf(numbers(1, 39)));
    all.startRelays([40], '8');
    await all.run(10);
    expect(all.sets).toEqual(all.setOf(numbers(21, 40)));
    // One that starts in between has the same set, whatever the others have seen before.
    for (const number of numbers(22, 40)) all.kill(number);
    all.startTask();
    await all.run(12);
    expect(all.sets).toEqual(all.setOf([21]));
    all.kill(21);
    await all.run(12);
    expect(all.sets).toEqual(all.setOf(numbers(1, 20)));
  });

  test('a roll-back starts an earlier revision again, all of whose relays have the new calls', async () => {
    const all = await twenty(skew);
    all.startRelays(numbers(21, 40), '8');
    await all.run(10);
    all.startRelays(numbers(41, 60), '7');
    await all.run(10);
    expect(all.sets).toEqual(all.setOf([...numbers(1, 20), ...numbers(41, 60)]));
  });

  test('a relay that dies leaves the set of all tasks within 4 s, and its lease ends', async () => {
    const all = await twenty(skew);
    all.kill(5);
    await all.run(4);
    expect(all.sets).toEqual(all.setOf(numbers(1, 20).filter((number) => number !== 5)));
    expect(all.lost).toEqual(Array.from({ length: 6 }, () => all.nameOf(5)));
    // A task that starts now finds its item, and no relay.
    all.startTask();
    await all.run(10);
    expect(all.sets).toEqual(all.setOf(numbers(1, 20).filter((number) => number !== 5)));
  });

  test('a relay that stops gets no new calls within 4 s, goes on with its own, and removes its lease', async () => {
    const all = await twenty(skew);
    all.stop(5);
    await all.run(4);
    expect(all.sets).toEqual(all.setOf(numbers(1, 20).filter((number) => number !== 5)));
    expect(all.lost).toEqual([]);
    await all.end(5);
    expect(all.leases).toBe(19);
  });

  test.each(['stale', 'failing'] as const)('%s reads for a moment end no lease', async (reads) => {
    const all = await twenty(skew);
    all.reads = reads;
    await all.run(reads === 'stale' ? 6 : 60);
    all.reads = 'right';
    await all.run(2);
    expect(all.sets).toEqual(all.setOf(numbers(1, 20)));
    expect(all.lost).toEqual([]);
  });
});

test('relays that cannot renew their leases take calls as long as no other does', async () => {
  const all = await twenty();
  all.reads = 'stale';
  await all.run(60);
  expect(all.sets).toEqual(all.setOf(numbers(1, 20)));
});

test('a sidecar of an earlier release is answered what the relay was started from', () => {
  const own = { address: '10.0.0.7', port: 22_222, control: 8_081, generation: '7' };
  const store = { read: async () => [], write: async () => undefined, remove: async () => undefined };
  const lease = new OwnLease({ own, store, isStopping: () => true, now: () => start });
  expect(lease.generation).toEqual({ generation: '7', started_at: '2026-11-25T10:00:00.000Z', draining: true });
});

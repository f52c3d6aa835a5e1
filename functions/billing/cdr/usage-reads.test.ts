import { beforeAll, expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import type { CallCount, CountedBy } from '#schema/call-counts.ts';
import { day as dayLength } from '#schema/time.ts';
import { manualClock, memoryQueues, noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { call } from '#test/support/requests.fixture.ts';
import { countReads, testStore } from '#test/support/store.fixture.ts';
import { callCountWrites } from '../rows/call-count.ts';
import { numberSumsWrites } from '../rows/number-sums.ts';
import { cdrHandler } from './handler.ts';

/** How many reads the sums of an organization need that has called on each day, with as many keys as it may have. */

const running = testStore();
const organization = 3_900;
let token: string;

const dayBefore = (days: number): string => new Date(noon.getTime() - days * dayLength).toISOString().slice(0, 10);
/** The last days, today included. */
const lastDays = (count: number): readonly string[] => Array.from({ length: count }, (_day, at) => dayBefore(at));
const named = (count: number, name: (at: number) => string) => Array.from({ length: count }, (_key, at) => name(at));

const sums = {
  ...{ currency: 'EUR', calls: 1_234, answered: 987, talk: 98_765, billed: 99_999 },
  ...{ charge: 12_345_678n, cost: 0n, unknown: 0 },
} as const;

const countsOf = (day: string, by: CountedBy, keys: readonly string[]): readonly CallCount[] =>
  keys.map((key) => ({ ...sums, organization, by, day, key }));

/** An expression has 4 KB: so many keys are added at once. */
const atOnce = 50;

async function store(counts: readonly CallCount[]): Promise<void> {
  for (let from = 0; from < counts.length; from += atOnce)
    await commit(running.store, organization, callCountWrites(organization, counts.slice(from, from + atOnce)));
}

const hours = named(24, (at) => String(at).padStart(2, '0'));
const causes = named(10, (at) => `sip/${400 + at}`);
const countries = named(10, (at) => `D${at}`);
const users = named(500, (at) => `usr_01J9ZK3W5M8Q2R4T6V8X0Y${1_000 + at}`);
const customers = named(100, (at) => String(5_000 + at));
const numbers = named(200, (at) => `+49301234${1_000 + at}`);

beforeAll(async () => {
  token = await (await tenantsIn(running.store)).join(organization);
  for (const day of lastDays(366)) {
    await store([
      ...[...countsOf(day, 'hour', hours), ...countsOf(day, 'direction', ['inbound', 'outbound', 'internal'])],
      ...[...countsOf(day, 'result', ['ANSWERED', 'NO ANSWER', 'BUSY']), ...countsOf(day, 'cause', causes)],
      ...countsOf(day, 'destination', countries),
    ]);
  }
  for (const day of lastDays(31)) {
    await store(countsOf(day, 'user', users));
    await store(countsOf(day, 'customer', customers));
  }
  for (const number of numbers) {
    const days = lastDays(31).map((day) => ({ ...sums, number, day, counted_day: day, holder: organization }));
    await commit(running.store, organization, numberSumsWrites(organization, days));
  }
}, 120_000);

/** The reads of `GET /usage`, those of the caller's rights included, and the calls that it sums. */
async function readsOf(query: Readonly<Record<string, string>>) {
  const { store: counted, read } = countReads(running.store);
  const dependencies = testDependencies(counted, { clock: manualClock(noon.toISOString()) });
  const handler = cdrHandler({ ...dependencies, queues: memoryQueues() });
  const { body }: { readonly body: unknown } = await call(handler, 'GET /usage', { token, query });
  const { rows } = (body as { readonly data: { readonly rows: readonly { readonly calls: number }[] } }).data;
  return { reads: read.calls, calls: rows.reduce((sum, row) => sum + row.calls, 0) };
}

test('a year by day takes at most twenty reads', async () => {
  const { reads, calls } = await readsOf({ by: 'day', from: dayBefore(365) });
  expect(calls).toBe(366 * 3 * sums.calls);
  expect(reads).toBeLessThanOrEqual(20);
});

test.each([
  ['direction', 3],
  ['result', 3],
  ['cause', causes.length],
  ['destination', countries.length],
  ['user', users.length],
  ['customer', customers.length],
  ['number', numbers.length],
])('a month by day and %s takes at most twenty reads', async (group, keys) => {
  const { reads, calls } = await readsOf({ by: 'day', from: dayBefore(30), group });
  expect(calls).toBe(31 * keys * sums.calls);
  expect(reads).toBeLessThanOrEqual(20);
});

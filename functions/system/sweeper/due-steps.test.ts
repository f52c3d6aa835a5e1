import { beforeEach, describe, expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { consumersIn } from '#contract/shared-queues.ts';
import { timersPassedOver } from '#contract/log-messages.ts';
import { isDueWorkLate, minuteOf, scheduleDue, sweepKey, sweepRow } from '#dynamodb/rows/due.ts';
import type { Attributes } from '#dynamodb/row.ts';
import { tableFor } from '#dynamodb/table.ts';
import { day, hour, minute } from '#schema/time.ts';
import { consumers } from '../consumers/all-consumers.ts';
import { sweeperHandler } from './handler.ts';
import { pointerStore, type PointerStore } from './pointer-store.fixture.ts';
import { markAfter } from './due-steps.ts';

const start = Date.parse('2026-11-20T10:00:00.000Z');
/** Milliseconds that each request to the store takes. */
let requestTime: number;
let now: number;
let pointers: PointerStore;
let dependencies: ReturnType<typeof testDependencies>;

beforeEach(() => {
  requestTime = 20;
  now = start;
  pointers = pointerStore(() => void (now += requestTime));
  dependencies = { ...testDependencies(pointers.store), clock: () => new Date(now) };
});

const itemOf = (at: number, subject: string, kind = 'number.quarantine_end'): Attributes =>
  scheduleDue({ kind, at: new Date(at).toISOString(), org_id: 1000, subject }).render('table', 0, 0).Put?.Item ?? {};

const sweep = () => sweeperHandler(dependencies)({ time: '' });
const mark = async (): Promise<number> =>
  (await tableFor<'lease'>(pointers.store, 0).get(sweepRow, sweepKey))?.minute ?? NaN;
const queued = (): string[] => dependencies.queues.sent.map(({ message }) => JSON.stringify(message.body));

/** Runs each minute until nothing is left, and answers the marks. */
async function sweepToEnd(maxRuns: number): Promise<number[]> {
  const marks: number[] = [];
  while (pointers.itemsOf('due').length > 0 && marks.length < maxRuns) {
    const began = now;
    await sweep();
    expect(now - began).toBeLessThan(20_000);
    marks.push(await mark());
    now = Math.max(now, began + minute);
  }
  return marks;
}

describe('after 30 days of downtime', () => {
  const count = 10_000;
  const downtime = 30 * day;

  test('10,000 due items are worked off by several runs, with reads in proportion to them', async () => {
    // A run has time for a tenth of them.
    requestTime = 90;
    await sweep();
    now += downtime;
    const step = downtime / count;
    pointers.put(Array.from({ length: count }, (_, at) => itemOf(start + at * step, `+4610${at}`)));
    pointers.asked.queries = 0;
    const marks = await sweepToEnd(100);
    expect(new Set(queued()).size).toBe(count);
    expect(queued()).toHaveLength(count);
    // The mark moves as it goes: a run that ends early is continued, not repeated.
    expect(marks.length).toBeGreaterThan(2);
    expect(marks).toEqual(marks.toSorted((one, other) => one - other));
    expect(new Set(marks).size).toBe(marks.length);
    // A slice has 100 pointers; each run also reads what is fixed: 64 shards of pointers and 64 of events.
    expect(pointers.asked.queries).toBeLessThan(count / 100 + 160 * marks.length);
  });

  test('a run that dies in between loses nothing, and what it queued is not read from the start', async () => {
    await sweep();
    now += downtime;
    pointers.put(Array.from({ length: 3_000 }, (_, at) => itemOf(start + at * 1_000, `+4610${at}`)));
    dependencies.queues.room = 1_000;
    await expect(sweep()).rejects.toThrow('the queue takes no more');
    const reached = await mark();
    expect(reached).toBeGreaterThan(minuteOf(new Date(start)));
    dependencies.queues.room = Infinity;
    await sweepToEnd(10);
    expect(new Set(queued()).size).toBe(3_000);
  });

  test('nothing due costs the reads of one minute', async () => {
    await sweep();
    const before = pointers.asked.queries;
    now += minute;
    await sweep();
    const ofOneMinute = pointers.asked.queries - before;
    now += downtime;
    const { queries } = pointers.asked;
    await sweep();
    expect(pointers.asked.queries - queries).toBe(ofOneMinute);
    expect(await mark()).toBe(minuteOf(new Date(now)) - 2);
  });
});

test('what is due within the next minute is queued now, delivered at its second, and later work waits', async () => {
  pointers.put([itemOf(start + 45_000, '+46101'), itemOf(start + 5 * minute, '+46102')]);
  await sweep();
  expect(dependencies.queues.sent).toMatchObject([{ queue: 'jobs', message: { body: { number: '+46101' } } }]);
  expect(dependencies.queues.sent[0]?.message.delay).toBeGreaterThan(40);
  expect(pointers.itemsOf('due')).toHaveLength(1);
});

test('a pointer that appears in the index late is queued', async () => {
  await sweep();
  now += 30 * minute;
  await sweep();
  pointers.put([itemOf(start + 5 * minute, '+46101')]);
  await sweep();
  expect(queued()).toHaveLength(1);
});

const reports = () => dependencies.notes.filter((note) => note === timersPassedOver).length;
const isLate = () => isDueWorkLate(tableFor<'due@GSI2' | 'lease'>(pointers.store, 0));

test('a pointer of an unknown kind stays, and is late when the sweeper has passed it for an hour', async () => {
  pointers.put([itemOf(start, 'any', 'of.the.future')]);
  await sweep();
  now += hour;
  await sweep();
  expect([await isLate(), reports()]).toEqual([false, 0]);
  now += 3 * minute;
  await sweep();
  now += minute;
  await sweep();
  expect(queued()).toEqual([]);
  expect(pointers.itemsOf('due')).toHaveLength(1);
  expect(await isLate()).toBe(true);
  expect(reports()).toBe(1);
});

test('a pointer that is written months behind the mark is late until the next run queues it', async () => {
  await sweep();
  expect(await isLate()).toBe(false);
  pointers.put([itemOf(start - 90 * day, '+46101')]);
  expect(await isLate()).toBe(true);
  const before = await mark();
  await sweep();
  expect(queued()).toHaveLength(1);
  expect(reports()).toBe(1);
  expect(await isLate()).toBe(false);
  expect(await mark()).toBeGreaterThanOrEqual(before);
});

const served = consumersIn(consumers).flatMap(({ queue, due }) => (due?.kinds ?? []).map((kind) => ({ kind, queue })));

test.each(served)('a pointer $kind that is written three months behind the mark is queued', async ({ kind, queue }) => {
  await sweep();
  pointers.put([itemOf(start - 90 * day, 'any/1', kind)]);
  await sweep();
  expect(dependencies.queues.sent).toMatchObject([{ queue, message: { delay: 0 } }]);
  expect(pointers.itemsOf('due')).toEqual([]);
});

test('what became due in an outage is not late before the first run', async () => {
  await sweep();
  pointers.put([itemOf(start + day, '+46101')]);
  now += 30 * day;
  expect(await isLate()).toBe(false);
  await sweep();
  expect(queued()).toHaveLength(1);
  expect(reports()).toBe(0);
});

test('the mark is the last minute of the shard that is furthest behind', () => {
  const slice = (last: number, cursor?: string) => ({ items: [{ minute: last }], cursor });
  const bounds = { mark: 5, end: 100 };
  expect(markAfter([slice(30, 'more'), slice(20, 'more'), slice(10), null], bounds)).toBe(20);
  expect(markAfter([slice(30), null], bounds)).toBe(100);
  expect(markAfter([{ items: [], cursor: 'more' }], bounds)).toBe(5);
  expect(markAfter([slice(2, 'more')], bounds)).toBe(5);
});

import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { beforeEach, expect, test } from 'vitest';
import { omit } from '#schema/omit.ts';
import { indexingKey, indexingRow, minuteOf, scheduleDue, sweepKey, sweepRow } from '#dynamodb/rows/due.ts';
import type { Attributes } from '#dynamodb/row.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { day, minute } from '#schema/time.ts';
import { sweeperHandler } from './handler.ts';
import { pointerStore, type PointerStore } from './pointer-store.fixture.ts';

const start = Date.parse('2026-11-20T10:00:00.000Z');
let pointers: PointerStore;
let dependencies: ReturnType<typeof testDependencies>;

beforeEach(() => {
  pointers = pointerStore(() => undefined);
  dependencies = testDependencies(pointers.store);
});

/** A pointer as versions before the index stored it. */
function storeOldPointer(at: number, subject: string): void {
  const pointer = scheduleDue({ kind: 'number.quarantine_end', at: new Date(at).toISOString(), org_id: 1000, subject });
  const item: Attributes = pointer.render('table', 0, 0).Put?.Item ?? {};
  pointers.put([omit(item, 'GSI2PK', 'GSI2SK')]);
}

/** The mark of an earlier version. */
function storeMark(at: number): void {
  const item = overwrite(sweepRow, { ...sweepKey, minute: minuteOf(new Date(at)) }).render('table', 0, 0).Put?.Item;
  pointers.put([item ?? {}]);
}

async function sweepAt(at: number): Promise<string[]> {
  dependencies.now = new Date(at);
  await sweeperHandler(dependencies)({ time: '' });
  return dependencies.queues.sent.map(({ message }) => (message.body as { number: string }).number).toSorted();
}

test('pointers that earlier versions stored are queued when they are due', async () => {
  storeMark(start - minute);
  storeOldPointer(start, '+46101');
  storeOldPointer(start + 30 * day, '+46102');
  expect(await sweepAt(start)).toEqual(['+46101']);
  for (let run = 1; run < 180; run += 1) await sweepAt(start + run * minute);
  const { queries } = pointers.asked;
  // By now all are in the index: an empty minute costs no more than in a new system.
  await sweepAt(start + 200 * minute);
  expect(pointers.asked.queries - queries).toBeLessThan(140);
  expect(await sweepAt(start + 30 * day)).toEqual(['+46101', '+46102']);
});

test('an upgrade after days of downtime passes no pointer that is not in the index yet', async () => {
  storeMark(start);
  for (let at = 0; at < 10; at += 1) storeOldPointer(start + at * day, `+4610${at}`);
  const upgraded = start + 10 * day;
  await sweepAt(upgraded);
  const mark = (await tableFor<'lease'>(pointers.store, 0).get(sweepRow, sweepKey))?.minute ?? NaN;
  expect(mark).toBeLessThan(minuteOf(new Date(start + day)));
  for (let run = 1; run < 40; run += 1) await sweepAt(upgraded + run * minute);
  expect(await sweepAt(upgraded + 40 * minute)).toEqual(Array.from({ length: 10 }, (_, at) => `+4610${at}`));
});

test('a run on a slow store ends in time, and the next one continues where it ended', async () => {
  // Each minute is 8 reads: 500 of them take 80 seconds here.
  let now = start;
  pointers = pointerStore(() => void (now += 20));
  dependencies = { ...testDependencies(pointers.store), clock: () => new Date(now) };
  storeMark(start);
  storeOldPointer(start + 400 * minute, '+46101');
  const nexts: number[] = [];
  for (let run = 0; run < 20; run += 1) {
    const began = now;
    await sweeperHandler(dependencies)({ time: '' });
    expect(now - began).toBeLessThan(25_000);
    nexts.push((await tableFor<'lease'>(pointers.store, 0).get(indexingRow, indexingKey))?.next ?? NaN);
    now = began + minute;
  }
  expect(nexts).toEqual([...new Set(nexts)].toSorted((one, other) => one - other));
  expect(pointers.itemsOf('due').map((item) => item['GSI2PK'])).toEqual([
    expect.objectContaining({ S: expect.any(String) }),
  ]);
});

test('a new system has nothing to put into the index', async () => {
  await sweepAt(start);
  const { queries } = pointers.asked;
  await sweepAt(start + minute);
  expect(pointers.asked.queries - queries).toBeLessThan(140);
});

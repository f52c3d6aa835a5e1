import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { holdsOn, whileHoldsStay } from '#dynamodb/rows/legal-hold.ts';
import { tableFor } from '#dynamodb/table.ts';
import type { EventLogEntry } from '#schema/event-log.ts';
import { noon } from '#test/support/dependencies.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { instants, otherParty, storeRecords } from '../records.fixture.ts';
import { chainAfter, eventLog } from './event-log.ts';

const running = testStore();

// Only the position matters here.
const entry = (seq: number) => ({ chain: { seq } }) as EventLogEntry;
const seqs = (after: number, of: readonly number[]) => chainAfter(after, of.map(entry)).map(({ chain }) => chain.seq);

test('entries follow a link without a gap, in whatever order they are read', () => {
  expect(seqs(0, [2, 1, 3])).toEqual([1, 2, 3]);
  expect(seqs(1, [2, 1, 4])).toEqual([2]);
  expect(seqs(0, [2, 3])).toEqual([]);
});

test('any order of a chain is the chain', () =>
  fc.assert(
    fc.property(fc.nat({ max: 50 }), fc.array(fc.nat({ max: 40 })), (count, keys) => {
      const chain = Array.from({ length: count }, (_, at) => at + 1);
      const mixed = chain.toSorted((one, other) => (keys[one] ?? one) - (keys[other] ?? other));
      expect(seqs(0, mixed)).toEqual(chain);
    }),
  ));

const how = {
  now: noon,
  why: '',
  forever: false,
  record: (): never => {
    throw new Error('entries have no events');
  },
};

test('entries are read on where a purge has deleted more than was read', async () => {
  const organization = 8_890;
  const entries = instants(300, noon, 1).map((at, index) => ({ at, index, party: otherParty }));
  await storeRecords(running.store, organization, 'eventlog', entries);
  const table = tableFor(running.store, organization);
  const pageAfter = (after: string | null) => eventLog.page(table, { from: null, before: noon.toISOString(), after });
  const { cursor } = await pageAfter(null);
  for (let purged = 0; purged < 2; purged += 1) {
    const page = await pageAfter(null);
    const asked = whileHoldsStay(await holdsOn(table, 'eventlog'));
    await commit(running.store, organization, [asked, ...page.deletions([...page.records.keys()], how)]);
  }
  expect((await pageAfter(cursor)).records[0]?.record).toMatchObject({ chain: { seq: 2 * eventLog.atOnce + 1 } });
});

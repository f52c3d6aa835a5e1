import { expect, test } from 'vitest';
import { addAccount } from '#functions/billing/cdr-ingest/ingest.fixture.ts';
import { instants, otherParty, storeRecords } from '#functions/system/purges/records.fixture.ts';
import { retentionHandler } from '#functions/system/retention/handler.ts';
import { newAround, workOff } from '../support/purge-jobs.fixture.ts';
import { lastPurge } from '#functions/system/rows/purge.ts';
import { tableFor } from '#dynamodb/table.ts';
import { manualClock, noon, testDependencies } from '../support/dependencies.fixture.ts';
import { countReads, testStore } from '../support/store.fixture.ts';

/** `npm test` has some thousands. */
const records = Number(process.env['RECORDS'] ?? 1_000_000);
const due = records / 1_000;

const running = testStore();

test(`a night over ${records} records reads the ${due} that are due (npm run soak -- retention)`, async () => {
  const organization = 9_100;
  await addAccount(running.store, organization);
  const wanted = (count: number, days: number, first: number) =>
    instants(count, noon, days).map((at, index) => ({ at, index: first + index, party: otherParty }));
  for (let first = 0; first < records; first += 50_000)
    await storeRecords(running.store, organization, 'logs', wanted(50_000, 1, first));
  const clock = manualClock(noon.toISOString());
  const night = async () => {
    const { read, store } = countReads(running.store);
    await retentionHandler(testDependencies(store, { clock }))({ time: '' });
    const purge = await lastPurge(tableFor(running.store, organization), 'logs');
    if (purge?.status === 'running') {
      const message = { schema: 'purge.v1', org_id: organization, class: 'logs', purge_id: purge.id };
      await workOff(store, [message], [], newAround({ clock }));
    }
    clock.advance(86_400);
    return read;
  };
  const nothing = await night();
  expect(nothing.items).toBeLessThan(20);
  await storeRecords(running.store, organization, 'logs', wanted(due, 400, records));
  const some = await night();
  const deleted = (await lastPurge(tableFor(running.store, organization), 'logs'))?.counts.deleted;
  expect(deleted).toBe(due);
  expect(some.items).toBeLessThan(nothing.items + due * 1.5 + 200);
});

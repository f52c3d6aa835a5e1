import { describe, expect, test } from 'vitest';
import { tableFor } from '#dynamodb/table.ts';
import { commit } from '#dynamodb/commit.ts';
import { create } from '#dynamodb/write.ts';
import { recordClasses } from '#schema/record-class.ts';
import { manualClock, noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { countReads, eventsOf, startStore, testStore, type TestStore } from '#test/support/store.fixture.ts';
import { addAccount } from '../../billing/cdr-ingest/ingest.fixture.ts';
import { NewArchivingPolicy, newPolicy } from '../schema/archiving-policy.ts';
import { archivingPolicyRow } from '../rows/archiving-policy.ts';
import { newAround, workOff } from '#test/support/purge-jobs.fixture.ts';
import { instants, otherParty, storedNumbers, storeRecords } from '../purges/records.fixture.ts';
import { lastPurge } from '../rows/purge.ts';
import { retentionHandler } from './handler.ts';

let running: TestStore = testStore();

const day = 86_400;
let organization = 8700;

/** A night: the round, and the purges that it begins. */
async function night(clock = manualClock(noon.toISOString())) {
  const { read, store } = countReads(running.store);
  const dependencies = testDependencies(store, { clock });
  await retentionHandler(dependencies)({ time: '' });
  const table = tableFor(running.store, organization);
  const purges = await Promise.all(recordClasses.map((of) => lastPurge(table, of)));
  const begun = purges.filter((purge) => purge?.status === 'running');
  const messages = begun.map((purge) => ({
    ...{ schema: 'purge.v1', org_id: organization, class: purge!.class, purge_id: purge!.id },
  }));
  await workOff(running.store, messages, [], { ...newAround(), clock });
  return { read, faults: dependencies.faults, begun: begun.map((purge) => purge!.class) };
}

const old = (count: number, days: number) =>
  instants(count, noon, days).map((at, index) => ({ at, index, party: otherParty }));

const left = async (of: (typeof recordClasses)[number]) =>
  [...(await storedNumbers(running.store, organization, of)).values()].map((numbers) => numbers.length);

describe('a night', () => {
  test('deletes what each class keeps no longer, also of a closed organization', async () => {
    organization += 1;
    await addAccount(running.store, organization, { status: 'closed' });
    for (const of of recordClasses) await storeRecords(running.store, organization, of, old(20, 2_600));
    const { begun, faults } = await night();
    // Nothing says how long voicemail is kept.
    expect(begun).toEqual(recordClasses.filter((of) => of !== 'voicemail'));
    expect(faults).toEqual([]);
    for (const of of recordClasses)
      for (const count of await left(of)) expect({ of, count }).toEqual({ of, count: of === 'voicemail' ? 20 : 0 });
  });

  test('keeps records for the time of the policy, and says at it what it did', async () => {
    organization += 1;
    await addAccount(running.store, organization);
    await storeRecords(running.store, organization, 'sms', old(10, 200));
    await storeRecords(running.store, organization, 'voicemail', old(10, 40));
    const policy = (of: 'sms' | 'voicemail', retention_days: number) =>
      newPolicy(NewArchivingPolicy.parse({ name: of, class: of, retention_days }), {
        ...{ id: `arp_${of}`, now: noon.toISOString() },
      });
    await commit(running.store, organization, [
      create(archivingPolicyRow, policy('sms', 365)),
      create(archivingPolicyRow, policy('voicemail', 30)),
    ]);
    await night(manualClock(new Date(noon.getTime() + day * 1_000).toISOString()));
    expect([await left('sms'), await left('voicemail')]).toEqual([[10, 10], [0]]);
    expect(await tableFor(running.store, organization).get(archivingPolicyRow, { id: 'arp_voicemail' })).toMatchObject({
      last_run: { deleted: 10, exported: 0, held: 0 },
      version: 1,
    });
  });

  test('comes once a day', async () => {
    const clock = manualClock(new Date(noon.getTime() + 2 * day * 1_000).toISOString());
    await night(clock);
    clock.advance(3_600);
    expect((await night(clock)).read.calls).toBe(1);
    clock.advance(day);
    expect((await night(clock)).read.calls).toBeGreaterThan(1);
  });

  test('without effect is no event', async () => {
    organization += 1;
    await addAccount(running.store, organization);
    const clock = manualClock(new Date(noon.getTime() + 5 * day * 1_000).toISOString());
    expect((await night(clock)).begun).toEqual([]);
    expect(await eventsOf(running.store, organization)).toEqual([]);
  });
});

test('a night over an organization reads as much as is due, not what it has', async () => {
  const store = await startStore();
  try {
    const before = running;
    running = store;
    organization = 8800;
    await addAccount(running.store, organization);
    const clock = manualClock(noon.toISOString());
    const empty = (await night(clock)).read;
    await storeRecords(running.store, organization, 'logs', old(300, 1));
    await storeRecords(running.store, organization, 'sms', old(100, 1));
    clock.advance(day);
    const young = (await night(clock)).read;
    // The items of the organization itself, and none of its records.
    expect(young.items).toBeLessThanOrEqual(empty.items + 1);
    await storeRecords(running.store, organization, 'logs', old(30, 400));
    clock.advance(day);
    expect((await night(clock)).read.items).toBeLessThanOrEqual(young.items + 30);
    expect(await left('logs')).toEqual([300]);
    running = before;
  } finally {
    await store.stop();
  }
});

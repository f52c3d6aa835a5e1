import { afterAll, beforeAll, expect, test } from 'vitest';
import { noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import { eventsOf, startStore, type TestStore } from '#test/support/store.fixture.ts';
import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { tableFor } from '#dynamodb/table.ts';
import { recorder, systemOrigin } from '#runtime/event-record.ts';
import type { SmsLogEntry } from '#schema/sms-log.ts';
import type { smsLogs } from './contract.ts';
import { storeEntries } from './pushing-steps.ts';

let stores: TestStore;
beforeAll(async () => {
  stores = await startStore();
});
afterAll(() => stores.stop());

const entry = (message_id: string): SmsLogEntry => ({
  message_id,
  direction: 'inbound',
  from: '+14155551234',
  to: '22333',
  message: 'Stop',
  status: 'received',
  timestamp: noon.toISOString(),
  status_at: noon.toISOString(),
  user_id: null,
  segments: null,
  cost: null,
  source: 'import',
});

/** Stores entries in an organization. */
function storeIn(organization: number, entries: readonly SmsLogEntry[]) {
  const dependencies = testDependencies(stores.store);
  const table = tableFor<ReadName<EffectOf<typeof smsLogs>>>(stores.store, organization);
  const { nextId } = dependencies;
  const record = recorder({ origin: systemOrigin, organization, now: noon, nextId });
  return storeEntries(
    entries,
    { organization: organizationOf(organization), now: noon, record },
    { table, dependencies, nextId },
  );
}

test('entries that two pushes store at the same time are stored once, with their events', async () => {
  const entries = Array.from({ length: 60 }, (_, at) => entry(`m${at}`));
  const counts = await Promise.all([storeIn(6_900, entries), storeIn(6_900, entries)]);
  expect(counts.reduce((sum, { processed }) => sum + processed, 0)).toBe(60);
  expect(counts.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(60);
  const types = (await eventsOf(stores.store, 6_900)).map(({ type }) => type);
  expect(types.filter((type) => type === 'sms.received')).toHaveLength(60);
  expect(types.filter((type) => type === 'sms.optout')).toHaveLength(1);
});

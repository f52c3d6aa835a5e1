import { beforeAll, expect, test } from 'vitest';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { countRow } from '#dynamodb/rows/count.ts';
import { mailboxRow } from '#dynamodb/rows/mailbox.ts';
import { tableFor } from '#dynamodb/table.ts';
import { chainBreaks } from '#schema/event-log.ts';
import { recordClasses, type RecordClass } from '#schema/record-class.ts';
import { noon } from '#test/support/dependencies.fixture.ts';
import { hold } from '#test/support/legal-holds.fixture.ts';
import { smallPages } from '#test/support/small-pages.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { addAccount } from '../../billing/cdr-ingest/ingest.fixture.ts';
import { eventLogRow } from '../../platform/event-log/row.ts';
import { instants } from '../purges/records.fixture.ts';
import { beginWrites, eventLogBeginRow, lastPurge } from '../rows/purge.ts';
import { purgeMessage } from './contract.ts';
import {
  inOrder,
  interrupted,
  leftIn,
  newPurgeOf,
  purgeKilled,
  resultOf,
  runPurge,
  storeOld,
  workOff,
} from '#test/support/purge-jobs.fixture.ts';

const running = testStore();
/** In pages of twenty. */
let store: Store;
beforeAll(async () => {
  store = smallPages(running.store, 20);
});

let organizations = 8600;
async function newOrganization(): Promise<number> {
  organizations += 1;
  await addAccount(running.store, organizations);
  return organizations;
}

const old = (...of: readonly [number, RecordClass, number]) => storeOld(running.store, ...of);
const leftOf = (...of: readonly [number, RecordClass]) => leftIn(running.store, ...of);

test.each(recordClasses)(
  'a purge of %s that is killed 5 times deletes every record once that no hold keeps',
  async (of) => {
    const organization = await newOrganization();
    const { died, expected, stored, counted, result } = await purgeKilled(store, organization, of, {
      records: 120,
      kills: 5,
    });
    expect(died).toBe(5);
    for (const [entity, numbers] of stored)
      expect({ entity, numbers: inOrder(numbers) }).toEqual({ entity, numbers: expected });
    expect(result).toMatchObject({ ...counted, dry_run: false, status: 'done' });
    expect(counted.to_delete).toBe(120 - expected.length);
  },
);

test('a hold that is placed while a purge runs keeps what is not deleted yet', async () => {
  const organization = await newOrganization();
  await old(organization, 'logs', 80);
  const holding = interrupted(store, 4, () => hold(running.store, organization, ['logs']));
  await runPurge(holding, organization, await newPurgeOf(running.store, organization, 'logs'));
  const [left = 0] = await leftOf(organization, 'logs');
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(80);
  expect(await resultOf(running.store, organization)).toMatchObject({ to_delete: 80 - left, held: left });
});

test('a dry run deletes nothing and says what a run would delete', async () => {
  const organization = await newOrganization();
  await old(organization, 'email', 30);
  const purge = await newPurgeOf(running.store, organization, 'email', { dry_run: true });
  await runPurge(store, organization, purge);
  expect(await resultOf(running.store, organization)).toMatchObject({ dry_run: true, to_delete: 30 });
  expect(await leftOf(organization, 'email')).toEqual([30]);
});

test('sums follow: the messages of a mailbox, and the bytes of recordings', async () => {
  const organization = await newOrganization();
  for (const of of ['voicemail', 'recordings'] as const) {
    await old(organization, of, 60);
    await runPurge(
      running.store,
      organization,
      await newPurgeOf(running.store, organization, of, { before: instants(1, noon, 2_500)[0]!.toISOString() }),
    );
  }
  const table = tableFor(running.store, organization);
  expect(await table.get(mailboxRow, { mailbox: '204' })).toMatchObject({ held: 0, new: 0 });
  expect(await table.get(countRow, { of: 'recording_bytes' })).toMatchObject({ value: 0 });
});

test('what is left of the event log verifies from the link that the event names', async () => {
  const organization = await newOrganization();
  await old(organization, 'eventlog', 90);
  const before = instants(1, new Date(noon.getTime() - 50_000), 2_600)[0]!.toISOString();
  await runPurge(store, organization, await newPurgeOf(running.store, organization, 'eventlog', { before }));
  const result = await resultOf(running.store, organization);
  const { items } = await tableFor(running.store, organization).query(eventLogRow, {}, { prefix: 'evl_' });
  expect(items.length).toBeGreaterThan(0);
  expect(items.length).toBeLessThan(60);
  const begin = { seq: result?.['last_seq'] as number, hash: String(result?.['last_hash']) };
  expect(begin.seq).toBe(90 - items.length);
  expect(chainBreaks(items, begin)).toEqual([]);
  expect(await tableFor(running.store, organization).get(eventLogBeginRow, {})).toMatchObject(begin);
});

test('one purge of a class runs at a time, and a lost message of one that ended does nothing', async () => {
  const organization = await newOrganization();
  await old(organization, 'logs', 3);
  const [first, second] = [
    await newPurgeOf(running.store, organization, 'logs'),
    await newPurgeOf(running.store, organization, 'logs'),
  ];
  const table = tableFor(running.store, organization);
  await commit(running.store, organization, beginWrites(await lastPurge(table, 'logs'), first));
  const running_ = await lastPurge(table, 'logs');
  expect(() => beginWrites(running_, second)).toThrow('A purge of logs is running');
  const { body } = purgeMessage({ org_id: organization, class: 'logs', purge_id: first.id });
  await workOff(running.store, [body, body]);
  expect(await lastPurge(table, 'logs')).toMatchObject({ status: 'done', counts: { deleted: 3 } });
  await workOff(running.store, [body]);
  expect(await leftOf(organization, 'logs')).toEqual([0]);
});

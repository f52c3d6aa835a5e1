import { gunzipSync } from 'node:zlib';
import { simpleParser } from 'mailparser';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { linesOf, logRow } from '#dynamodb/rows/log.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create, overwrite } from '#dynamodb/write.ts';
import { recordClasses, type RecordClass } from '#schema/record-class.ts';
import { manualClock, noon } from '#test/support/dependencies.fixture.ts';
import { hold } from '#test/support/legal-holds.fixture.ts';
import { memorySecrets } from '#test/support/secrets.fixture.ts';
import { smallPages } from '#test/support/small-pages.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { addAccount } from '../../billing/cdr-ingest/ingest.fixture.ts';
import { newPolicy, NewArchivingPolicy } from '../schema/archiving-policy.ts';
import { archivingPolicyRow } from '../rows/archiving-policy.ts';
import type { Archiving } from '../archiving-provisioning/provisioning.ts';
import { archivingRow } from '../archiving-provisioning/row.ts';
import { archivedNumber, instants } from '../purges/records.fixture.ts';
import {
  inOrder,
  interrupted,
  leftIn,
  newAround,
  newPurgeOf,
  provisionArchive,
  purgeKilled,
  resultOf,
  runPurge,
  storeOld,
  verifyKept,
  type Around,
} from '#test/support/purge-jobs.fixture.ts';

const running = testStore();
/** In pages of twenty. */
let store: Store;
beforeAll(async () => {
  store = smallPages(running.store, 20);
});

let organizations = 8650;
async function newOrganization(): Promise<number> {
  organizations += 1;
  await addAccount(running.store, organizations);
  return organizations;
}
const old = (...of: readonly [number, RecordClass, number]) => storeOld(running.store, ...of);
const leftOf = (...of: readonly [number, RecordClass]) => leftIn(running.store, ...of);

const shared = { secrets: memorySecrets(), clock: manualClock(noon.toISOString()) };

const provision = (...of: readonly [number, Partial<Archiving>?]) => provisionArchive(running.store, ...of);
const verify = (around: Around) => verifyKept(running.store, around);

/** The numbers of the archived records, from the parts themselves. */
const archivedIn = ({ objects: { kept } }: Around): number[] =>
  [...kept].flatMap(([key, bytes]) =>
    key.endsWith('.jsonl.gz') ? gunzipSync(bytes).toString().trim().split('\n').map(archivedNumber) : [],
  );

describe('a purge that exports', () => {
  test.each(recordClasses)('%s, killed 5 times, archives each record once before it is deleted', async (of) => {
    const organization = await newOrganization();
    await provision(organization);
    const around = newAround(shared);
    const { died, expected, stored, counted, result } = await purgeKilled(store, organization, of, {
      ...{ records: 120, kills: 5, export: true, around },
    });
    expect(died).toBe(5);
    for (const [entity, numbers] of stored)
      expect({ entity, numbers: inOrder(numbers) }).toEqual({ entity, numbers: expected });
    const kept = new Set(expected);
    const gone = Array.from({ length: 120 }, (_, index) => index).filter((index) => !kept.has(index));
    expect(inOrder(archivedIn(around))).toEqual(gone);
    expect(result).toMatchObject({ ...counted, dry_run: false, status: 'done', to_delete: gone.length });
    const archiving = await tableFor(running.store, organization).get(archivingRow, {});
    const written = [...around.objects.kept].filter(([key]) => key.startsWith('archive/'));
    const bytes = written.filter(([key]) => !key.endsWith('.jws')).reduce((sum, [, { length }]) => sum + length, 0);
    expect(archiving).toMatchObject({ used_bytes: bytes, objects: written.length });
    const verdict = await verify(around);
    expect(verdict).toMatchObject({ holds: true, findings: [], archives: [{ class: of, records: gone.length }] });
  });

  test.each(['sms', 'email'] as const)('%s as messages has a file of each in the archive', async (of) => {
    const organization = await newOrganization();
    await provision(organization);
    await old(organization, of, 60);
    const around = newAround(shared);
    const purge = await newPurgeOf(running.store, organization, of, { export: true, format: 'eml' });
    await runPurge(running.store, organization, purge, { around, deaths: [9, 14] });
    expect(new Set(await leftOf(organization, of))).toEqual(new Set([0]));
    const files = [...around.objects.kept].filter(([key]) => key.endsWith('.eml'));
    const read = await Promise.all(files.map(([, bytes]) => simpleParser(Buffer.from(bytes))));
    const [name, said] = of === 'sms' ? (['text', 'Hello'] as const) : (['subject', 'Invoice'] as const);
    const expected = Array.from({ length: 60 }, (_, index) => `${said} ${index}`);
    // A process that dies before its first turn ends leaves files of an archive that is never recorded.
    expect(new Set(read.map((message) => message[name]?.trim()))).toEqual(new Set(expected));
    expect(await verify(around)).toMatchObject({ holds: true, findings: [], archives: [{ class: of, records: 60 }] });
  });

  test('deletes nothing without an archive, or with one that is full', async () => {
    for (const more of [undefined, { quota_gb: 0 }]) {
      const organization = await newOrganization();
      if (more !== undefined) await provision(organization, more);
      await old(organization, 'logs', 40);
      await runPurge(
        running.store,
        organization,
        await newPurgeOf(running.store, organization, 'logs', { export: true }),
      );
      expect(await resultOf(running.store, organization)).toMatchObject({
        ...{ status: 'failed', to_delete: 0 },
        code: more === undefined ? 'ARCHIVING_NOT_PROVISIONED' : 'STORAGE_FULL',
      });
      expect(await leftOf(organization, 'logs')).toEqual([40]);
    }
  });

  test('keeps what a hold means that is placed after it was archived', async () => {
    const organization = await newOrganization();
    await provision(organization);
    await old(organization, 'email', 60);
    const holding = interrupted(store, 6, () => hold(running.store, organization, ['email']));
    const purge = await newPurgeOf(running.store, organization, 'email', { export: true });
    await runPurge(holding, organization, purge, { around: newAround(shared) });
    const result = await resultOf(running.store, organization);
    const [left = 0] = await leftOf(organization, 'email');
    expect(left).toBeGreaterThan(0);
    expect(result).toMatchObject({ matched: 60, held: left, to_delete: 60 - left });
  });

  test('keeps what was changed after it was archived, for the next purge', async () => {
    const organization = await newOrganization();
    await provision(organization);
    await old(organization, 'logs', 30);
    const table = tableFor(running.store, organization);
    const change = async () => {
      const { items } = await table.queryIndex(logRow, 'GSI1', linesOf(organization), { order: 'asc', limit: 1 });
      await commit(running.store, organization, [overwrite(logRow, { ...items[0]!, message: 'changed' })]);
    };
    const around = newAround(shared);
    const changing = interrupted(store, 5, change);
    await runPurge(changing, organization, await newPurgeOf(running.store, organization, 'logs', { export: true }), {
      around,
    });
    expect(await leftOf(organization, 'logs')).toEqual([1]);
    await runPurge(
      running.store,
      organization,
      await newPurgeOf(running.store, organization, 'logs', { export: true }),
      { around },
    );
    expect(await leftOf(organization, 'logs')).toEqual([0]);
    expect(await verify(around)).toMatchObject({
      chains: [{ problems: [] }],
      findings: [],
      holds: true,
      archives: [
        { records: 30, findings: [] },
        { records: 1, findings: [] },
      ],
    });
  });

  test('and keeps, by a policy, archives each record once', async () => {
    const organization = await newOrganization();
    await provision(organization);
    await old(organization, 'email', 40);
    const wanted = NewArchivingPolicy.parse({ name: 'P', class: 'email', retention_days: 100, action: 'export' });
    await commit(running.store, organization, [
      create(archivingPolicyRow, newPolicy(wanted, { id: 'arp_1', now: instants(1, noon, 1)[0]!.toISOString() })),
    ]);
    const around = newAround(shared);
    for (const exported of [40, 0]) {
      await runPurge(running.store, organization, await newPurgeOf(running.store, organization, 'email'), { around });
      expect(await resultOf(running.store, organization)).toMatchObject({ to_delete: 0, to_export: exported });
    }
    expect(await leftOf(organization, 'email')).toEqual([40]);
    expect(archivedIn(around)).toHaveLength(40);
  });
});

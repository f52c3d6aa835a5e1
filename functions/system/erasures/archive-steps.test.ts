import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { beginArchive } from '#archive/archive.ts';
import { putPart } from '#archive/parts.ts';
import { commit } from '#dynamodb/commit.ts';
import { archiveRow } from '#dynamodb/rows/archive.ts';
import { tableFor } from '#dynamodb/table.ts';
import type { RecordClass } from '#schema/record-class.ts';
import { manualClock, noon } from '#test/support/dependencies.fixture.ts';
import { hold } from '#test/support/legal-holds.fixture.ts';
import { memorySecrets } from '#test/support/secrets.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { addAccount } from '../../billing/cdr-ingest/ingest.fixture.ts';
import { recordArchive } from '../archives/archiving-steps.ts';
import type { Archiving } from '../archiving-provisioning/provisioning.ts';
import { archivingRow } from '../archiving-provisioning/row.ts';
import {
  interrupted,
  newPurgeOf,
  provisionArchive,
  runPurge,
  verifyKept,
  type Around,
} from '#test/support/purge-jobs.fixture.ts';
import { audioKeys, instants, otherParty, storeRecords } from '../purges/records.fixture.ts';
import { aroundErasure, erasePerson } from './erasures.fixture.ts';

const running = testStore();

const shared = {
  secrets: memorySecrets({ 'sealing-keys': '{"generation":0,"key":"made"}' }),
  clock: manualClock(noon.toISOString()),
};
const person = { number: '+4930123456' };

let organizations = 8_900;

/** An organization whose records of some classes are archived and gone: every tenth is about the person. */
async function archived(of: readonly RecordClass[], more: Partial<Archiving> = {}) {
  organizations += 1;
  const [organization, around] = [organizations, aroundErasure(shared)];
  await addAccount(running.store, organization);
  await provisionArchive(running.store, organization, more);
  for (const each of of) {
    const wanted = instants(60, noon, 2_600).map((at, index) => ({
      ...{ at, index, party: index % 10 === 0 ? { user: 'usr_eve', number: person.number } : otherParty },
    }));
    await storeRecords(running.store, organization, each, wanted);
    for (const key of audioKeys(organization, each, wanted)) around.objects.kept.set(key, Buffer.from(`audio ${key}`));
    const before = each === 'voicemail' ? { before: instants(1, noon, 2_000)[0]!.toISOString() } : {};
    await runPurge(
      running.store,
      organization,
      await newPurgeOf(running.store, organization, each, { export: true, ...before }),
      {
        around,
      },
    );
  }
  return { organization, around };
}

const verify = (around: Around) => verifyKept(running.store, around);

/** What archives have, as text. */
const textIn = ({ objects: { kept } }: Around): string =>
  [...kept]
    .filter(([key]) => key.startsWith('archive/'))
    .map(([key, bytes]) => (key.endsWith('.gz') ? gunzipSync(bytes) : Buffer.from(bytes)).toString())
    .join('\n');
const archivesOf = async (organization: number) =>
  (await tableFor<'archive'>(running.store, organization).query(archiveRow, {}, { order: 'asc' })).items;
const sizeOf = ({ objects: { kept } }: Around) =>
  [...kept]
    .filter(([key]) => key.startsWith('archive/') && !key.endsWith('.jws'))
    .reduce((sum, [, { length }]) => sum + length, 0);

describe('an erasure rewrites', () => {
  test.each(['sms', 'email', 'logs', 'voicemail', 'recordings'] as const)(
    'archives of %s, also if it is killed, and they verify with both hashes',
    async (of) => {
      const { organization, around } = await archived([of]);
      const before = await verify(around);
      expect(before).toMatchObject({ holds: true, archives: [{ records: 60, revisions: 0 }] });
      expect(textIn(around)).toContain('4930123456');
      const deaths = [6, 9, 12, 15, 18, 21];
      const { report, reportLines, died } = await erasePerson(running.store, organization, person, { around, deaths });
      expect(died).toBe(deaths.length);
      expect(report).toMatchObject({ totals: { [of]: { deleted: 6 } }, rewritten_archives: 1 });
      const [archive] = await archivesOf(organization);
      expect(reportLines.map((each) => [each.state, each.archive_id])).toEqual(Array(6).fill(['deleted', archive?.id]));
      expect(textIn(around)).not.toContain('4930123456');
      const verdict = await verify(around);
      expect(verdict).toMatchObject({ holds: true, archives: [{ records: 54, revisions: 1 }] });
      expect(verdict.archives[0]?.replaced).toMatchObject([{ reason: 'erasure of a person' }]);
      const archiving = await tableFor<'archiving'>(running.store, organization).get(archivingRow, {});
      expect(archiving?.used_bytes).toBe(sizeOf(around));
    },
  );

  test('CDRs without the person, and keeps what they cost', async () => {
    const { organization, around } = await archived(['cdr']);
    const { report } = await erasePerson(running.store, organization, person, { around });
    expect(report).toMatchObject({ totals: { cdr: { anonymous: 6 } }, rewritten_archives: 1 });
    expect(textIn(around)).not.toContain('4930123456');
    expect(textIn(around).match(/"callee":"\+493012"/g)).toHaveLength(6);
    expect(await verify(around)).toMatchObject({ holds: true, archives: [{ records: 60, revisions: 1 }] });
  });

  test('nothing in a dry run, and says what it would', async () => {
    const { organization, around } = await archived(['sms']);
    const before = textIn(around);
    const { report } = await erasePerson(running.store, organization, person, { around, erase: false });
    expect(report).toMatchObject({ totals: { sms: { deleted: 6 } }, rewritten_archives: 0 });
    expect(textIn(around)).toBe(before);
  });

  test('nothing that is locked, and says until when', async () => {
    const { organization, around } = await archived(['sms'], { object_lock: 'governance' });
    const { report, reportLines } = await erasePerson(running.store, organization, person, { around });
    expect(report).toMatchObject({ totals: { sms: { locked: 6 } }, rewritten_archives: 0 });
    expect(reportLines[0]).toMatchObject({ state: 'locked', until: expect.stringMatching(/^2027-02-/) as string });
    expect(await verify(around)).toMatchObject({ holds: true, archives: [{ revisions: 0 }] });
  });

  test('nothing that a hold means, and the rest', async () => {
    const { organization, around } = await archived(['email']);
    await hold(running.store, organization, ['email'], {
      user_ids: ['usr_eve'],
      to: instants(30, noon, 2_600)[0]!.toISOString(),
    });
    const { report } = await erasePerson(running.store, organization, { user_id: 'usr_eve' }, { around });
    const { held = 0, deleted = 0 } = report.totals.email ?? {};
    expect([held > 0, deleted > 0, held + deleted]).toEqual([true, true, 6]);
    expect(await verify(around)).toMatchObject({ holds: true, archives: [{ records: 60 - deleted }] });
  });

  test.each([3, 5, 7, 8, 9, 11, 13])('nothing that a hold means which is placed before transaction %i', async (nth) => {
    const { organization, around } = await archived(['logs']);
    const placed = { isLate: true };
    const store = interrupted(running.store, nth, async () => {
      placed.isLate = (await archivesOf(organization)).some(({ revision }) => revision !== undefined);
      await hold(running.store, organization, ['logs']);
    });
    const { report, reportLines } = await erasePerson(store, organization, person, { around });
    // A hold that comes before the record of the revision keeps the archive as it was.
    const [totals, rewritten_archives, records] = placed.isLate ? [{ deleted: 6 }, 1, 54] : [{ held: 6 }, 0, 60];
    expect(report).toMatchObject({ totals: { logs: totals }, rewritten_archives });
    expect(reportLines).toHaveLength(6);
    expect(await verify(around)).toMatchObject({ holds: true, archives: [{ records }] });
  });

  test('messages of an SMS export, of whatever form', async () => {
    const { organization, around } = await archived(['sms']);
    const [archive] = await archivesOf(organization);
    const state = beginArchive({
      archive_id: 'arch_odd',
      org_id: organization,
      class: 'sms',
      policy_id: null,
      created_at: noon.toISOString(),
    });
    const lines = [
      '{"message_id":"m1","to":7}',
      '{"from":null,"message_id":"m2","to":"+4930123456"}',
      '{"message_id":"m3","text":[]}',
    ];
    const range = { start: noon.toISOString(), end: noon.toISOString() };
    const storage = { lock: null, storageClass: 'STANDARD' } as const;
    const written = await putPart(around.objects, state, lines, { range, storage });
    const table = tableFor<'archive' | 'archivehead' | 'archiving'>(running.store, organization);
    const stored = { state: written, class: 'sms' as const, policy: null, lock: null };
    const { writes } = await recordArchive(table, stored, { by: 'usr_1', now: shared.clock.now() });
    await commit(running.store, organization, writes);
    const { report } = await erasePerson(running.store, organization, person, { around });
    expect(report).toMatchObject({ totals: { sms: { deleted: 7 } }, rewritten_archives: 2 });
    expect(await verify(around)).toMatchObject({ holds: true, archives: [{ records: 54 }, { records: 2 }] });
    expect(archive?.records).toBe(60);
  });

  test('two archives, one after the other, and once more if they are asked again', async () => {
    const { organization, around } = await archived(['sms', 'logs']);
    await erasePerson(running.store, organization, person, { around });
    const { report } = await erasePerson(running.store, organization, { user_id: otherParty.user }, { around });
    expect(report.rewritten_archives).toBe(2);
    const verdict = await verify(around);
    expect(verdict).toMatchObject({ holds: true, archives: [{ revisions: 2 }, { revisions: 2 }] });
  });
});

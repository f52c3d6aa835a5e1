import { describe, expect, test } from 'vitest';
import { memoryObjects } from '#test/support/objects.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit, StaleWrite } from '#dynamodb/commit.ts';
import { archiveHeadRow } from './row.ts';
import { archiveRow } from '#dynamodb/rows/archive.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import { second } from '#schema/time.ts';
import { notProvisioned } from '../archiving-provisioning/provisioning.ts';
import { archivingRow } from '../archiving-provisioning/row.ts';
import { custodyOf, recordArchive, sealRecorded, writeArchive } from './archiving-steps.ts';

const running = testStore();
let organization = 8_300;

const now = new Date('2026-11-23T13:00:00.000Z');
const policy = { id: 'arp_1', name: 'SMS', retention_days: 30 };
const range = { start: '2026-01-01T00:00:00.000Z', end: '2026-01-31T00:00:00.000Z' };

/** An organization with an archive that is locked in governance mode. */
async function newArchive() {
  organization += 1;
  const own = organization;
  const archiving = { ...notProvisioned, enabled: true, object_lock: 'governance', version: 1 } as const;
  await commit(running.store, own, [create(archivingRow, archiving)]);
  const table = tableFor<'archive' | 'archivehead' | 'archiving'>(running.store, own);
  const objects = memoryObjects();
  const write = (content: string, lines = ['{"n":1}']) =>
    writeArchive({ objects, table }, { class: 'sms', content, lines, range }, { policy, now });
  return {
    ...{ own, objects, table, write },
    record: async (content: string) => {
      const written = (await write(content)) ?? expect.unreachable();
      return recordArchive(table, written, { by: 'usr_1', now });
    },
    commit: (writes: Parameters<typeof commit>[2]) => commit(running.store, own, writes),
    seal: (
      of: Parameters<typeof sealRecorded>[1],
      signer = async (_: string, at: Date) => at.toISOString(),
      at = now,
    ) => sealRecorded(objects, of, { organization: own, signer, now: at }),
  };
}

describe('an archive', () => {
  test('that is recorded has all that its manifest is made of', async () => {
    const { own, objects, table, record, commit: commits, seal } = await newArchive();
    const { archive, writes } = await record('one');
    await commits(writes);
    expect([...objects.kept.keys()]).toEqual([archive.parts[0]?.key]);
    const stored = (await table.get(archiveRow, archive)) ?? expect.unreachable();
    await commits([await seal(stored)]);
    const folder = `archive/org_${own}/sms/2026-11/${archive.id}/`;
    expect([...objects.kept.keys()]).toEqual([
      `${folder}part-00000.jsonl.gz`,
      `${folder}manifest.jws`,
      `${folder}manifest.json`,
    ]);
    expect(await table.get(archiveRow, archive)).toEqual({ ...archive, sealed_at: now.toISOString() });
    expect(await table.get(archiveHeadRow, {})).toMatchObject({ manifest_sha256: archive.manifest_sha256 });
    expect(custodyOf(archive)).toEqual({
      ...{ class: 'sms', records: 1, range, policy, manifest_key: archive.manifest_key },
      ...{ manifest_sha256: archive.manifest_sha256, lock_mode: 'governance' },
      locked_until: '2026-12-24T00:00:00.000Z',
    });
  });

  test('that is recorded after another was is stale, and has another hash then', async () => {
    const { record, commit: commits } = await newArchive();
    const [one, other] = [await record('one'), await record('two')];
    await commits(one.writes);
    await expect(commits(other.writes)).rejects.toBeInstanceOf(StaleWrite);
    const again = await record('two');
    await commits(again.writes);
    expect(again.archive.previous_manifest_sha256).toBe(one.archive.manifest_sha256);
    expect(again.archive.manifest_sha256).not.toBe(other.archive.manifest_sha256);
  });

  test('is sealed with the same manifest by several processes at once, and never before it was begun', async () => {
    const { objects, record, seal } = await newArchive();
    const { archive } = await record('one');
    const clocks = [0, -5, 60].map((skew) => new Date(now.getTime() + skew * second));
    await Promise.all(clocks.map((at) => seal(archive, undefined, at)));
    const file = objects.kept.get(archive.manifest_key);
    await seal(archive, async () => 'later');
    expect(objects.kept.get(archive.manifest_key)).toBe(file);
    const signed: Date[] = [];
    const signer = async (_: string, at: Date) => `${signed.push(at)}`;
    await seal(archive, signer, new Date(now.getTime() - 5 * second));
    expect(signed).toEqual([now]);
  });

  test('that is damaged is not sealed', async () => {
    const { objects, record, seal } = await newArchive();
    const { archive } = await record('one');
    objects.kept.set(archive.parts[0]?.key ?? '', Buffer.of(1));
    await expect(seal(archive)).rejects.toThrow('does not have the hash');
    expect(objects.kept.has(archive.manifest_key)).toBe(false);
  });

  test('that is sealed takes no part more', async () => {
    const { objects, write, record, seal } = await newArchive();
    const { archive } = await record('one');
    await seal(archive);
    const kept = new Map(objects.kept);
    expect(await write('one', ['{"n":2}'])).toBeUndefined();
    expect(objects.kept).toEqual(kept);
  });
});

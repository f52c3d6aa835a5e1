import { expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { commit, StaleWrite } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { archiveHeadRow, headWrites } from './row.ts';

const running = testStore();

const now = new Date('2026-11-23T13:00:00.000Z');
const manifest = (archive_id: string) => ({ archive_id, sha256: archive_id.padEnd(64, '0') });
const head = () => tableFor<'archivehead'>(running.store, 1001).get(archiveHeadRow, {});

test('of two archives that are stored at once, one follows the other', async () => {
  for (const length of [1, 3]) {
    const before = await head();
    const seal = (id: string) => commit(running.store, 1001, headWrites(before, manifest(id), now));
    const outcomes = await Promise.allSettled([seal(`a${length}`), seal(`b${length}`)]);
    const lost = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    expect(lost).toEqual([expect.any(StaleWrite)]);
    await commit(running.store, 1001, headWrites(await head(), manifest(`c${length}`), now));
    expect(await head()).toMatchObject({ length: length + 1, archive_id: `c${length}` });
  }
});

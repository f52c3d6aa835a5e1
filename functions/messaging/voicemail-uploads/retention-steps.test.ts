import { readShards } from '#dynamodb/index-shards.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { duePartition, dueRow } from '#dynamodb/rows/due.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import type { Voicemail } from '#schema/voicemail.ts';
import { audioRow, voicemailRow } from '../rows/voicemail.ts';
import { at, message, newMailbox } from './mailbox.fixture.ts';

const running = testStore();
let box: Awaited<ReturnType<typeof newMailbox>>;
beforeEach(async () => {
  box = await newMailbox(running);
});

describe('the days that a mailbox keeps messages', () => {
  const received = (days: number): Partial<Voicemail> => ({
    received_at: new Date(Date.parse(at) - days * 86_400_000).toISOString(),
  });
  const file = (id: string, days: number) => {
    const heard: Voicemail = { ...message, id, audio: id, status: 'read', ...received(days) };
    return commit(running.store, box.organization, [
      overwrite(voicemailRow, heard),
      overwrite(audioRow, { id, messages: 1 }),
    ]);
  };
  const left = async () => (await box.table.query(voicemailRow, {})).items.map(({ id }) => id).toSorted();
  const looks = async () => {
    const shards = readShards.map((shard) =>
      tableFor<'due@GSI2'>(running.store, 0).queryIndex(dueRow, 'GSI2', duePartition(shard)),
    );
    const all = (await Promise.all(shards)).flatMap(({ items }) => items);
    return all
      .filter(({ org_id }) => org_id === box.organization)
      .map(({ kind, subject, at: due }) => [kind, subject, due]);
  };

  test('end with the deletion of those that are older, and a look for the next one', async () => {
    await file('vm_old', 8);
    await file('vm_young', 6);
    await box.prefer({ retention_days: null });
    await box.task('expiry', '204');
    expect(await left()).toEqual(['vm_1', 'vm_old', 'vm_young']);
    await box.prefer({ retention_days: 7 });
    await box.task('expiry', '204');
    await box.task('expiry', '204');
    expect(await left()).toEqual(['vm_1', 'vm_young']);
    expect(await looks()).toEqual([['voicemail.expiry', '204', '2026-11-21T10:00:00.000Z']]);
    expect((await eventsOf(running.store, box.organization)).map(({ type }) => type)).toEqual(['voicemail.deleted']);
  });

  test('begin with the message', async () => {
    await box.prefer({ retention_days: 7 });
    await box.task('retention', 'vm_1');
    expect(await looks()).toEqual([['voicemail.expiry', '204', '2026-11-27T10:00:00.000Z']]);
  });
});

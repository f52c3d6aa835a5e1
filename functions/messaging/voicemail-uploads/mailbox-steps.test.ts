import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { userOf } from '#test/support/people.fixture.ts';
import { eventsOf, startStore, type TestStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import { overwrite } from '#dynamodb/write.ts';
import { newMailbox } from './mailbox.fixture.ts';

let running: TestStore;
let box: Awaited<ReturnType<typeof newMailbox>>;
beforeAll(async () => {
  running = await startStore();
});
afterAll(() => running.stop());
beforeEach(async () => {
  box = await newMailbox(running);
});

describe('the mailbox of a deleted user', () => {
  const types = async () => (await eventsOf(running.store, box.organization)).map(({ type }) => type);

  test('is deleted', async () => {
    await box.prefer({ user_id: 'usr_gone' });
    await box.task('abandoned', '204');
    expect(await types()).toEqual(['mailbox.deleted']);
  });

  test('stays if another user has it', async () => {
    await box.prefer({ user_id: 'usr_ann' });
    await commit(running.store, box.organization, [overwrite(userRow, userOf('usr_ann', {}))]);
    await box.task('abandoned', '204');
    expect(await types()).toEqual([]);
  });
});

import { beforeAll, expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { fileReferenceRow, fileRow } from '#dynamodb/rows/file.ts';
import { readMailbox } from '#dynamodb/rows/mailbox.ts';
import { userExtensionRow } from '#dynamodb/rows/user.ts';
import { overwrite } from '#dynamodb/write.ts';
import { contextOf } from '#runtime/background-context.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { sipSidecar } from '../../contract.ts';
import { RecordedGreetings } from './recorded-greetings.ts';

const organization = 1_001;
const box = { organization, mailbox: '204' };

const running = testStore();
beforeAll(async () => {
  await commit(running.store, organization, [overwrite(userExtensionRow, { extension: '204', owner: 'usr_1' })]);
});

const context = () => contextOf(sipSidecar, testDependencies(running.store));
const greetings = () => new RecordedGreetings(context());
const table = () => context().tableOf(organization);
const fileOf = (id: string) => table().get(fileRow, { id });
const preferences = async () => (await readMailbox(table(), '204'))?.preferences;

/** A recording that was stored, and converted. */
async function recorded(use: 'unavailable' | 'busy' | 'name'): Promise<string> {
  const id = await greetings().open(box, use);
  const file = await fileOf(id);
  if (file === undefined) throw new Error('there is no file');
  const sound = { sha256: 'a'.repeat(64), milliseconds: 1_000 };
  const content = { number: 1, content_type: 'audio/wav', size: 500, sha256: '', sound };
  await commit(running.store, organization, [
    overwrite(fileRow, { ...file, content, upload: null, version: file.version + 1 }),
  ]);
  return id;
}

test('a recording is used when it is kept, and takes the place of the one before', async () => {
  const first = await recorded('unavailable');
  expect(await greetings().keep(box, 'unavailable', first)).toBe('ok');
  expect(await preferences()).toMatchObject({ greeting_type: 'custom', greeting_file_id: first, version: 1 });
  expect(await greetings().find(box, 'unavailable')).toMatchObject({ sha256: 'a'.repeat(64) });
  const second = await recorded('unavailable');
  expect(await greetings().keep(box, 'unavailable', second)).toBe('ok');
  expect([await fileOf(first), (await preferences())?.greeting_file_id]).toEqual([undefined, second]);
});

test('a recording that is not kept is deleted; one that something uses is not', async () => {
  const dropped = await greetings().open(box, 'busy');
  await greetings().drop({ organization, file: dropped });
  expect(await fileOf(dropped)).toBeUndefined();
  const used = await recorded('name');
  expect(await greetings().keep(box, 'name', used)).toBe('ok');
  await commit(running.store, organization, [overwrite(fileReferenceRow, { resource: used, type: 'x', id: 'y' })]);
  await greetings().drop({ organization, file: used });
  expect(await fileOf(used)).toMatchObject({ id: used });
});

test('a greeting is chosen if there is one; a mailbox that is gone changes nothing', async () => {
  expect(await greetings().choose(box, 'name')).toBe('ok');
  expect(await preferences()).toMatchObject({ greeting_type: 'name' });
  const none = { organization, mailbox: '999' };
  expect(await greetings().choose(none, 'default')).toBe('missing');
  expect(await greetings().keep(none, 'busy', await recorded('busy'))).toBe('missing');
  expect(await greetings().find(none, 'busy')).toBeUndefined();
});

import { describe, expect, test } from 'vitest';
import { auditOf, describeByName } from '../schema/audit.ts';
import { commitUpdate, createOrReplace, deleteOf, findPinned, getOf, listOf, saveOf } from './resource-parts.ts';
import { noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { recorder, systemOrigin } from '../runtime/event-record.ts';

type Shelf = { readonly id: string; readonly name: string; readonly version: number };

const audit = auditOf('shelf', { noun: 'Shelf', describe: describeByName('Shelf'), logged: (shelf: Shelf) => shelf });
const stored: Shelf = { id: 'shelf_1', name: 'one', version: 3 };
const find = async () => stored;
const present = ({ name }: Shelf) => ({ name });
const { nextId } = testDependencies();
const record = recorder({ origin: systemOrigin, organization: 1_001, now: noon, nextId });
const request = { record, now: noon, pinnedVersion: undefined, params: { id: stored.id } };
const effects = ({ writes }: { readonly writes: readonly { readonly effect: string }[] }) =>
  writes.map(({ effect }) => effect);

const save = saveOf(audit, {
  find,
  decide: (before: Shelf | undefined) => ({ id: 'shelf_1', name: 'new', version: (before?.version ?? 0) + 1 }),
  conclude: (before: Shelf | undefined) => ({ writes: [], warnings: before === undefined ? [] : ['replaced'] }),
  present,
});

test('a list presents each item of its page', async () => {
  const figures = { total: 1, capped: false, limit: 50, offset: 0, nextToken: '' };
  const read = async () => ({ items: [stored], ...figures });
  expect((await listOf(read, present)({}, {})).page).toEqual({ items: [{ name: 'one' }], ...figures });
});

test('an item is answered with its version', async () => {
  expect(await getOf(find, present)({}, {})).toMatchObject({ status: 200, data: { name: 'one' }, version: 3 });
});

describe('a save', () => {
  test('creates an item with the id new', async () => {
    const saved = await save({ ...request, params: { id: 'new' } }, {});
    expect(effects(saved)).toEqual(['event:shelf.created']);
    expect(saved.answer).toMatchObject({ status: 201, version: 1, message: 'Shelf created successfully' });
  });

  test('replaces the item of another id, with what its answer says besides', async () => {
    const saved = await save(request, {});
    expect(effects(saved)).toEqual(['event:shelf.updated']);
    expect(saved.answer).toMatchObject({ status: 200, data: { name: 'new' }, version: 4, warnings: ['replaced'] });
  });
});

test('a deletion answers the id and the time', async () => {
  const remove = deleteOf(audit, find, () => ({ writes: [] }));
  const { answer } = await remove(request, {});
  expect(answer.data).toEqual({ id: 'shelf_1', deleted_at: noon.toISOString() });
});

test('what an event says besides the item is not in the answer', () => {
  const { writes, answer } = commitUpdate(
    audit,
    request,
    { before: stored, after: stored },
    { writes: [], shown: {}, fields: { reason: 'age' } },
  );
  expect(writes[0]).toMatchObject({ item: { data: { reason: 'age' } } });
  expect(answer).not.toHaveProperty('fields');
});

describe('with another version than that of the item', () => {
  const stale = { ...request, pinnedVersion: 2 };

  test.each([
    ['a save is rejected', () => save(stale, {})],
    [
      'a deletion is rejected before its rules',
      () => deleteOf(audit, find, () => Promise.reject(new Error()))(stale, {}),
    ],
    [
      'an update is rejected',
      async () => commitUpdate(audit, stale, { before: stored, after: stored }, { writes: [], shown: {} }),
    ],
    ['nothing is found', () => findPinned(find)(stale, {})],
  ])('%s', async (_rule, work) => {
    await expect(work()).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
  });
});

test('only the id new creates', async () => {
  const either = createOrReplace(
    async () => 'created',
    async () => 'replaced',
  );
  expect([await either({ params: { id: 'new' } }, {}), await either(request, {})]).toEqual(['created', 'replaced']);
});

import { expect, test } from 'vitest';
import type { StoredItem } from '#dynamodb/rows/stored-rows.ts';
import { maxNested } from '#telephony/ring-group.ts';
import { ringViolations } from './store.ts';

type Reads = Parameters<typeof ringViolations>[1];

const groupOf = (id: string, members: readonly object[] = [], fields: object = {}): StoredItem => ({
  ...{ id, name: id, members, created_at: '', updated_at: '', version: 1 },
  ...fields,
});

/** A table with these items, and no others. */
function tableOf(items: readonly { readonly id: string }[]): Reads {
  const getAll = async (_row: unknown, keys: readonly { readonly id: string }[]) =>
    keys.map(({ id }) => items.find((item) => item.id === id));
  return { getAll } as object as Reads;
}

const violationsOf = (group: StoredItem, items: readonly { readonly id: string }[], country = 'SE', numbers = {}) =>
  ringViolations(group, tableOf(items), { country, settings: { numbers } });

test('a group may name what exists', async () => {
  const members = [{ user: 'usr_1' }, { device: 'dev_1' }, { ring_group: 'rgrp_2' }];
  const group = groupOf('rgrp_1', members, { no_answer: { type: 'flow', id: 'flow_1' } });
  const items = [{ id: 'usr_1' }, { id: 'dev_1' }, { id: 'flow_1' }, groupOf('rgrp_2')];
  expect(await violationsOf(group, items)).toEqual([]);
});

test('what does not exist is named by its path', async () => {
  const group = groupOf('rgrp_1', [{ user: 'usr_1' }], { no_answer: { type: 'ring_group', id: 'rgrp_2' } });
  expect(await violationsOf(group, [])).toEqual([
    { path: 'members[0].user', message: 'is no user of the organization' },
    { path: 'no_answer.id', message: 'is no ring group of the organization' },
  ]);
});

test.each(['0111911', '00 46 112'])('no member is the emergency number %s', async (number) => {
  const group = groupOf('rgrp_1', [{ number: '+46701234567' }, { number }]);
  expect(await violationsOf(group, [])).toEqual([{ path: 'members[1].number', message: 'is an emergency number' }]);
});

test.each([
  ['AU', '0011000'],
  ['US', '9011911'],
])('no member in %s is %s, which calls for help there', async (country, number) => {
  const found = await violationsOf(groupOf('rgrp_1', [{ number }]), [], country, { strip: ['9'] });
  expect(found).toEqual([{ path: 'members[0].number', message: 'is an emergency number' }]);
});

test('a group contains itself neither at once nor over others', async () => {
  const itself = groupOf('rgrp_1', [{ ring_group: 'rgrp_1' }]);
  expect(await violationsOf(itself, [itself])).toEqual([
    { path: 'members[0].ring_group', message: 'must not be the group itself' },
  ]);
  const around = groupOf('rgrp_1', [{ ring_group: 'rgrp_2' }]);
  const others = [groupOf('rgrp_2', [{ ring_group: 'rgrp_3' }]), groupOf('rgrp_3', [{ ring_group: 'rgrp_1' }]), around];
  expect((await violationsOf(around, others)).map(({ path }) => path)).toEqual(['members']);
});

test.each([
  [maxNested, 0],
  [maxNested + 1, 1],
])('%i groups in one another: %i violations', async (levels, expected) => {
  const inner = Array.from({ length: levels }, (_each, at) =>
    groupOf(`inner_${at}`, at + 1 < levels ? [{ ring_group: `inner_${at + 1}` }] : []),
  );
  expect(await violationsOf(groupOf('rgrp_1', [{ ring_group: 'inner_0' }]), inner)).toHaveLength(expected);
});

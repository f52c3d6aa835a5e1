import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RingGroup, ringOrder, ringReferences, shuffled } from './ring-group.ts';

const groupOf = (group: object) => RingGroup.parse(group);
const membersOf = (attempts: readonly (readonly { readonly user?: string | undefined }[])[]) =>
  attempts.map((members) => members.map(({ user }) => user));

const three = [
  { user: 'late', priority: 2 },
  { user: 'one', delay_seconds: 10 },
  { user: 'two', delay_seconds: 20 },
];

test('members ring at once by priority; one whose delay is as long as the ring time does not', () => {
  expect(membersOf(ringOrder(groupOf({ members: three }), () => 0))).toEqual([['one'], ['late']]);
  expect(membersOf(ringOrder(groupOf({ members: three, ring_seconds: 21 }), () => 0))).toEqual([
    ['one', 'two'],
    ['late'],
  ]);
});

test('in order they ring one after the other, without delays', () => {
  const attempts = ringOrder(groupOf({ members: three, strategy: 'in_order' }), () => 0);
  expect(membersOf(attempts)).toEqual([['one'], ['two'], ['late']]);
  expect(attempts.flat().map(({ delay_seconds: delay }) => delay)).toEqual([0, 0, 0]);
});

test('in a random order, each member rings once within its priority', () => {
  let next = 1;
  const attempts = ringOrder(groupOf({ members: three, strategy: 'random' }), () => (next -= 0.1));
  expect(membersOf(attempts)).toEqual([['two'], ['one'], ['late']]);
});

test('a shuffled list has the same items', () => {
  const ranked = fc.array(fc.tuple(fc.integer(), fc.double({ min: 0, max: 1, noNaN: true })));
  fc.assert(
    fc.property(ranked, (items) => {
      const ranks = items.map(([, rank]) => rank);
      const numbers = items.map(([number]) => number);
      expect([...shuffled(numbers, () => ranks.pop() ?? 0)].sort()).toEqual([...numbers].sort());
    }),
  );
});

test('what a group names has the path of its field', () => {
  const group = groupOf({
    members: [{ user: 'usr_1' }, { ring_group: 'rgrp_2' }],
    no_answer: { type: 'flow', id: 'flow_3' },
  });
  expect(ringReferences(group)).toEqual([
    { kind: 'user', id: 'usr_1', path: 'members[0].user' },
    { kind: 'ring_group', id: 'rgrp_2', path: 'members[1].ring_group' },
    { kind: 'flow', id: 'flow_3', path: 'no_answer.id' },
  ]);
});

test.each([
  [{ members: [{ user: 'usr_1', device: 'dev_1' }] }],
  [{ members: [{ priority: 1 }] }],
  [{ members: Array(51).fill({ user: 'usr_1' }) }],
  [{ ring_seconds: 4 }],
  [{ no_answer: { type: 'trunk', id: 'trunk_1' } }],
])('%j is no group', (fields) => {
  expect(RingGroup.safeParse(fields).success).toBe(false);
});

import { expect, test } from 'vitest';
import { dependentBlocks, dependentGroups, dependentsAmong, flowTarget, routesTo } from './dependent.ts';

const ann = { type: 'user', id: 'usr_ann', extension: '201', mailbox: '900' } as const;
const menu = flowTarget({ id: 'flow_menu', extension: '400' });

test('numbers route to a user, to its mailbox if it has one, and to a flow', () => {
  expect(routesTo(ann)).toEqual([
    { type: 'user', id: 'usr_ann' },
    { type: 'voicemail', id: '900' },
    { type: 'mailbox', id: '900' },
  ]);
  expect(routesTo({ ...ann, mailbox: null })).toEqual([{ type: 'user', id: 'usr_ann' }]);
  expect(routesTo(menu)).toEqual([{ type: 'flow', id: 'flow_menu' }]);
});

test('a ring group depends on its members, and on who follows when none answers', () => {
  const groups = [
    { id: 'rgrp_1', name: 'Sales', members: [{ number: '+4690510000' }, { user: 'usr_ann' }] },
    { id: 'rgrp_2', name: 'Support', members: [], no_answer: { type: 'flow', id: 'flow_menu' } },
    { id: 'rgrp_3', name: 'Others', members: [{ user: 'usr_bob' }], no_answer: { type: 'user', id: 'flow_menu' } },
  ];
  expect(dependentGroups(ann, groups)).toEqual([
    { type: 'ring_group', id: 'rgrp_1', name: 'Sales', path: 'members[1].user' },
  ]);
  expect(dependentGroups(menu, groups)).toEqual([
    { type: 'ring_group', id: 'rgrp_2', name: 'Support', path: 'no_answer.id' },
  ]);
});

test('a blocked caller depends on the flow that answers it', () => {
  const blocked = [
    { id: 'block_1', name: 'Premium', caller: '+1900…', action: { flow: 'flow_menu' } },
    { id: 'block_2', name: 'Anonymous', caller: 'anonymous', action: 'busy' },
  ];
  expect(dependentBlocks(menu, blocked)).toEqual([
    { type: 'blocked_caller', id: 'block_1', name: 'Premium', path: 'action.flow' },
  ]);
});

test('a name counts by its kind', () => {
  const namings = [
    { kind: 'extension', id: '900', path: 'an extension that another has' },
    { kind: 'flow', id: 'usr_ann', path: 'a flow' },
    { kind: 'mailbox', id: '900', path: 'the mailbox' },
  ];
  const [found] = dependentsAmong('flow', ann, [{ id: 'flow_1', name: 'One' }], () => namings);
  expect(found).toEqual({ type: 'flow', id: 'flow_1', name: 'One', path: 'the mailbox' });
});

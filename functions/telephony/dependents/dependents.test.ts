import { expect, test } from 'vitest';
import { flowTarget, targetOf } from '../schema/dependent.ts';
import { dependentFlows, dependentUsers } from './dependents.ts';

const ann = { type: 'user', id: 'usr_ann', extension: '201', mailbox: '900' } as const;
const menu = flowTarget({ id: 'flow_menu', extension: '400' });

const flowOf = (id: string, steps: object) => ({ id, name: id, steps, external_policy: null }) as never;
const pathsOf = (dependents: readonly { readonly id: string; readonly path: string }[]) =>
  dependents.map(({ id, path }) => `${id} ${path}`);

test('a flow depends on whom it calls by id or extension, on mailboxes, and on flows in which it goes on', () => {
  const flows = [
    flowOf('flow_1', { call: { type: 'dial', to: ['202', { user: 'usr_ann' }] } }),
    flowOf('flow_2', { call: { type: 'dial', to: ['202', '201'] } }),
    flowOf('flow_3', { tape: { type: 'voicemail', mailbox: '900' } }),
    flowOf('flow_4', { on: { type: 'goto', flow: 'flow_menu' } }),
    flowOf('flow_5', { call: { type: 'dial', to: ['400'] } }),
    flowOf('flow_6', { tape: { type: 'voicemail', mailbox: '201' }, call: { type: 'dial', to: ['900'] } }),
  ];
  expect(pathsOf(dependentFlows(ann, flows))).toEqual([
    ...['flow_1 steps.call.to[1].user', 'flow_2 steps.call.to[1]', 'flow_3 steps.tape.mailbox'],
  ]);
  expect(pathsOf(dependentFlows(menu, flows))).toEqual(['flow_4 steps.on.flow', 'flow_5 steps.call.to[0]']);
});

test('a flow does not depend on itself, nor a user', () => {
  const itself = flowOf('flow_menu', { call: { type: 'dial', to: ['400'] } });
  expect(dependentFlows(menu, [itself])).toEqual([]);
  const own = { user_id: 'usr_ann', forward: { busy: { type: 'voicemail', id: '900' } } };
  expect(dependentUsers(ann, [own])).toEqual([]);
});

test('users depend on those to whom they forward calls, by id, extension or mailbox', () => {
  const settings = [
    { user_id: 'usr_1', forward: { always: '201' } },
    { user_id: 'usr_2', forward: { busy: { type: 'user', id: 'usr_ann' } } },
    { user_id: 'usr_3', when_closed: { type: 'voicemail', id: '900' } },
    { user_id: 'usr_4', follow_me: [{ number: '202' }, { number: '201' }] },
    { user_id: 'usr_5', forward: { no_answer: { type: 'flow', id: 'flow_menu' } } },
    { user_id: 'usr_6', forward: { no_answer: { type: 'device', id: 'usr_ann' } } },
  ];
  expect(pathsOf(dependentUsers(ann, settings))).toEqual([
    ...['usr_1 forward.always', 'usr_2 forward.busy.id', 'usr_3 when_closed.id', 'usr_4 follow_me[1].number'],
  ]);
  expect(pathsOf(dependentUsers(menu, settings))).toEqual(['usr_5 forward.no_answer.id']);
});

test('flows and users depend on the ring groups that they call, and on the schedules that they ask', () => {
  const [sales, office] = [
    targetOf('ring_group', { id: 'rgrp_1', extension: '300' }),
    targetOf('schedule', { id: 'sched_1' }),
  ];
  const flows = [
    flowOf('flow_1', { call: { type: 'dial', to: [{ ring_group: 'rgrp_1' }] } }),
    flowOf('flow_2', { call: { type: 'dial', to: ['300'] } }),
    flowOf('flow_3', { hours: { type: 'time', schedule: 'sched_1' } }),
  ];
  expect(pathsOf(dependentFlows(sales, flows))).toEqual([
    'flow_1 steps.call.to[0].ring_group',
    'flow_2 steps.call.to[0]',
  ]);
  expect(pathsOf(dependentFlows(office, flows))).toEqual(['flow_3 steps.hours.schedule']);
  const settings = [
    { user_id: 'usr_1', schedule: 'sched_1' },
    { user_id: 'usr_2', forward: { busy: { type: 'ring_group', id: 'rgrp_1' } } },
  ];
  expect(pathsOf(dependentUsers(office, settings))).toEqual(['usr_1 schedule']);
  expect(pathsOf(dependentUsers(sales, settings))).toEqual(['usr_2 forward.busy.id']);
});

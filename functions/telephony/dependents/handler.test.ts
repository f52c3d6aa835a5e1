import { beforeAll, expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { tenantsIn, userOf, type Tenants } from '#test/support/people.fixture.ts';
import { call, outcome, type Reply } from '#test/support/requests.fixture.ts';
import { deviceOf, numberOf } from '#test/support/resources.fixture.ts';
import { smallPages } from '#test/support/small-pages.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { deviceRow } from '#dynamodb/rows/device.ts';
import { mailboxUserRow } from '#dynamodb/rows/mailbox.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import { overwrite, type Write } from '#dynamodb/write.ts';
import { newSim } from '../mobile/sim.ts';
import { simRow } from '../mobile/row.ts';
import { blockedCallerRow } from '../rows/blocked-caller.ts';
import { callFlowRow, callFlowVersionRow } from '../rows/call-flow.ts';
import { callHandlingRow } from '../rows/call-handling.ts';
import { ringGroupRow } from '../rows/ring-group.ts';
import { scheduleRow } from '../rows/schedule.ts';
import { headOf, newFlow } from '../call-flows/call-flow.ts';
import type { FlowStep } from '../schema/call-flow.ts';
import type { Dependent } from '../schema/dependent.ts';
import { dependentsHandler } from './handler.ts';

const stores = testStore();
let tenants: Tenants;
beforeAll(async () => {
  tenants = await tenantsIn(stores.store);
});

let last = 7_600;

/** An organization with these rows, and what depends on its users and flows. */
async function organizationWith(writes: readonly Write[]) {
  const organization = (last += 1);
  const [token, limited] = [
    await tenants.join(organization),
    await tenants.join(organization, { session: { own_only: ['telephony:read'] } }),
  ];
  for (let at = 0; at < writes.length; at += 50) await commit(stores.store, organization, writes.slice(at, at + 50));
  const ask = (route: string, id: string, { as = token, store = stores.store } = {}) =>
    call(dependentsHandler(testDependencies(store)), route, { token: as, params: { id } });
  return {
    limited,
    ofUser: (id: string, how?: { as?: string; store?: Store }) => ask('GET /users/{id}/dependents', id, how),
    ofFlow: (id: string, how?: { as?: string; store?: Store }) => ask('GET /callflows/{id}/dependents', id, how),
    ofGroup: (id: string) => ask('GET /ringgroups/{id}/dependents', id),
    ofSchedule: (id: string) => ask('GET /schedules/{id}/dependents', id),
  };
}

const answerOf = ({ text }: Reply) =>
  (JSON.parse(text) as { readonly data: { readonly dependents: readonly Dependent[]; readonly truncated: boolean } })
    .data;

const at = '2026-11-20T10:00:00.000Z';
const stamps = { created_at: at, updated_at: at, version: 1 };
const putUser = (id: string, more = {}) => overwrite(userRow, userOf(id, { display_name: `Name of ${id}`, ...more }));
const putNumber = (
  number: string,
  route: { type: 'user' | 'voicemail' | 'flow' | 'ring_group'; id: string } | null,
  more = {},
) => overwrite(numberRow, numberOf({ id: `num_${number}`, number, org_id: last + 1, route, ...more }));
const putGroup = (id: string, fields: object) => overwrite(ringGroupRow, { id, name: id, ...fields, ...stamps });
const putHandling = (user: string, fields: object) =>
  overwrite(callHandlingRow, { user_id: user, ...fields, ...stamps } as never);

function putFlow(id: string, step: FlowStep, extension: string | null = null): readonly Write[] {
  const body = { name: id, language: 'en', start: 'one', enabled: true, extension, external_policy: null };
  const flow = newFlow({ ...body, max_silence_seconds: 60, steps: {} }, id, { steps: { one: step }, now: at });
  return [overwrite(callFlowRow, headOf(flow)), overwrite(callFlowVersionRow, flow)];
}

const dialing = (...to: readonly (string | { user: string })[]): FlowStep => ({
  ...{ type: 'dial', to: [...to], strategy: 'all', ring_seconds: 20 },
});

test('what depends on a user is what names it, its extension or its mailbox', async () => {
  const { ofUser } = await organizationWith([
    putUser('usr_ann', { extension: '201' }),
    putUser('usr_bob'),
    overwrite(mailboxUserRow, { user_id: 'usr_ann', mailbox: '900' }),
    putNumber('+46905550101', { type: 'user', id: 'usr_ann' }, { label: 'Ann' }),
    putNumber('+46905550102', { type: 'voicemail', id: '900' }),
    putNumber('+46905550103', { type: 'user', id: 'usr_bob' }),
    overwrite(deviceRow, deviceOf({ id: 'dev_1', user_id: 'usr_ann', model: 'T46' })),
    overwrite(deviceRow, deviceOf({ id: 'dev_2', user_id: 'usr_bob' })),
    overwrite(simRow, newSim({ user_id: 'usr_ann', label: 'Van' }, { id: 'sim_1', iccid: '8946', now: at })),
    putGroup('rgrp_1', { members: [{ user: 'usr_ann' }] }),
    putGroup('rgrp_2', { members: [{ user: 'usr_bob' }] }),
    ...putFlow('flow_1', dialing('201')),
    ...putFlow('flow_2', dialing('202', { user: 'usr_bob' })),
    putHandling('usr_bob', { forward: { busy: { type: 'user', id: 'usr_ann' } } }),
  ]);
  expect(answerOf(await ofUser('usr_ann'))).toEqual({
    dependents: [
      { type: 'number', id: '+46905550101', name: 'Ann', path: 'route' },
      { type: 'number', id: '+46905550102', name: '+46905550102', path: 'route' },
      { type: 'device', id: 'dev_1', name: 'T46', path: 'user_id' },
      { type: 'sim', id: 'sim_1', name: 'Van', path: 'user_id' },
      { type: 'ring_group', id: 'rgrp_1', name: 'rgrp_1', path: 'members[0].user' },
      { type: 'flow', id: 'flow_1', name: 'flow_1', path: 'steps.one.to[0]' },
      { type: 'user', id: 'usr_bob', name: 'Name of usr_bob', path: 'forward.busy.id' },
    ],
    truncated: false,
  });
});

test('what depends on a flow is what sends calls to it, also by its extension', async () => {
  const { ofFlow } = await organizationWith([
    ...putFlow('flow_menu', { type: 'hangup', reason: 'normal' }, '400'),
    ...putFlow('flow_night', { type: 'goto', flow: 'flow_menu' }),
    ...putFlow('flow_old', dialing('400')),
    putUser('usr_bob'),
    putNumber('+46905550111', { type: 'flow', id: 'flow_menu' }),
    putNumber('+46905550112', { type: 'flow', id: 'flow_night' }),
    putGroup('rgrp_1', { members: [], no_answer: { type: 'flow', id: 'flow_menu' } }),
    overwrite(blockedCallerRow, {
      ...{ id: 'block_1', name: 'Premium', caller: '+1900…', action: { flow: 'flow_menu' }, ...stamps },
    }),
    putHandling('usr_bob', { when_closed: '400' }),
    // A user that is being deleted.
    putHandling('usr_gone', { when_closed: '400' }),
  ]);
  const { dependents } = answerOf(await ofFlow('flow_menu'));
  expect(dependents.map(({ type, id, path }) => `${type} ${id} ${path}`)).toEqual([
    'number +46905550111 route',
    'ring_group rgrp_1 no_answer.id',
    'flow flow_old steps.one.to[0]',
    'flow flow_night steps.one.flow',
    'blocked_caller block_1 action.flow',
    'user usr_bob when_closed',
  ]);
});

test('what depends on a ring group or a schedule is what names it', async () => {
  const { ofGroup, ofSchedule } = await organizationWith([
    putGroup('rgrp_1', { members: [], extension: '300' }),
    putGroup('rgrp_2', { members: [{ ring_group: 'rgrp_1' }] }),
    overwrite(scheduleRow, { id: 'sched_1', name: 'Office', ...stamps }),
    putUser('usr_bob'),
    putNumber('+46905550121', { type: 'ring_group', id: 'rgrp_1' }),
    ...putFlow('flow_1', dialing('300')),
    ...putFlow('flow_2', { type: 'time', schedule: 'sched_1', open: 'one', closed: 'one' }),
    putHandling('usr_bob', { schedule: 'sched_1' }),
  ]);
  const pathsOf = (reply: Reply) => answerOf(reply).dependents.map(({ type, id, path }) => `${type} ${id} ${path}`);
  expect(pathsOf(await ofGroup('rgrp_1'))).toEqual([
    'number +46905550121 route',
    'ring_group rgrp_2 members[0].ring_group',
    'flow flow_1 steps.one.to[0]',
  ]);
  expect(pathsOf(await ofSchedule('sched_1'))).toEqual(['flow flow_2 steps.one.schedule', 'user usr_bob schedule']);
  expect([await ofGroup('rgrp_3'), await ofSchedule('sched_2')].map(outcome)).toEqual([
    '404 NOT_FOUND',
    '404 NOT_FOUND',
  ]);
});

test('nothing depends on what exists in another organization only, or for a caller with own records', async () => {
  const [own, other] = [
    await organizationWith([putUser('usr_ann'), ...putFlow('flow_menu', { type: 'hangup', reason: 'normal' })]),
    await organizationWith([]),
  ];
  expect(answerOf(await own.ofUser('usr_ann'))).toEqual({ dependents: [], truncated: false });
  const rejected = [
    await other.ofUser('usr_ann'),
    await other.ofFlow('flow_menu'),
    await own.ofUser('usr_ann', { as: own.limited }),
    await own.ofFlow('flow_menu', { as: own.limited }),
  ];
  expect(rejected.map(outcome)).toEqual(Array(4).fill('404 NOT_FOUND'));
});

test.each([
  ['numbers', (index: number) => putNumber(`+4690${last * 1_000 + index}`, { type: 'user', id: 'usr_ann' })],
  ['ring groups', (index: number) => putGroup(`rgrp_${index}`, { members: [{ user: 'usr_ann' }] })],
])('100 %s are shown, and whether there are more', async (_what, put) => {
  const shownOf = async (count: number) => {
    const writes = Array.from({ length: count }, (_each, index) => put(index));
    const { ofUser } = await organizationWith([putUser('usr_ann'), ...writes]);
    const { dependents, truncated } = answerOf(await ofUser('usr_ann'));
    return [dependents.length, truncated];
  };
  expect([await shownOf(100), await shownOf(101)]).toEqual([
    [100, false],
    [100, true],
  ]);
});

test.each([
  ['ring groups', (id: string) => [putGroup(`rgrp_${id}`, { members: [{ user: 'usr_ann' }] })]],
  ['settings of users', (id: string) => [putUser(id), putHandling(id, { when_closed: '201' })]],
])('three slices of %s are read', async (_what, put) => {
  const shownOf = async (count: number) => {
    const writes = Array.from({ length: count }, (_each, index) => put(`usr_${index}`)).flat();
    const { ofUser } = await organizationWith([putUser('usr_ann', { extension: '201' }), ...writes]);
    const { dependents, truncated } = answerOf(await ofUser('usr_ann', { store: smallPages(stores.store, 1) }));
    return [dependents.length, truncated];
  };
  expect([await shownOf(2), await shownOf(4)]).toEqual([
    [2, false],
    [3, true],
  ]);
});

/** A store, and how often it was asked. */
function countedStore({ client, ...store }: Store) {
  const counted = { trips: 0 };
  const send: typeof client.send = (command: object) => {
    counted.trips += 1;
    return client.send(command as never);
  };
  return { store: { ...store, client: { send } }, counted };
}

test('500 call flows are read, in one round trip for 100 of them', async () => {
  const flows = (count: number) =>
    Array.from({ length: count }, (_each, index) => putFlow(`flow_${1_000 + index}`, dialing('202'))).flat();
  const [few, many] = [
    await organizationWith([putUser('usr_ann'), ...putFlow('flow_1', dialing({ user: 'usr_ann' }))]),
    // Flows are read newest first.
    await organizationWith([
      ...[putUser('usr_ann'), ...flows(500), ...putFlow('flow_0', dialing({ user: 'usr_ann' }))],
    ]),
  ];
  const [ofFew, ofMany] = [countedStore(stores.store), countedStore(stores.store)];
  expect(answerOf(await few.ofUser('usr_ann', ofFew)).dependents).toHaveLength(1);
  expect(answerOf(await many.ofUser('usr_ann', ofMany))).toEqual({ dependents: [], truncated: true });
  expect(ofMany.counted.trips - ofFew.counted.trips).toBe(4);
});

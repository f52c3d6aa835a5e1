import { beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { useExtensions } from '../calls.fixture.ts';
import { newPhoneUser } from '../phone-pages.fixture.ts';
import { newSoftphones } from '../softphones.fixture.ts';
import {
  newAdministeredTenant,
  outcome,
  texts,
  uniqueName,
  type AdministeredTenant,
  type Body,
} from '../tenant.fixture.ts';

/** Extensions of users, ring groups and call flows: one namespace of an organization. */

let tenant: AdministeredTenant;
let other: AdministeredTenant;
beforeAll(async () => {
  [tenant, other] = await Promise.all([newAdministeredTenant('extensions'), newAdministeredTenant('extensions')]);
  await useExtensions(tenant);
});

const saveGroup = (fields: object, id = 'new', by = tenant) =>
  by.ask('PUT', `/ringgroups/${id}`, { name: uniqueName('group'), ...fields });
const saveFlow = (fields: object, id = 'new', by = tenant) =>
  by.ask('PUT', `/callflows/${id}`, {
    name: uniqueName('flow'),
    start: 'end',
    steps: { end: { type: 'hangup', reason: 'busy' } },
    ...fields,
  });

async function listed(query = '', by = tenant): Promise<readonly Body[]> {
  return ((await by.ask('GET', `/extensions${query}`)).body as { readonly data: readonly Body[] }).data;
}

test('an extension has one owner, until that lets it go', async () => {
  const user = await newPhoneUser(tenant, 'Ann', '310');
  const group = await saveGroup({ extension: '311' });
  const flow = await saveFlow({ extension: '312' });
  expect([group, flow].map(outcome)).toEqual(['201', '201']);
  const taken = await Promise.all([
    saveGroup({ extension: '310' }),
    saveGroup({ extension: '312' }),
    saveFlow({ extension: '311' }),
    saveFlow({ extension: '310' }, texts(flow)['id']),
    tenant.ask('PUT', '/users', { username: uniqueName('bob'), extension: '311', password: 'Correct-Horse-Battery-9' }),
  ]);
  expect(taken.map(outcome)).toEqual(taken.map(() => '409 EXTENSION_TAKEN'));
  expect(outcome(await saveGroup({ extension: '310' }, 'new', other))).toBe('201');
  expect(await listed()).toEqual([
    { extension: '310', type: 'user', id: user.id, name: 'Ann' },
    { extension: '311', type: 'ring_group', id: texts(group)['id'], name: texts(group)['name'] },
    { extension: '312', type: 'call_flow', id: texts(flow)['id'], name: texts(flow)['name'] },
  ]);
  expect(await listed('?type=ring_group')).toMatchObject([{ extension: '311' }]);
  // Absent fields return to their defaults.
  expect(outcome(await saveGroup({}, texts(group)['id']))).toBe('200');
  expect(outcome(await saveFlow({ extension: '311' }, texts(flow)['id']))).toBe('200');
  expect(outcome(await saveFlow({ extension: '312' }))).toBe('201');
  expect(outcome(await tenant.ask('DELETE', `/callflows/${texts(flow)['id']}`))).toBe('200');
  expect(outcome(await saveGroup({ extension: '311' }))).toBe('201');
});

test('of many who want an extension at once, one gets it', async () => {
  const wishes = Array.from({ length: 8 }, (_, at) => (at % 2 === 0 ? saveGroup : saveFlow)({ extension: '330' }));
  const outcomes = (await Promise.all(wishes)).map(outcome).sort();
  expect(outcomes).toEqual(['201', ...Array.from({ length: 7 }, () => '409 EXTENSION_TAKEN')]);
});

test('what is no extension is rejected at its path', async () => {
  for (const extension of ['1', '123456789', 'abc', '', 5, '+1'])
    expect(outcome(await saveGroup({ extension }))).toMatch(/^422 VALIDATION_FAILED$/);
});

test('the extension of a phone is none of a group', async () => {
  const [{ phone }] = await newSoftphones(tenant, ['340']);
  using open = new DisposableStack();
  open.use(phone);
  expect(outcome(await saveGroup({ extension: '340' }))).toBe('409 EXTENSION_TAKEN');
});

test('a phone that dials the extension of a group rings its members, and that of a flow gets the flow', async () => {
  const [caller, member] = await newSoftphones(tenant, ['350', '351']);
  using open = new DisposableStack();
  for (const { phone } of [caller, member]) open.use(phone);
  const group = await saveGroup({ extension: '352', members: [{ device: member.device }] });
  const flow = await saveFlow({ extension: '353' });
  expect([group, flow].map(outcome)).toEqual(['201', '201']);
  const call = caller.phone.call('352');
  (await member.phone.nextCall()).answer();
  await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
  call.hangUp();
  const denied = caller.phone.call('353');
  // The flow rejects the call; without a media relay the platform does.
  await eventually(() => expect(denied.log.at(-1)).toMatch(/^failed (?:486|503|488)$/), 20_000);
});

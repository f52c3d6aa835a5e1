import { beforeAll, expect, test } from 'vitest';
import { digits, newIccid } from '#test/system/hardware.fixture.ts';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { outcome, texts, uniqueName } from '#test/system/tenant.fixture.ts';
import { mobile } from './contract.ts';
import { mobileHandler } from './handler.ts';
import { users } from '../../accounts/users/contract.ts';
import { usersHandler } from '../../accounts/users/handler.ts';

const functions = functionsOf([mobile, mobileHandler], [users, usersHandler]);

let ask: TestTenant['ask'];
let other: TestTenant['ask'];
beforeAll(async () => {
  [ask, other] = (await Promise.all([functions.newTenant(), functions.newTenant()])).map((tenant) => tenant.ask) as [
    TestTenant['ask'],
    TestTenant['ask'],
  ];
});

test('a SIM is registered, updated and deleted, and its identifiers are unique while it exists', async () => {
  const [iccid, imsi, msisdn] = [newIccid(), `24001${digits(10)}`, `+4670${digits(7)}`];
  const made = await ask('PUT', `/mobile/${iccid}`, { imsi, msisdn, label: 'Car' });
  const { id = '' } = texts(made);
  expect([outcome(made), made.body]).toEqual(['201', expect.objectContaining({ status: 'success', success: true })]);
  expect(texts(made)).toMatchObject({ iccid, imsi, msisdn, status: 'registered', network_sync: 'none' });
  expect(texts(await ask('GET', `/mobile/${iccid}`))['id']).toBe(id);
  expect([outcome(await other('GET', `/mobile/${iccid}`)), outcome(await other('GET', `/mobile/${id}`))]).toEqual([
    '404 NOT_FOUND',
    '404 NOT_FOUND',
  ]);

  const put = async (body: object) => outcome(await other('PUT', '/mobile/new', { iccid: newIccid(), ...body }));
  expect([await put({ iccid }), await put({ imsi }), await put({ msisdn })]).toEqual([
    '409 ICCID_EXISTS',
    '409 IMSI_EXISTS',
    '409 MSISDN_EXISTS',
  ]);

  expect(outcome(await ask('PUT', '/mobile/new', { iccid, msisdn, plan: 'L' }))).toBe('200');
  const post = async (body: object) => outcome(await ask('POST', `/mobile/${id}`, body));
  expect([
    await post({ action: 'suspend' }),
    await post({ action: 'activate' }),
    await post({ action: 'explode' }),
    await post({ action: 'suspend', reason: 'lost' }),
  ]).toEqual(['409 INVALID_STATE', '200', '422 VALIDATION_FAILED', '200']);
  expect(outcome(await ask('DELETE', `/mobile/${id}`))).toBe('409 SIM_NOT_TERMINATED');
  expect([await post({ action: 'terminate' }), await put({ msisdn }), await put({ iccid })]).toEqual([
    '200',
    '201',
    '409 ICCID_EXISTS',
  ]);
  expect([outcome(await ask('DELETE', `/mobile/${id}`)), await put({ iccid })]).toEqual(['200', '201']);
});

test.each([
  ['/mobile/new', {}, '400 MISSING_FIELD'],
  ['/mobile/new', { iccid: '8991101200003204511' }, '422 INVALID_ICCID'],
  ['/mobile/sim_none', {}, '404 NOT_FOUND'],
  ['/mobile/12', {}, '400 INVALID_ID'],
  ['/mobile/new', { iccid: '8991101200003204514', user_id: 'usr_none' }, '422 UNKNOWN_USER'],
  ['/mobile/new', { iccid: '8991101200003204514', data_limit_mb: -1 }, '422 VALIDATION_FAILED'],
])('PUT %s with %o is rejected with %s', async (path, body, expected) => {
  expect(outcome(await ask('PUT', path, body))).toBe(expected);
});

test('a list filters by state, network and user', async () => {
  const { id: user = '' } = texts(await ask('PUT', '/users', { username: uniqueName('user') }));
  const { id } = texts(await ask('PUT', '/mobile/new', { iccid: newIccid(), network: 'North', user_id: user }));
  const found = async (query: string) =>
    ((await ask('GET', `/mobile?${query}`)).body as { data: { id: string }[] }).data.map((sim) => sim.id);
  expect([
    await found('network=North'),
    await found(`user_id=${user}`),
    await found('network=South'),
    await found('status=terminated&network=North'),
  ]).toEqual([[id], [id], [], []]);
});

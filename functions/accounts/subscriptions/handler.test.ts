import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { cascadesIn } from '#test/support/cascades.fixture.ts';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { noon } from '#test/support/dependencies.fixture.ts';
import { type Body, outcome, texts, uniqueName } from '#test/system/tenant.fixture.ts';
import { subscriptions } from './contract.ts';
import { subscriptionsHandler } from './handler.ts';
import { users } from '../users/contract.ts';
import { usersHandler } from '../users/handler.ts';
import { devices } from '../../telephony/devices/contract.ts';
import { deviceHandler } from '../../telephony/devices/handler.ts';
import { provisioning } from '../../telephony/provisioning/contract.ts';
import { provisioningHandler } from '../../telephony/provisioning/handler.ts';
import { tariffs } from '../../billing/tariffs/contract.ts';
import { tariffsHandler } from '../../billing/tariffs/handler.ts';
import { billingProfiles } from '../../billing/billing-profiles/contract.ts';
import { billingProfilesHandler } from '../../billing/billing-profiles/handler.ts';

const functions = functionsOf(
  [subscriptions, subscriptionsHandler],
  [users, usersHandler],
  [devices, deviceHandler],
  [provisioning, provisioningHandler],
  [tariffs, tariffsHandler],
  [billingProfiles, billingProfilesHandler],
);

/** BLF lists up to the provisioning file of a phone, and services by the tariff of their organization. */

const dataOf = ({ body }: { readonly body: unknown }): Body => (body as { data: Body }).data;

async function newUser({ ask, id }: TestTenant, extension: string | null): Promise<string> {
  const body = { username: uniqueName(`watched-${id}`), extension, display_name: `Phone ${extension ?? 'none'}` };
  return texts(await ask('PUT', '/users', body))['id'] ?? '';
}

/** A tenant whose tariff has services, and a user of it. */
async function subscriber() {
  const tenant = await functions.newTenant();
  const services = [
    { service_type: 'pbx', plan: 'pro', price: '5.00', features: ['queues', 'fax'] },
    { service_type: 'sms', plan: 'year', price: 120, billing_cycle: 'annual' },
  ];
  const tariff = { name: uniqueName('services'), currency: 'USD', services };
  const created = await functions.askAsOperator('PUT', '/tariffs/new', tariff);
  expect(dataOf(created)['services']).toHaveLength(2);
  const billed = await functions.askAsOperator('PUT', `/billingprofile/${tenant.id}`, { tariffPlan: tariff.name });
  expect(outcome(billed)).toBe('200');
  return { tenant, user: await newUser(tenant, '101') };
}

test('services have the price of the tariff; those that are not named are cancelled and stay listed', async () => {
  const { tenant, user } = await subscriber();
  const path = `/subscriptions/user/${user}`;
  expect(outcome(await tenant.ask('GET', path))).toBe('404 NOT_FOUND');
  const set = await tenant.ask('PUT', path, {
    subscriptions: [
      { serviceType: 'pbx', plan: 'pro', quantity: 9, features: ['fax'] },
      { serviceType: 'sms', plan: 'year' },
    ],
  });
  expect([set.status, set.body]).toMatchObject([
    201,
    {
      status: 'success',
      success: true,
      data: { entityId: user, organizationId: tenant.id, status: 'active', totalMonthlyRate: 55, currency: 'USD' },
    },
  ]);
  expect(dataOf(await tenant.ask('GET', path))).toEqual(dataOf(set));
  const pbx = { serviceType: 'pbx', plan: 'pro', quantity: 9, features: ['fax'] };
  const replaced = await tenant.ask('PUT', path, { subscriptions: [pbx] });
  expect(dataOf(replaced)).toMatchObject({
    totalMonthlyRate: 45,
    subscriptions: [
      { serviceType: 'pbx', status: 'active', billingRate: 5, quantity: 9, features: ['fax'] },
      { serviceType: 'sms', status: 'cancelled', billingCycle: 'annual' },
    ],
  });
  const cancelled = await tenant.ask('DELETE', `${path}?serviceType=pbx`);
  expect(dataOf(cancelled)).toMatchObject({ subscriptionId: dataOf(set)['subscriptionId'], status: 'cancelled' });
  expect(outcome(await tenant.ask('DELETE', path))).toBe('404 NOT_FOUND');
  expect(dataOf(await tenant.ask('GET', path))).toMatchObject({ status: 'cancelled', nextBillingDate: null });
});

test('a service is charged from the day of the subscription, once', async () => {
  const { tenant, user } = await subscriber();
  const path = `/subscriptions/user/${user}`;
  const pbx = { serviceType: 'pbx', plan: 'pro', quantity: 3 };
  const requested = noon.getTime();
  for (const _ of [1, 2]) expect((await tenant.ask('PUT', path, { subscriptions: [pbx] })).status).toBeLessThan(300);
  expect(outcome(await tenant.ask('DELETE', path))).toBe('200');
  const [ledger, profile] = [
    await functions.askAsOperator('GET', `/billingprofile/${tenant.id}/ledger?type=service`),
    await functions.askAsOperator('GET', `/billingprofile/${tenant.id}`),
  ];
  const day = new Date(requested);
  const days = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();
  const expected = ((15 * (days - day.getUTCDate() + 1)) / days).toFixed(4);
  expect(ledger.body).toMatchObject({ data: [{ type: 'service', amount: `-${expected}`, currency: 'USD' }] });
  expect(dataOf(profile)['currentBalance']).toBe(-Number(expected));
});

test('what is not in the tariff, and what does not exist, is rejected', async () => {
  const { tenant, user } = await subscriber();
  const put = async (entity: string, id: string, body: object) =>
    outcome(await tenant.ask('PUT', `/subscriptions/${entity}/${id}`, body));
  const pbx = { serviceType: 'pbx', plan: 'pro' };
  expect([
    await put('user', user, { subscriptions: [{ ...pbx, plan: 'max' }] }),
    await put('user', user, { subscriptions: [{ ...pbx, features: ['mail'] }] }),
    await put('user', user, { subscriptions: [pbx, pbx] }),
    await put('user', user, { subscriptions: [] }),
    await put('user', user, {}),
    await put('org', user, { subscriptions: [pbx] }),
    await put('user', 'usr_unknown', { subscriptions: [pbx] }),
    await put('device', 'dev_unknown', { subscriptions: [pbx] }),
    await put('line', 'unknown', { subscriptions: [pbx] }),
    await put('blf', user, { targets: [{ targetExtension: '999' }] }),
    await put('blf', user, { targets: [{ targetId: user }, { targetExtension: '101', buttonIndex: 1 }] }),
  ]).toEqual([
    '422 UNKNOWN_SERVICE_PLAN',
    '422 UNKNOWN_FEATURE',
    '422 VALIDATION_FAILED',
    '422 VALIDATION_FAILED',
    '400 MISSING_FIELD',
    '400 INVALID_ENTITY_TYPE',
    ...Array.from({ length: 3 }, () => '404 NOT_FOUND'),
    '422 UNKNOWN_TARGET',
    '422 VALIDATION_FAILED',
  ]);
});

test('a BLF list is keys of the phone; a deleted user is taken out of it', async () => {
  const tenant = await functions.newTenant();
  const [ann, bob, owner] = [await newUser(tenant, '101'), await newUser(tenant, '102'), await newUser(tenant, null)];
  const device = texts(
    await tenant.ask('PUT', '/devices/phone', {
      mac_address: `02${randomBytes(5).toString('hex')}`,
      user_id: owner,
      lines: [{ extension: '300' }],
    }),
  )['id'];
  const keys = async () => {
    const { body } = await tenant.ask('GET', `/devices/${device}/config`);
    type Key = { line_number: number; extension: string; label: string };
    return (body as { keys: Key[] }).keys.map(
      ({ line_number, extension, label }) => `${line_number} ${extension} ${label}`,
    );
  };
  const runCascades = cascadesIn(functions.store);
  expect(await keys()).toEqual([]);
  const path = `/subscriptions/blf/${owner}`;
  const set = await tenant.ask('PUT', path, {
    targets: [{ targetId: ann }, { targetExtension: '102', buttonIndex: 7 }, { targetExtension: '300' }],
  });
  expect([set.status, dataOf(set)['targets']]).toEqual([
    201,
    [
      { targetId: ann, targetExtension: '101', displayName: 'Phone 101', buttonIndex: 1 },
      { targetId: null, targetExtension: '300', displayName: '300', buttonIndex: 3 },
      { targetId: bob, targetExtension: '102', displayName: 'Phone 102', buttonIndex: 7 },
    ],
  ]);
  // Line 1 of the phone has the first key.
  expect(await keys()).toEqual(['2 101 Phone 101', '3 300 300', '7 102 Phone 102']);
  await tenant.ask('POST', `/users/${ann}`, { extension: '111' });
  expect((await keys())[0]).toBe('2 111 Phone 101');
  await tenant.ask('DELETE', `/users/${ann}`);
  expect(await keys()).toEqual(['3 300 300', '7 102 Phone 102']);
  await runCascades(tenant.organization, 'user.deleted', ann);
  expect(dataOf(await tenant.ask('GET', path))['targets']).toHaveLength(2);
  const own = await tenant.ask('PUT', `/subscriptions/blf/${device}`, { targets: [{ targetId: bob }] });
  expect([own.status, await keys()]).toEqual([201, ['2 102 Phone 102']]);
  expect(outcome(await tenant.ask('DELETE', `/subscriptions/blf/${device}`))).toBe('200');
  expect(await keys()).toHaveLength(2);
  await tenant.ask('DELETE', `/users/${owner}`);
  expect(outcome(await tenant.ask('GET', path))).toBe('404 NOT_FOUND');
  await runCascades(tenant.organization, 'user.deleted', owner);
  expect(await keys()).toEqual([]);
});

test('a list is replaced and cancelled only in the version that the client names', async () => {
  const { tenant, user } = await subscriber();
  const targets = Array.from({ length: 20 }, (_each, at) => ({ targetExtension: '101', buttonIndex: at + 1 }));
  for (const [path, body, fewer] of [
    [`/subscriptions/blf/${user}`, { targets }, { targets: targets.slice(0, 1) }],
    [`/subscriptions/user/${user}`, { subscriptions: [{ serviceType: 'pbx', plan: 'pro' }] }, {}],
  ] as const) {
    expect((await tenant.ask('PUT', path, body)).status).toBe(201);
    expect(outcome(await tenant.ask('PUT', path, { ...body, ...fewer, version: 7 }))).toBe('409 VERSION_CONFLICT');
    expect(outcome(await tenant.ask('PUT', path, { ...body, ...fewer, version: 1 }))).toBe('200');
    const shown = await tenant.ask('GET', path);
    expect(shown.headers.get('etag')).toBe('"2"');
    const cancelled = (tag: string) => tenant.ask('DELETE', path, undefined, { headers: { 'if-match': tag } });
    expect([outcome(await cancelled('"1"')), outcome(await cancelled('"2"'))]).toEqual(['409 VERSION_CONFLICT', '200']);
  }
});

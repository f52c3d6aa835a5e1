import { randomBytes, randomInt } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { cascadesIn } from '#test/support/cascades.fixture.ts';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { outcome, texts, uniqueName } from '#test/system/tenant.fixture.ts';
import { numbers } from './contract.ts';
import { numbersHandler } from './handler.ts';
import { users } from '../../accounts/users/contract.ts';
import { usersHandler } from '../../accounts/users/handler.ts';
import { devices } from '../devices/contract.ts';
import { deviceHandler } from '../devices/handler.ts';
import { sipTrunks } from '../sip-trunks/contract.ts';
import { trunksHandler } from '../sip-trunks/handler.ts';
import { sipGateways } from '../sip-gateways/contract.ts';
import { gatewaysHandler } from '../sip-gateways/handler.ts';
import { voicemailPreferences } from '../../messaging/voicemail-preferences/contract.ts';
import { voicemailPreferencesHandler } from '../../messaging/voicemail-preferences/handler.ts';
import { billingProfiles } from '../../billing/billing-profiles/contract.ts';
import { billingProfilesHandler } from '../../billing/billing-profiles/handler.ts';

const functions = functionsOf(
  [numbers, numbersHandler],
  [users, usersHandler],
  [devices, deviceHandler],
  [sipTrunks, trunksHandler],
  [sipGateways, gatewaysHandler],
  [voicemailPreferences, voicemailPreferencesHandler],
  [billingProfiles, billingProfilesHandler],
);

const newNumber = (): string => `+4690${String(randomInt(1e8)).padStart(8, '0')}`;
const inventoryNumber = { state: 'available', country: 'SE', type: 'geographic', capabilities: ['voice', 'sms'] };

let one: TestTenant;
let other: TestTenant;
const operator = (method: string, path: string, body?: object) =>
  one.ask(method, path, body, { token: functions.operator });
async function newInventoryNumber(): Promise<string> {
  const number = newNumber();
  expect(outcome(await operator('PUT', `/numbers/${number}`, inventoryNumber))).toBe('201');
  return number;
}

beforeAll(async () => {
  [one, other] = await Promise.all([functions.newTenant(), functions.newTenant()]);
});

test('a number is found, activated, routed, released, and reserved for its last holder', async () => {
  const number = await newInventoryNumber();
  const shown = texts(await one.ask('GET', `/numbers/${number.slice(1)}`));
  expect(shown).toMatchObject({ number, state: 'available', country: 'SE', type: 'geographic', monthly_fee: 0 });
  expect(shown).not.toHaveProperty('organization_id');
  const available = (await one.ask('POST', '/numbers/search', { scope: 'available', prefix: number.slice(1) }))
    .body as { data: { number: string }[]; total: number };
  expect([available.data.map((each) => each.number), available.total]).toEqual([[number], 1]);

  expect(
    await Promise.all(
      [
        ['POST', ''],
        ['DELETE', ''],
        ['PUT', '/channels'],
        ['GET', '/channels'],
      ].map(async ([method = '', rest]) =>
        outcome(await one.ask(method, `/numbers/${number}${rest}`, method === 'GET' ? undefined : {})),
      ),
    ),
  ).toEqual(['409 INVALID_STATE', '409 INVALID_STATE', '409 INVALID_STATE', '404 NOT_FOUND']);
  expect([outcome(await one.ask('GET', '/numbers/trunk_1')), outcome(await one.ask('GET', '/numbers/12-x'))]).toEqual([
    '404 NOT_FOUND',
    '400 INVALID_ID',
  ]);

  const { id: user = '' } = texts(await one.ask('PUT', '/users', { username: uniqueName('user') }));
  const taken = await one.ask('PUT', `/numbers/${number}`, { label: 'Sales', route: { type: 'user', id: user } });
  expect(outcome(taken)).toBe('201');
  expect(texts(taken)).toMatchObject({
    state: 'active',
    organization_id: one.id,
    label: 'Sales',
    route: { type: 'user', id: user },
    capabilities: ['voice', 'sms'],
  });
  const { id = '' } = texts(taken);
  expect([
    outcome(await other.ask('PUT', `/numbers/${number}`, {})),
    outcome(await other.ask('GET', `/numbers/${id}`)),
    outcome(await other.ask('POST', `/numbers/${number}`, {})),
  ]).toEqual(['409 NUMBER_TAKEN', '404 NOT_FOUND', '404 NOT_FOUND']);
  expect(outcome(await one.ask('POST', `/numbers/${id}`, { route: { type: 'device', id: 'dev_none' } }))).toBe(
    '422 ROUTE_TARGET_NOT_FOUND',
  );

  const released = await one.ask('DELETE', `/numbers/${id}`);
  expect([outcome(released), texts(released)['state']]).toEqual(['200', 'released']);
  expect([
    outcome(await one.ask('GET', `/numbers/${id}`)),
    outcome(await one.ask('GET', `/numbers/${id}/channels`)),
    outcome(await other.ask('PUT', `/numbers/${number}`, {})),
    outcome(await one.ask('POST', `/numbers/${id}`, {})),
  ]).toEqual(['404 NOT_FOUND', '404 NOT_FOUND', '409 NUMBER_QUARANTINED', '409 INVALID_STATE']);
  expect(outcome(await one.ask('PUT', `/numbers/${number}`, {}))).toBe('201');
});

test('of two concurrent activations of one number, one succeeds', async () => {
  const number = await newInventoryNumber();
  const answers = await Promise.all([one, other].map((tenant) => tenant.ask('PUT', `/numbers/${number}`, {})));
  expect(answers.map(outcome).sort()).toEqual(['201', '409 NUMBER_TAKEN']);
});

test('only the operator adds numbers to the inventory, and assigns them', async () => {
  const number = newNumber();
  expect([
    outcome(await one.ask('PUT', `/numbers/${number}`, inventoryNumber)),
    outcome(await one.ask('PUT', `/numbers/${number}`, { label: 'x' })),
  ]).toEqual(['403 OPERATOR_ONLY', '404 NUMBER_NOT_FOUND']);
  const assigned = await operator('PUT', `/numbers/${number}`, {
    country: 'SE',
    type: 'mobile',
    organization_id: one.id,
  });
  expect(outcome(assigned)).toBe('201');
  expect(outcome(await one.ask('GET', `/numbers/${number}`))).toBe('200');
  expect(outcome(await operator('PUT', `/numbers/${newNumber()}`, { ...inventoryNumber, country: 'NO' }))).toBe(
    '422 VALIDATION_FAILED',
  );
});

test('a number with a price is activated by an organization that can pay', async () => {
  const number = newNumber();
  expect(outcome(await operator('PUT', `/numbers/${number}`, { ...inventoryNumber, monthly_fee: 2 }))).toBe('201');
  expect(outcome(await one.ask('PUT', `/numbers/${number}`, {}))).toBe('402 INSUFFICIENT_CREDITS');
  await operator('PUT', `/billingprofile/${one.id}`, { creditLimit: 10 });
  expect(texts(await one.ask('PUT', `/numbers/${number}`, {}))).toMatchObject({
    number,
    state: 'active',
    monthly_fee: 2,
  });
  const ledger = await one.ask('GET', `/billingprofile/${one.id}/ledger`);
  expect(ledger.body).toMatchObject({ data: [{ type: 'number', reference: number }] });
});

test('channels are limited per direction and in total', async () => {
  const number = await newInventoryNumber();
  await one.ask('PUT', `/numbers/${number}`, {});
  expect(
    texts(await one.ask('PUT', `/numbers/${number}/channels`, { max_channels: 10, max_inbound: 4 })),
  ).toMatchObject({ number, max_channels: 10, max_inbound: 4, max_outbound: null, in_use: { total: 0 } });
  expect(outcome(await one.ask('PUT', `/numbers/${number}/channels`, { max_outbound: 11 }))).toBe(
    '422 VALIDATION_FAILED',
  );
  expect(texts(await one.ask('GET', `/numbers/${number}/channels`))).toMatchObject({ max_channels: 10 });
});

test('a number that routes to a device has no route after the device is deleted', async () => {
  const number = await newInventoryNumber();
  const { id: device = '' } = texts(
    await one.ask('PUT', '/devices/phone', { mac_address: `02${randomBytes(5).toString('hex')}` }),
  );
  expect(outcome(await one.ask('PUT', `/numbers/${number}`, { route: { type: 'device', id: device } }))).toBe('201');
  await one.ask('DELETE', `/devices/${device}`);
  await cascadesIn(functions.store)(one.organization, 'device.deleted', device);
  expect(texts(await one.ask('GET', `/numbers/${number}`))['route']).toBeNull();
});

test('a number in use by a trunk or gateway is released only with force', async () => {
  const number = await newInventoryNumber();
  await one.ask('PUT', `/numbers/${number}`, {});
  const { id: trunk = '' } = texts(
    await one.ask('PUT', '/siptrunk/new', {
      name: uniqueName('trunk'),
      type: 'carrier',
      host: 'sip.example.com',
      caller_id_number: number,
    }),
  );
  expect(outcome(await one.ask('DELETE', `/numbers/${number}`))).toBe('409 NUMBER_IN_USE');
  expect(outcome(await one.ask('POST', `/siptrunk/${trunk}`, { caller_id_number: null }))).toBe('200');
  const { id: gateway = '' } = texts(
    await one.ask('PUT', '/sipgateways/new', {
      name: uniqueName('gateway'),
      host: 'sip.example.com',
      caller_id_number: number,
    }),
  );
  expect(outcome(await one.ask('DELETE', `/numbers/${number}`))).toBe('409 NUMBER_IN_USE');
  expect(outcome(await one.ask('POST', `/siptrunk/${trunk}`, { caller_id_number: number }))).toBe('200');
  expect(outcome(await one.ask('DELETE', `/numbers/${number}?force=true`))).toBe('200');
  expect([
    texts(await one.ask('GET', `/siptrunk/${trunk}`)),
    texts(await one.ask('GET', `/sipgateways/${gateway}`)),
  ]).toMatchObject([{ caller_id_number: null }, { caller_id_number: null }]);
});

test("a search pages through the holder's numbers, by number or newest activation", async () => {
  const found = async (body: object) =>
    (await one.ask('POST', '/numbers/search', body)).body as {
      data: { number: string; activated_at: string }[];
      next_page_token: string;
      total: number;
    };
  const first = await found({ limit: 2, state: 'active' });
  const second = await found({ limit: 2, state: 'active', page_token: first.next_page_token });
  const all = await found({ state: 'active' });
  expect([...first.data, ...second.data]).toEqual(all.data.slice(0, 4));
  expect(all.data.map(({ number }) => number)).toEqual(all.data.map(({ number }) => number).toSorted());
  const newest = await found({ state: 'active', sort: 'activated_at' });
  expect(newest.data.map(({ activated_at: at }) => at)).toEqual(
    all.data
      .map(({ activated_at: at }) => at)
      .toSorted()
      .reverse(),
  );
  expect(
    outcome(await one.ask('POST', '/numbers/search', { limit: 2, type: 'mobile', page_token: first.next_page_token })),
  ).toBe('400 INVALID_PAGE_TOKEN');
});

test('a number routes to a mailbox that exists, by its preferences or by the extension of a user', async () => {
  const { id = '' } = texts(await one.ask('PUT', `/numbers/${await newInventoryNumber()}`, {}));
  const [box, extension] = [uniqueName('box'), String(randomInt(1e5, 1e6))];
  const routeTo = async (mailbox: string, method = 'POST') =>
    outcome(await one.ask(method, `/numbers/${id}`, { route: { type: 'voicemail', id: mailbox } }));
  expect([await routeTo(box), await routeTo(box, 'PUT'), await routeTo('no mailbox')]).toEqual(
    Array(3).fill('422 ROUTE_TARGET_NOT_FOUND'),
  );
  expect(outcome(await other.ask('PUT', `/voicemailprefs/${box}`, {}))).toBe('201');
  expect(await routeTo(box)).toBe('422 ROUTE_TARGET_NOT_FOUND');
  expect(outcome(await one.ask('PUT', `/voicemailprefs/${box}`, {}))).toBe('201');
  expect(outcome(await one.ask('PUT', '/users', { username: uniqueName('user'), extension }))).toBe('201');
  expect([await routeTo(box), await routeTo(extension), await routeTo(box, 'PUT')]).toEqual(['200', '200', '200']);
  expect(texts(await one.ask('GET', `/numbers/${id}`))['route']).toEqual({ type: 'voicemail', id: box });
});

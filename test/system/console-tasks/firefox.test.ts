import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { missing, needs } from '#test/support/tools.ts';
import { connect, operatorToken } from '../cloud.ts';
import { fileCalls } from '../console-records.fixture.ts';
import { Firefox, type FirefoxPage } from '../firefox.ts';
import {
  askAsOperator,
  newAdministeredTenant,
  newKey,
  outcome,
  tenantPassword,
  texts,
  uniqueName,
  type AdministeredTenant,
  type Body,
} from '../tenant.fixture.ts';
import { personAt } from './firefox.fixture.ts';

/** Journeys in Firefox, by clicks and keys: what they change is compared with the API. */

needs('firefox-esr');
const everything = new AsyncDisposableStack();
let firefox: Firefox;
let page: FirefoxPage;
let seller: AdministeredTenant;
let tenant: AdministeredTenant;
const worker = { username: uniqueName('ada'), id: '' };
const number = `+4685${String(10_000_000 + Math.floor(Math.random() * 89_999_999))}`;
const prices = { id: '', name: uniqueName('World') };
const call = { caller: '+4930123456', callee: '+442079460000', ago: 600 };

beforeAll(async () => {
  if (missing(['firefox-esr']).length > 0) return;
  seller = await newAdministeredTenant(uniqueName('seller'), { more: { type: 'reseller' } });
  tenant = await newAdministeredTenant(uniqueName('fox'), { operator: seller.token });
  const user = { username: worker.username, display_name: 'Ada Becker', extension: '204', roles: ['agent'] };
  const made = await tenant.ask('PUT', '/users', { ...user, password: tenantPassword, must_change_password: false });
  worker.id = texts(made)['id'] ?? '';
  const profile = { rates: { internationalCallRate: '0.1' }, creditLimit: 100 };
  const rates = [{ prefix: '4411', name: 'Place 11', price_per_minute: '0.010011' }];
  const list = await seller.ask('PUT', '/tariffs/new', { name: prices.name, currency: 'EUR', rates });
  prices.id = texts(list)['id'] ?? '';
  const others = [
    await seller.ask('PUT', `/billingprofile/${tenant.id}`, profile),
    await askAsOperator('PUT', `/numbers/${number}`, { state: 'available', country: 'SE', type: 'geographic' }),
    await tenant.ask('PUT', `/numbers/${number}`, { route: { type: 'user', id: tenant.userId } }),
  ];
  expect([made, list, ...others].map(outcome)).toEqual(['201', '201', '200', '201', '201']);
  await fileCalls(tenant, [
    { ...call, seconds: 93 },
    { ...call, seconds: 0 },
  ]);
  firefox = everything.use(await Firefox.start());
});
afterAll(() => everything.disposeAsync());

beforeEach(async () => {
  page = await firefox.newPage(1_280);
});

/** A person who has signed in. */
async function signedIn(username: string) {
  const person = personAt(page);
  await person.signIn(new URL('/', connect().outputs.ApiUrl).href, username, tenantPassword);
  return person;
}

const dataOf = async (ask: AdministeredTenant['ask'], path: string): Promise<Body> =>
  ((await ask('GET', path)).body as { readonly data: Body }).data;

test('a person is invited', async () => {
  const { open, press, fill, read } = await signedIn(tenant.username);
  const email = `${uniqueName('emma')}@example.com`;
  await open('People', 'Users');
  await press('Invite');
  await fill('E-mail', email);
  await fill('First name', 'Emma');
  await press('Send the invitation');
  await read('Emma', 'h1');
  expect(await dataOf(tenant.ask, `/users?q=${encodeURIComponent(email)}`)).toMatchObject([
    { email, first_name: 'Emma', status: 'pending', invitation: { email } },
  ]);
});

test('calls of a number are sent to a person', async () => {
  const { press } = await signedIn(tenant.username);
  await press('Numbers');
  await press(`Send the calls to ${number} elsewhere`);
  await page.type('Ada');
  await press('Ada Becker (204)');
  await eventually(async () =>
    expect((await dataOf(tenant.ask, `/numbers/${number}`))['route']).toEqual({ type: 'user', id: worker.id }),
  );
});

test('a worker forwards its calls', async () => {
  const { open, press, fill, choose, read } = await signedIn(worker.username);
  await open('My settings', 'Forwarding');
  await choose('When busy', 'a number or extension');
  await fill('When busy: number', '+46701234567');
  await press('Save');
  await read('Saved.', 'p, div');
  expect(await dataOf(tenant.ask, `/users/${worker.id}/callhandling`)).toMatchObject({
    forward: { busy: '+46701234567' },
  });
});

test('a failed call and its reason are found', async () => {
  const record = {
    ...{ call_id: uniqueName('call'), org_id: tenant.id, direction: 'outbound', disposition: 'FAILED' },
    ...{ caller: call.caller, callee: '+442079460007', cause: { q850: 1, sip_code: 404 } },
    ...{ start_time: new Date(Date.now() - 300_000), end_time: new Date(Date.now() - 297_000) },
  };
  const batch = uniqueName('batch');
  const filed = await tenant.ask('POST', `/cdr/${batch}`, { records: [record] }, { token: operatorToken() });
  expect(filed.body).toMatchObject({ accepted: 1 });
  await eventually(async () =>
    expect((await tenant.ask('GET', `/cdr?batch_id=${batch}`)).body).toMatchObject({ total: 1 }),
  );
  const { open, press, fill, read } = await signedIn(tenant.username);
  await open('Calls', 'Call history');
  await fill('Find calls', 'failed');
  await read('1 call ', '[role="status"]');
  await press(undefined, '[role="row"] a');
  await read('No one has this number.', '[role="alert"]');
});

test('why a call was charged is read', async () => {
  const { open, press, fill, read } = await signedIn(tenant.username);
  await open('Calls', 'Call history');
  await fill('Find calls', 'cost>0.1');
  await read('1 call ', '[role="status"]');
  await press(undefined, '[role="row"] a');
  expect(await read('Per minute', 'tr')).toContain('0.1000 ');
  const shown = await read('0.155', 'tr');
  const { body } = await tenant.ask('GET', '/cdr?min_charge=0.1');
  expect(body).toMatchObject({ data: [{ rating: { charge: '0.1550' } }] });
  expect(shown).toContain('Charge');
});

test('one price is changed', async () => {
  const { press, fill, read } = await signedIn(seller.username);
  await press('Price lists');
  await press(prices.name);
  await fill('Number or name', '+44 11 555');
  await fill('Price a minute of Place 11', '0,5');
  await read('1 dearer', 'main');
  await press('Save');
  await read('Saved.', 'p, div');
  expect(await dataOf(seller.ask, `/tariffs/${prices.id}`)).toMatchObject({
    rates: [{ prefix: '4411', price_per_minute: '0.500000' }],
  });
});

test('a key is rotated', async () => {
  const { token: old } = await newKey(connect(), tenant.token, { name: 'recorder' });
  const { open, press, fill, read } = await signedIn(tenant.username);
  await open('Settings', 'Access keys');
  await press('recorder');
  await press('Rotate');
  await fill('Hours for which the old key still works', '0');
  await press('Rotate', '[role="dialog"] button');
  const token = await read('', '[role="dialog"] code');
  const answers = [token, old].map(async (key) => outcome(await tenant.ask('GET', '/cdr', undefined, { token: key })));
  expect(await Promise.all(answers)).toEqual(['200', expect.stringMatching(/^401 /)]);
});

test('a customer is suspended by its name', async () => {
  const { press, fill } = await signedIn(seller.username);
  await press('Customers');
  await press(`Actions for ${tenant.username}`);
  await press('Suspend');
  await fill(`Type “${tenant.username}” to confirm`, tenant.username);
  await press('Suspend', '[role="dialog"] button');
  await eventually(async () =>
    expect(await dataOf(seller.ask, `/orgs/${tenant.id}`)).toMatchObject({ status: 'suspended' }),
  );
});

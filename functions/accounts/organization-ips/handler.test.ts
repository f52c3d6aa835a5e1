import { beforeAll, expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { call, outcome } from '#test/support/requests.fixture.ts';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { addOrganizationIpUse } from '#dynamodb/rows/organization-ip.ts';
import { examples } from './examples.ts';
import { organizationIpsHandler } from './handler.ts';

const organization = 5_411;
const stores = testStore();
let handler: ReturnType<typeof organizationIpsHandler>;
let token = '';
let now: Date;

beforeAll(async () => {
  token = await (await tenantsIn(stores.store)).join(organization);
  const dependencies = testDependencies(stores.store, { environment: { PUBLIC_URL: 'https://trunkline.test' } });
  now = dependencies.clock();
  handler = organizationIpsHandler(Object.assign(dependencies, { secrets: rotatedSecret() }));
});

const ask = (method: string, entity: string, json?: object) =>
  call(handler, entity === 'index' ? 'GET /orgips/index' : `${method} /orgips/{entity}`, {
    token,
    params: { entity },
    ...(json === undefined ? {} : { json }),
  });

const network = (ip_address: string, more: object = {}) => ({ organization_id: organization, ip_address, ...more });

test('a network is created, shown, listed, changed, replaced and deleted', async () => {
  const body = { ...examples.saveOrganizationIp, organization_id: organization };
  const made = await ask('PUT', 'new', body);
  expect([made.status, made.body.data]).toMatchObject([201, { ...body, organization_id: `org_${organization}` }]);
  const id = String(made.body.data['id']);
  expect((await ask('GET', id)).body.data).toEqual({ ...made.body.data, last_seen: null, request_count_24h: 0 });
  expect((await ask('GET', 'index')).body.data).toEqual({ ips: [made.body.data] });
  expect((await ask('POST', id, examples.updateOrganizationIp)).body.data).toMatchObject({ cidr: 28, version: 2 });
  const replaced = await ask('PUT', id, network('198.51.100.7'));
  expect([replaced.status, replaced.body.data]).toMatchObject([200, { cidr: 32, description: null, version: 3 }]);
  expect((await ask('DELETE', id)).status).toBe(200);
  expect(outcome(await ask('GET', id))).toBe('404 NOT_FOUND');
  expect((await ask('PUT', 'new', network('198.51.100.7'))).status).toBe(201);
});

test('a network is listed once, whatever its type', async () => {
  const first = await ask('PUT', 'blacklist', network('203.0.113.0', { cidr: 24 }));
  expect(first.body.data).toMatchObject({ type: 'blacklist' });
  expect(outcome(await ask('PUT', 'whitelist', network('203.0.113.0', { cidr: 24 })))).toBe('409 IP_EXISTS');
  const other = await ask('PUT', 'new', network('203.0.113.0', { cidr: 25 }));
  expect(other.status).toBe(201);
  expect(outcome(await ask('POST', String(other.body.data['id']), { cidr: 24 }))).toBe('409 IP_EXISTS');
});

test('host bits are 422, by POST 400, and what is no address is 400', async () => {
  expect(outcome(await ask('PUT', 'new', network('192.0.2.1', { cidr: 24 })))).toBe('422 HOST_BITS_SET');
  expect(outcome(await ask('PUT', 'new', network('office')))).toBe('400 INVALID_IP_ADDRESS');
  expect((await ask('PUT', 'graylist', network('192.0.2.1'))).status).toBe(400);
  const { body } = await ask('PUT', 'new', network('192.0.2.128', { cidr: 25 }));
  expect(outcome(await ask('POST', String(body.data['id']), { cidr: 24 }))).toBe('400 HOST_BITS_SET');
});

test('the requests of the last day are counted', async () => {
  const { body } = await ask('PUT', 'new', network('192.0.2.9'));
  const id = String(body.data['id']);
  const hour = 3_600_000;
  await commit(stores.store, organization, [addOrganizationIpUse(id, 2, now.getTime() - 2 * hour)]);
  await commit(stores.store, organization, [addOrganizationIpUse(id, 3, now.getTime())]);
  await commit(stores.store, organization, [addOrganizationIpUse(id, 100, now.getTime() - 26 * hour)]);
  expect((await ask('GET', id)).body.data).toMatchObject({ request_count_24h: 5, last_seen: now.toISOString() });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryQueues, testDependencies } from '../../test/support/dependencies.fixture.ts';
import { textAt, type Asked, type Example, type Place } from '../../test/support/example-request.ts';
import { tenantsIn } from '../../test/support/people.fixture.ts';
import { call } from '../../test/support/requests.fixture.ts';
import { rotatedSecret } from '../../test/support/secrets.fixture.ts';
import { startStore, type TestStore } from '../../test/support/store.fixture.ts';
import { eventsOf } from '../billing/cdr-ingest/ingest.fixture.ts';
import type { Endpoint } from '../../shared/contract/endpoint.ts';
import type { ApiHandler } from '../../shared/http/serve.ts';
import { telephonyContracts } from './contracts.ts';
import { exampleRequests as control } from './device-control/example-requests.fixture.ts';
import { deviceControl } from './device-control/contract.ts';
import { controlHandler } from './device-control/handler.ts';
import { deviceBody, exampleRequests as devices } from './devices/example-requests.fixture.ts';
import { devices as deviceContract } from './devices/contract.ts';
import { deviceHandler } from './devices/handler.ts';
import { exampleRequests as mobile } from './mobile/example-requests.fixture.ts';
import { mobile as mobileContract } from './mobile/contract.ts';
import { mobileHandler } from './mobile/handler.ts';
import { exampleRequests as numbers } from './numbers/example-requests.fixture.ts';
import { numbers as numberContract } from './numbers/contract.ts';
import { numbersHandler } from './numbers/handler.ts';
import { exampleRequests as pings } from './sip-gateway-pings/example-requests.fixture.ts';
import { sipGatewayPings } from './sip-gateway-pings/contract.ts';
import { gatewayPingsHandler } from './sip-gateway-pings/handler.ts';
import { exampleRequests as gateways } from './sip-gateways/example-requests.fixture.ts';
import { sipGateways } from './sip-gateways/contract.ts';
import { gatewaysHandler } from './sip-gateways/handler.ts';
import { exampleRequests as ips } from './sip-trunk-ips/example-requests.fixture.ts';
import { sipTrunkIps } from './sip-trunk-ips/contract.ts';
import { trunkIpsHandler } from './sip-trunk-ips/handler.ts';
import { exampleRequests as trunks } from './sip-trunks/example-requests.fixture.ts';
import { sipTrunks } from './sip-trunks/contract.ts';
import { trunksHandler } from './sip-trunks/handler.ts';

/** What callers may write whose scope is limited to their own resources: every endpoint of the area, in process. */

const organization = 5_400;
const user = 'usr_limited';
const examples: Readonly<Record<string, Example>> = {
  ...{ ...control, ...devices, ...mobile, ...numbers, ...pings, ...gateways, ...ips, ...trunks },
};
const endpoints: readonly Endpoint[] = telephonyContracts.flatMap((contract) =>
  contract.kind === 'resource' ? contract.endpoints : [],
);
const writing = endpoints.filter(({ scope }) => scope === 'telephony:write');

let stores: TestStore;
let place: Place;
const tokens = { operator: '', limited: '' };
let handlers: ReadonlyMap<string, ApiHandler>;

const ask = (route: string, asked: Asked, token: string) =>
  call(handlers.get(route) ?? expect.fail(`${route} has no handler`), route, {
    token,
    params: asked.params ?? {},
    query: { ...asked.query, org_id: String(organization) },
    ...(asked.body === undefined ? {} : { json: asked.body }),
  });

/** Calls the endpoint of a path as the operator. */
const callPath: Place['call'] = async (method, path, body) => {
  const [, area = '', ...rest] = path.split('/');
  const of = endpoints.find((each) => {
    const [, name, ...more] = each.path.split('/');
    return each.method === method && name === area && more.length === rest.length && /^\{/.test(more[0] ?? '');
  });
  const { route, path: template } = of ?? expect.fail(`${method} ${path} is no endpoint`);
  const names = template.split('/').slice(2);
  const params = Object.fromEntries(names.map((name, at) => [name.slice(1, -1), decodeURIComponent(rest[at] ?? '')]));
  const answer = await ask(route, { params, body }, tokens.operator);
  expect(`${method} ${path} ${answer.status} ${JSON.stringify(answer.body.error)}`).toMatch(/ 20[01] /);
  return answer.body;
};

beforeAll(async () => {
  stores = await startStore();
  const tenants = await tenantsIn(stores.store);
  const limited = { own_only: ['telephony:write'] } as const;
  tokens.operator = await tenants.join(1_000, {
    organization: { type: 'operator', parent_id: null },
    user: { roles: ['operator'] },
    session: { reach: 'all' },
  });
  tokens.limited = await tenants.join(organization, { user: { id: user, roles: ['admin'] }, session: limited });
  const dependencies = {
    ...testDependencies(stores.store, { environment: { PUBLIC_URL: 'https://trunkline.test' } }),
    secrets: rotatedSecret(),
    queues: memoryQueues(),
  };
  const functions = [
    [deviceControl, controlHandler(dependencies)],
    [deviceContract, deviceHandler(dependencies)],
    [mobileContract, mobileHandler(dependencies)],
    [numberContract, numbersHandler(dependencies)],
    [sipGatewayPings, gatewayPingsHandler(dependencies)],
    [sipGateways, gatewaysHandler(dependencies)],
    [sipTrunkIps, trunkIpsHandler(dependencies)],
    [sipTrunks, trunksHandler(dependencies)],
  ] as const;
  handlers = new Map(
    functions.flatMap(([of, handler]) => of.endpoints.map(({ route }): [string, ApiHandler] => [route, handler])),
  );
  const unique = () => crypto.randomUUID().slice(0, 8);
  const noPeople = () => expect.fail('the examples need no people');
  place = {
    organization,
    mark: 'mark',
    unique,
    call: callPath,
    callAs: noPeople,
    sessionOf: noPeople,
    people: { join: noPeople, employed: noPeople, employ: noPeople, signIn: noPeople },
  };
});
afterAll(() => stores.stop());

const written = async () => (await eventsOf(stores.store, organization)).length;

describe('a caller whose telephony:write is limited to its own resources', () => {
  test.each(writing.map(({ route }) => route))('writes nothing of others by %s', async (route) => {
    const asked = await (examples[route] ?? expect.fail(`${route} has no example`)).ask(place);
    const before = await written();
    const { status, body } = await ask(route, asked, tokens.limited);
    expect(`${status} ${body.error.code}`).toMatch(/^(404 [A-Z_]*NOT_FOUND|403 INSUFFICIENT_SCOPE)$/);
    expect(await written()).toBe(before);
  });

  test('writes its own, but gives none away', async () => {
    const own = { ...deviceBody(place), user_id: user };
    const created = await ask('PUT /devices/{id}', { params: { id: 'phone' }, body: own }, tokens.limited);
    expect(created.status).toBe(201);
    const params = { id: textAt(created.body, 'data', 'id') };
    const change = (body: object) => ask('POST /devices/{id}', { params, body }, tokens.limited);
    expect((await change({ name: 'Desk' })).status).toBe(200);
    expect((await change({ user_id: null })).body.error.code).toBe('INSUFFICIENT_SCOPE');
    expect((await ask('DELETE /devices/{id}', { params }, tokens.limited)).status).toBe(200);
  });

  test('sees the secret URL of its own devices only', async () => {
    const idOf = async (more: object) =>
      textAt(await callPath('PUT', '/devices/phone', { ...deviceBody(place), ...more }), 'data', 'id');
    const [own, other] = [await idOf({ user_id: user }), await idOf({})];
    const { body } = await ask('GET /devices', {}, tokens.limited);
    const listed: Readonly<Record<string, unknown>>[] = JSON.parse(JSON.stringify(body.data));
    const urlIn = (id: string) => listed.find((device) => device['id'] === id)?.['provisioning_url'];
    expect([urlIn(own), urlIn(other)]).toEqual([expect.stringContaining('/provision/'), null]);
    const get = async (id: string) =>
      (await ask('GET /devices/{id}', { params: { id } }, tokens.limited)).body.data['provisioning_url'];
    expect([await get(own), await get(other)]).toEqual([expect.stringContaining('/provision/'), null]);
  });
});

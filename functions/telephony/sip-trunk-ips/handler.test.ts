import { call } from '../../../test/support/requests.fixture.ts';
import { testDependencies } from '../../../test/support/dependencies.fixture.ts';
import { tenantsIn } from '../../../test/support/people.fixture.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rotatedSecret } from '../../../test/support/secrets.fixture.ts';
import { startStore, type TestStore } from '../../../test/support/store.fixture.ts';
import { deviceHandler } from '../devices/handler.ts';
import { numbersHandler } from '../numbers/handler.ts';
import { gatewayPingsHandler } from '../sip-gateway-pings/handler.ts';
import { gatewaysHandler } from '../sip-gateways/handler.ts';
import { trunksHandler } from '../sip-trunks/handler.ts';
import { examples } from '../sip-trunks/examples.ts';
import { examples as ipExamples } from './examples.ts';
import { trunkIpsHandler } from './handler.ts';

const organization = 5310;
const unknown = '01J9ZK3W5M8Q2R4T6V8X0Y2Z4A';
let stores: TestStore;
let dependencies: ReturnType<typeof testDependencies> & { readonly secrets: ReturnType<typeof rotatedSecret> };
let admin = '';
let agent = '';
let trunk = '';

beforeAll(async () => {
  stores = await startStore();
  const tenants = await tenantsIn(stores.store);
  const ownOnly = { own_only: ['telephony:read'] } as const;
  [admin, agent] = [
    await tenants.join(organization),
    await tenants.join(organization, { user: { roles: ['agent'] }, session: ownOnly }),
  ];
  dependencies = {
    ...testDependencies(stores.store, { environment: { PUBLIC_URL: 'https://trunkline.test' } }),
    secrets: rotatedSecret(),
  };
  const body = { json: examples.createTrunk, token: admin };
  const made = await call(trunksHandler(dependencies), 'PUT /siptrunk/{id}', { ...body, params: { id: 'new' } });
  trunk = String(made.body.data['id']);
  await call(trunkIpsHandler(dependencies), 'PUT /siptrunkips/{entity}', {
    json: ipExamples.saveTrunkIps,
    token: admin,
    params: { entity: trunk },
  });
});
afterAll(() => stores.stop());

const ips = (entity: string, token: string) =>
  call(trunkIpsHandler(dependencies), 'GET /siptrunkips/{entity}', { token, params: { entity } });

test('callers limited to their own resources see the addresses of no trunk', async () => {
  const [seen, hidden, all] = [await ips(trunk, admin), await ips(trunk, agent), await ips('all', agent)];
  expect([seen.status, hidden.status, all.status]).toEqual([200, 404, 200]);
  expect(hidden.body.error.code).toBe('NOT_FOUND');
  expect(all.body.data).toEqual({ ips: [] });
});

test('every read of one resource by such a caller is 404, never 500', async () => {
  const read = (handler: Parameters<typeof call>[0], route: string, params: Readonly<Record<string, string>>) =>
    call(handler, route, { token: agent, params });
  const answers = await Promise.all([
    read(trunksHandler(dependencies), 'GET /siptrunk/{id}', { id: trunk }),
    read(gatewaysHandler(dependencies), 'GET /sipgateways/{id}', { id: `gw_${unknown}` }),
    read(gatewayPingsHandler(dependencies), 'GET /sipgwping/{entity}', { entity: `gw_${unknown}` }),
    read(deviceHandler(dependencies), 'GET /devices/{id}', { id: `dev_${unknown}` }),
    read(numbersHandler(dependencies), 'GET /numbers/{id}', { id: `num_${unknown}` }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
});

import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import { gatewayOf, peerOf, pingOf, trunkOf } from '#test/support/resources.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { storePlan } from '#test/support/stored-plan.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { policyOf } from '#test/bench/plans.ts';
import { proxied, routed, startCarrierProxy } from '#test/system/peers/kamailio.ts';
import { freePort } from '#infra/local/machine/free-port.ts';
import { commit } from '#dynamodb/commit.ts';
import { createGatewayHealth } from '#dynamodb/rows/gateway-health.ts';
import { gatewayRow, type GatewayItem } from '#dynamodb/rows/gateway.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { trunkRegistrationRow, trunkRow, type TrunkItem, type TrunkRegistrationItem } from '#dynamodb/rows/trunk.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { newRegistration } from '#telephony/trunk-registration.ts';
import { emptyPlan } from '../../dialplan/plan/plan-change.ts';
import { registeredSoftphone } from './line-states.fixture.ts';
import { addPhoneLine } from './mailboxes.fixture.ts';
import { testSidecar } from './sidecar.fixture.ts';

needs('kamailio');

const task = testSidecar();
const organization = 1_001;
const here = '127.0.0.1';
const account = { username: 'account', password: 'secret of the carrier' };

/** A trunk behind a proxy, and calls to numbers with 9 over a gateway that has it. */
async function addTrunk(carrier: number, proxy: number): Promise<void> {
  const [id, { password }] = ['trunk_1', account];
  const sealed = await sealsFrom(task.sidecar.secrets).seal(password, { organization, id, field: 'password' });
  const trunk: TrunkItem = trunkOf({
    ...{ ...peerOf({ host: here, port: carrier }), id, username: account.username, sealed_password: sealed },
    ...{ register: true, nat_support: false, outbound_proxy: `${here}:${proxy}`, expires: 600, contact_user: 'line' },
    ...{ from_user: 'username', from_domain: 'carrier.example', headers: { 'X-Account': '4711' } },
  });
  const gateway = gatewayOf({ trunk_id: id, ping: pingOf({ interval_seconds: 1 }) });
  const begun = { ...newRegistration(1, new Date().toISOString()), id, call_id: null, cseq: 0 };
  await commit(task.store, organization, [
    create(organizationRow, organizationOf(organization)),
    create<'trunk', TrunkItem, { id: string }>(trunkRow, trunk),
    create<'trunk-registration', TrunkRegistrationItem, { id: string }>(trunkRegistrationRow, begun),
    create<'gateway', GatewayItem, { id: string }>(gatewayRow, gateway),
    createGatewayHealth(gateway.id),
  ]);
  const { name } = gateway;
  await storePlan(task.store, organization, {
    ...{ ...emptyPlan, version: 1 },
    policies: [
      { ...policyOf('^9[0-9]+$', 0), actions: { allow: true, gateway: name }, gateway_ids: { [name]: gateway.id } },
    ],
    gateways: [{ id: gateway.id, name, enabled: true, prefix: '', strip: 0 }],
  });
}

const registration = () =>
  tableFor<'trunk-registration'>(task.store, organization).get(trunkRegistrationRow, { id: 'trunk_1' });

test('a trunk registers, is pinged and calls through the proxy of its carrier, by its Service-Route', async () => {
  const port = await freePort();
  const proxy = await startCarrierProxy({ address: here, port, ...account, ttl: 60 });
  task.everything.defer(() => proxy.stop('SIGKILL'));
  const carrier = task.everything.use(await Softphone.open({ address: here, port }, { from: here }));
  await addTrunk(carrier.place.port, port);

  const serviceRoute = `<sip:service@${here}:${port};lr>`;
  await eventually(
    async () =>
      expect(await registration()).toMatchObject({
        state: 'registered',
        last_error: null,
        service_route: [serviceRoute],
        associated_uris: ['tel:+46890510'],
      }),
    15_000,
  );
  const { expires_at: expires, last_attempt: attempt } = (await registration())!;
  expect(Date.parse(expires ?? '') - Date.parse(attempt ?? '')).toBe(60_000);

  const alice = await registeredSoftphone(
    task.sidecar,
    await addPhoneLine(task.store, { device: 'dev_a', extension: '201', user: null }),
  );
  task.everything.use(alice);
  const call = alice.call('9555');
  const there = await carrier.nextCall();
  await eventually(() => expect([call.isUp, there.isUp]).toEqual([true, true]));
  const { headers } = there.invite!;
  const written = (name: string) => headers.fields({ key: name }).map(({ value }) => value.replace(/;tag=.*/, ''));
  expect([written('from'), written('x-account'), written('route')]).toEqual([
    ['<sip:account@carrier.example>'],
    ['4711'],
    [],
  ]);
  call.hangUp();
  await eventually(() => expect(there.log.at(-1)).toBe('ended by peer'));
  expect([...proxy.printed().matchAll(new RegExp(`${routed} (\\w+)`, 'g'))].map(([, each]) => each)).toEqual([
    'ACK',
    'BYE',
  ]);
  const loose = `<sip:${here}:${port};transport=udp;lr>`;
  await eventually(() => expect(proxy.printed()).toContain(`${proxied} OPTIONS`), 5_000);
  const requests = [...proxy.printed().matchAll(new RegExp(`${proxied} (\\w+) (\\S+) (.*)`, 'g'))].map(
    ([, method, uri, route]) => `${method} ${uri} ${route}`,
  );
  expect(new Set(requests)).toEqual(
    new Set([
      `REGISTER sip:${here} ${loose}`,
      `INVITE sip:9555@${here}:${carrier.place.port} ${serviceRoute}`,
      `OPTIONS sip:${here}:${carrier.place.port};transport=udp ${loose}`,
    ]),
  );
});

import { beforeAll, expect, test } from 'vitest';
import { NewDevice } from '#functions/telephony/devices/device.ts';
import { NewSim } from '#functions/telephony/mobile/sim.ts';
import { NewSipGateway } from '#functions/telephony/sip-gateways/sip-gateway.ts';
import { NewSipTrunk } from '#functions/telephony/sip-trunks/sip-trunk.ts';
import { omit } from '#schema/omit.ts';
import { newIccid, newMac } from '#test/system/hardware.fixture.ts';
import type { Answer } from '#test/system/cloud.ts';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { type Body } from '#test/system/tenant.fixture.ts';
import { sipTrunks } from '#functions/telephony/sip-trunks/contract.ts';
import { trunksHandler } from '#functions/telephony/sip-trunks/handler.ts';
import { sipGateways } from '#functions/telephony/sip-gateways/contract.ts';
import { gatewaysHandler } from '#functions/telephony/sip-gateways/handler.ts';
import { mobile } from '#functions/telephony/mobile/contract.ts';
import { mobileHandler } from '#functions/telephony/mobile/handler.ts';
import { tariffs } from '#functions/billing/tariffs/contract.ts';
import { tariffsHandler } from '#functions/billing/tariffs/handler.ts';
import { devices } from '#functions/telephony/devices/contract.ts';
import { deviceHandler } from '#functions/telephony/devices/handler.ts';
import { sipTrunkIps } from '#functions/telephony/sip-trunk-ips/contract.ts';
import { trunkIpsHandler } from '#functions/telephony/sip-trunk-ips/handler.ts';

const functions = functionsOf(
  [sipTrunks, trunksHandler],
  [sipGateways, gatewaysHandler],
  [mobile, mobileHandler],
  [tariffs, tariffsHandler],
  [devices, deviceHandler],
  [sipTrunkIps, trunkIpsHandler],
);

/** PUT with the answer of GET of the same resource changes nothing; null equals an absent field. */

let tenant: TestTenant;
beforeAll(async () => {
  tenant = await functions.newTenant({ type: 'reseller' });
});

const dataIn = ({ body }: Answer): Body => (body as { data: Body }).data;
/** @returns the id of the new resource */
async function create(path: string, body: Body): Promise<string> {
  const answer = await tenant.ask('PUT', path, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return String(dataIn(answer)['id']);
}
const trunk = (name: string): Promise<string> => create('/siptrunk/carrier', { name, host: '192.0.2.7' });

const withPassword = { name: 'with-password', host: 'sip.example.com', username: 'u', password: 'p' };
const rates = [{ prefix: '1', price_per_minute: '0.01' }];

/** A ping would change the gateway between two answers. */
const ping = { enabled: false };

/** Path of the collection, the last segment of PUT, and a body. */
const resources: readonly (readonly [name: string, path: string, id: string, body: () => Body | Promise<Body>])[] = [
  ['a trunk', '/siptrunk', 'carrier', () => ({ name: 'back', host: '192.0.2.7' })],
  ['a trunk with a password', '/siptrunk', 'carrier', () => withPassword],
  ['a gateway', '/sipgateways', 'new', () => ({ name: 'back', host: 'gw.example.com', password: 'p', ping })],
  [
    'a gateway of a trunk',
    '/sipgateways',
    'new',
    async () => ({ name: 'by-trunk', trunk_id: await trunk('under'), ping }),
  ],
  ['a SIM', '/mobile', 'new', () => ({ iccid: newIccid() })],
  ['a tariff', '/tariffs', 'new', () => ({ name: 'back', currency: 'USD', rates })],
];

/** A resource without the fields that every update changes. */
const withoutRevision = (body: Body): Body => omit(body, 'version', 'updated_at');

test.each(resources)('%s does not change if the answer of GET is sent with PUT', async (_name, path, id, bodyOf) => {
  const own = `${path}/${await create(`${path}/${id}`, await bodyOf())}`;
  const before = dataIn(await tenant.ask('GET', own));
  const answer = await tenant.ask('PUT', own, before);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  expect(withoutRevision(dataIn(await tenant.ask('GET', own)))).toEqual(withoutRevision(before));
});

const blanks: readonly (readonly [string, Readonly<Record<string, unknown>>, Body])[] = [
  ['/siptrunk/carrier', NewSipTrunk.shape, { name: 'blank', host: '192.0.2.8' }],
  ['/sipgateways/new', NewSipGateway.shape, { name: 'blank', host: 'gw.example.com' }],
  ['/mobile/new', NewSim.shape, { iccid: newIccid() }],
  ['/devices/phone', NewDevice.shape, { mac_address: newMac() }],
];

test.each(blanks)('PUT %s accepts null for each optional field', async (path, shape, needed) => {
  const nothing = Object.fromEntries(Object.keys(shape).map((name) => [name, null]));
  await create(path, { ...nothing, ...needed });
});

test('PUT /siptrunkips/{entity} accepts null for each optional field of an address', async () => {
  const answer = await tenant.ask('PUT', `/siptrunkips/${await trunk('addressed')}`, {
    ips: [{ address: '198.51.100.1', type: 'signaling', port: null, priority: null, active: null }],
  });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
});

import { beforeAll, expect, test } from 'vitest';
import { NewDevice } from '../../functions/telephony/devices/device.ts';
import { NewSim } from '../../functions/telephony/mobile/sim.ts';
import { NewSipGateway } from '../../functions/telephony/sip-gateways/sip-gateway.ts';
import { NewSipTrunk } from '../../functions/telephony/sip-trunks/sip-trunk.ts';
import type { Answer } from './cloud.ts';
import { newTenant, type Body, type Tenant } from './dialplan.fixture.ts';
import { newIccid, newMac } from './hardware.fixture.ts';

/**
 * The answer of a GET can be sent back by the PUT of the same resource, and changes nothing; null is the same as
 * absent.
 */

let tenant: Tenant;
beforeAll(async () => {
  tenant = await newTenant({ type: 'reseller' });
});

const dataIn = ({ body }: Answer): Body => (body as { data: Body }).data;
async function made(path: string, body: Body): Promise<string> {
  const answer = await tenant.api('PUT', path, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return String(dataIn(answer)['id']);
}
const trunk = (name: string): Promise<string> => made('/siptrunk/carrier', { name, host: '192.0.2.7' });

const things: readonly (readonly [string, () => Promise<string>])[] = [
  ['a trunk', async () => `/siptrunk/${await trunk('back')}`],
  [
    'a trunk with a password',
    async () =>
      `/siptrunk/${await made('/siptrunk/carrier', { name: 'secretive', host: 'sip.example.com', username: 'u', password: 'p' })}`,
  ],
  [
    'a gateway',
    async () =>
      `/sipgateways/${await made('/sipgateways/new', { name: 'back', host: 'gw.example.com', password: 'p' })}`,
  ],
  [
    'a gateway that goes by a trunk',
    async () => `/sipgateways/${await made('/sipgateways/new', { name: 'by-trunk', trunk_id: await trunk('under') })}`,
  ],
  ['a SIM', async () => `/mobile/${await made('/mobile/new', { iccid: newIccid() })}`],
  [
    'a tariff',
    async () =>
      `/tariffs/${await made('/tariffs/new', { name: 'back', currency: 'USD', rates: [{ prefix: '1', price_per_minute: '0.01' }] })}`,
  ],
];

/** But for what every change moves. */
const lasting = ({ version: _, updated_at: __, ...rest }: Body): Body => rest;

test.each(things)('%s stays as it is when what GET answers is PUT', async (_, make) => {
  const path = await make();
  const before = dataIn(await tenant.api('GET', path));
  const answer = await tenant.api('PUT', path, before);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  expect(lasting(dataIn(await tenant.api('GET', path)))).toEqual(lasting(before));
});

const blanks: readonly (readonly [string, Readonly<Record<string, unknown>>, Body])[] = [
  ['/siptrunk/carrier', NewSipTrunk.shape, { name: 'blank', host: '192.0.2.8' }],
  ['/sipgateways/new', NewSipGateway.shape, { name: 'blank', host: 'gw.example.com' }],
  ['/mobile/new', NewSim.shape, { iccid: newIccid() }],
  ['/devices/phone', NewDevice.shape, { mac_address: newMac() }],
];

test.each(blanks)('PUT %s takes null for all that may be left out', async (path, shape, needed) => {
  const nothing = Object.fromEntries(Object.keys(shape).map((name) => [name, null]));
  await made(path, { ...nothing, ...needed });
});

test('PUT /siptrunkips/{entity} takes null for all that may be left out of an address', async () => {
  const answer = await tenant.api('PUT', `/siptrunkips/${await trunk('addressed')}`, {
    ips: [{ address: '198.51.100.1', type: 'signaling', port: null, priority: null, active: null }],
  });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
});

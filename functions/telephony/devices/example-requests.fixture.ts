import { randomBytes, randomInt } from 'node:crypto';
import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** Locally administered (IEEE 802), the rest at random: MAC addresses are unique on the platform. */
const newMac = (): string => `02${randomBytes(5).toString('hex')}`;

/** A device without a known manufacturer, whose provisioning file is JSON. */
export const deviceBody = ({ mark }: Pick<ExampleTenant, 'mark'>) => ({
  mac_address: newMac(),
  name: mark,
  settings: examples.createDevice.settings,
  lines: [{ extension: String(randomInt(1e9)), label: mark }],
});

/** Creates a device. @returns its id */
export const newDevice = async (tenant: ExampleTenant): Promise<string> =>
  textAt(await tenant.call('PUT', '/devices/phone', deviceBody(tenant)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /devices': {
    prepare: async (tenant) => ({ query: { q: tenant.mark, limit: '1', kind: (await newDevice(tenant), 'phone') } }),
  },
  'GET /devices/{id}': {
    prepare: async (tenant) => ({
      params: { id: await newDevice(tenant) },
      query: { include: 'lines,settings,status' },
    }),
  },
  'GET /devices/mac/{macAddress}': {
    prepare: async (tenant) => ({
      params: {
        macAddress: textAt(await tenant.call('PUT', '/devices/ata', deviceBody(tenant)), 'data', 'mac_address'),
      },
    }),
  },
  'PUT /devices/{id}': { prepare: (tenant) => ({ params: { id: 'phone' }, body: deviceBody(tenant) }) },
  'POST /devices/{id}': {
    prepare: async (tenant) => ({
      params: { id: await newDevice(tenant) },
      body: { ...examples.updateDevice, name: tenant.mark },
    }),
  },
  'DELETE /devices/{id}': {
    prepare: async (tenant) => ({ params: { id: await newDevice(tenant) }, query: { keep_config: 'true' } }),
  },
};

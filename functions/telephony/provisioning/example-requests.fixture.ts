import { textAt, type Example } from '#test/support/example-request.ts';
import { deviceBody, newDevice } from '../devices/example-requests.fixture.ts';

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /devices/{id}/config': { prepare: async (tenant) => ({ params: { id: await newDevice(tenant) } }) },
  'GET /provision/{deviceId}/{secret}/{file}': {
    prepare: async (tenant) => {
      const device = await tenant.call('PUT', '/devices/phone', deviceBody(tenant));
      const [deviceId = '', secret = ''] = textAt(device, 'data', 'provisioning_url').split('/').slice(-3);
      const mac = textAt(device, 'data', 'mac_address').replaceAll(':', '').toLowerCase();
      return { params: { deviceId, secret, file: `${mac}.json` } };
    },
  },
};

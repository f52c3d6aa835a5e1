import { textAt, type Example } from '#test/support/example-request.ts';
import { deviceBody, newDevice } from '../devices/example-requests.fixture.ts';

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /devices/{id}/config': { ask: async (place) => ({ params: { id: await newDevice(place) } }) },
  'GET /provision/{deviceId}/{secret}/{file}': {
    ask: async (place) => {
      const device = await place.call('PUT', '/devices/phone', deviceBody(place));
      const [deviceId = '', secret = ''] = textAt(device, 'data', 'provisioning_url').split('/').slice(-3);
      const mac = textAt(device, 'data', 'mac_address').replaceAll(':', '').toLowerCase();
      return { params: { deviceId, secret, file: `${mac}.json` } };
    },
  },
};

import { randomBytes, randomInt } from 'node:crypto';
import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** Locally administered (IEEE 802), the rest at random: MAC addresses are unique on the platform. */
const newMac = (): string => `02${randomBytes(5).toString('hex')}`;

/** A device without a known manufacturer, whose provisioning file is JSON. */
export const deviceBody = ({ mark }: Pick<Place, 'mark'>) => ({
  mac_address: newMac(),
  name: mark,
  settings: examples.createDevice.settings,
  lines: [{ extension: String(randomInt(1e9)), label: mark }],
});

/** Creates a device. @returns its id */
export const newDevice = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', '/devices/phone', deviceBody(place)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /devices': {
    ask: async (place) => ({ query: { q: place.mark, limit: '1', kind: (await newDevice(place), 'phone') } }),
  },
  'GET /devices/{id}': {
    ask: async (place) => ({ params: { id: await newDevice(place) }, query: { include: 'lines,settings,status' } }),
  },
  'GET /devices/mac/{macAddress}': {
    ask: async (place) => ({
      params: { macAddress: textAt(await place.call('PUT', '/devices/ata', deviceBody(place)), 'data', 'mac_address') },
    }),
  },
  'PUT /devices/{id}': { ask: (place) => ({ params: { id: 'phone' }, body: deviceBody(place) }) },
  'POST /devices/{id}': {
    ask: async (place) => ({
      params: { id: await newDevice(place) },
      body: { ...examples.updateDevice, name: place.mark },
    }),
  },
  'DELETE /devices/{id}': {
    ask: async (place) => ({ params: { id: await newDevice(place) }, query: { keep_config: 'true' } }),
  },
};

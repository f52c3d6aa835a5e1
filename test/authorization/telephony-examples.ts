import { randomBytes, randomInt } from 'node:crypto';
import { textAt, type Example, type Place } from '../support/example-request.ts';

const trunkBody = ({ mark, unique }: Place) => ({
  name: `${mark} ${unique()}`,
  type: 'carrier',
  host: 'sip.example.com',
});
export const newTrunk = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', '/siptrunk/new', trunkBody(place)), 'data', 'id');

// Of a maker that nobody has, the rest at random: MAC addresses are unique on the platform.
const newMac = (): string => `02${randomBytes(5).toString('hex')}`;
const deviceBody = ({ mark }: Place) => ({
  mac_address: newMac(),
  name: mark,
  lines: [{ extension: String(randomInt(1e9)), label: mark }],
});
const newDevice = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', '/devices/phone', deviceBody(place)), 'data', 'id');
const hexGroup = (): string => Math.floor(Math.random() * 0xffff + 1).toString(16);
const ipBody = () => ({
  ips: [{ address: `2001:db8:${hexGroup()}:${hexGroup()}:${hexGroup()}::${hexGroup()}`, type: 'signaling' }],
});
const trunkWithIp = async (place: Place): Promise<{ entity: string; ip: string }> => {
  const entity = await newTrunk(place);
  return { entity, ip: textAt(await place.call('PUT', `/siptrunkips/${entity}`, ipBody()), 'data', 'ips', '0', 'id') };
};

const gatewayBody = ({ mark, unique }: Place) => ({
  name: `${mark}.${unique()}`,
  host: 'gw.example.com',
  prefix: '00',
});
const newGateway = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', '/sipgateways/new', gatewayBody(place)), 'data', 'id');

/** Of 19 digits, the last of which checks the others. */
function newIccid(): string {
  const digits = `8946${Array.from({ length: 14 }, () => randomInt(10)).join('')}`;
  const sum = Array.from(digits, Number)
    .reverse()
    .reduce(
      (sofar, digit, at) =>
        sofar + Array.from(String(digit * (at % 2 === 0 ? 2 : 1)), Number).reduce((one, two) => one + two),
      0,
    );
  return `${digits}${(10 - (sum % 10)) % 10}`;
}
const simBody = ({ mark }: Place) => ({ iccid: newIccid(), label: mark, network: 'Any' });
const newSim = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', '/mobile/new', simBody(place)), 'data', 'id');

/** Numbers of Sweden that no telephone has. */
const newE164 = (): string => `+4690${String(randomInt(1e8)).padStart(8, '0')}`;
const stock = { country: 'SE', type: 'geographic' } as const;
const newNumber = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', `/numbers/${newE164()}`, { ...stock, label: place.mark }), 'data', 'id');

/** Trunks, devices, gateways, numbers and SIM cards. */
export const telephonyExamples: Readonly<Record<string, Example>> = {
  'GET /siptrunk': {
    ask: async (place) => ({ query: { q: place.mark, limit: '1', type: (await newTrunk(place), 'carrier') } }),
  },
  'GET /siptrunk/{id}': { ask: async (place) => ({ params: { id: await newTrunk(place) } }) },
  'PUT /siptrunk/{id}': { ask: (place) => ({ params: { id: 'new' }, body: trunkBody(place) }) },
  'POST /siptrunk/{id}': {
    ask: async (place) => ({ params: { id: await newTrunk(place) }, body: { host: 'pbx.example.com' } }),
  },
  'DELETE /siptrunk/{id}': { ask: async (place) => ({ params: { id: await newTrunk(place) } }) },

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
      body: { name: place.mark, settings: { language: 'sv' } },
    }),
  },
  'DELETE /devices/{id}': {
    ask: async (place) => ({ params: { id: await newDevice(place) }, query: { keep_config: 'true' } }),
  },
  'PUT /devices/reboot/{deviceId}': {
    ask: async (place) => ({ params: { deviceId: await newDevice(place) }, body: { delay: 86_400 } }),
  },
  // Its phone is nowhere.
  'POST /devices/sipnotify/{deviceId}': {
    ask: async (place) => ({ params: { deviceId: await newDevice(place) }, body: { event: 'check-sync' } }),
  },
  'GET /devices/{id}/config': { ask: async (place) => ({ params: { id: await newDevice(place) } }) },
  'GET /provision/{deviceId}/{secret}/{file}': {
    ask: async (place) => {
      const made = await place.call('PUT', '/devices/phone', deviceBody(place));
      const [deviceId = '', secret = ''] = textAt(made, 'data', 'provisioning_url').split('/').slice(-3);
      return {
        params: {
          deviceId,
          secret,
          file: `${textAt(made, 'data', 'mac_address').replaceAll(':', '').toLowerCase()}.json`,
        },
      };
    },
  },

  'GET /mobile': {
    ask: async (place) => ({ query: { limit: '1', status: 'registered', network: (await newSim(place), 'Any') } }),
  },
  'GET /mobile/{id}': { ask: async (place) => ({ params: { id: await newSim(place) } }) },
  'PUT /mobile/{id}': { ask: (place) => ({ params: { id: 'new' }, body: simBody(place) }) },
  'POST /mobile/{id}': {
    ask: async (place) => ({ params: { id: await newSim(place) }, body: { action: 'terminate' } }),
  },
  'DELETE /mobile/{id}': {
    ask: async (place) => {
      const id = await newSim(place);
      await place.call('POST', `/mobile/${id}`, { action: 'terminate' });
      return { params: { id } };
    },
  },

  'POST /numbers/search': {
    ask: async (place) => ({ body: { limit: 1, type: (await newNumber(place), 'geographic') } }),
  },
  'GET /numbers/{id}': { ask: async (place) => ({ params: { id: await newNumber(place) } }) },
  'PUT /numbers/{id}': {
    ask: async (place) => ({ params: { id: await newNumber(place) }, body: { label: place.mark } }),
  },
  'POST /numbers/{id}': {
    ask: async (place) => ({ params: { id: await newNumber(place) }, body: { label: place.mark } }),
  },
  'DELETE /numbers/{id}': { ask: async (place) => ({ params: { id: await newNumber(place) } }) },
  'GET /numbers/{id}/channels': { ask: async (place) => ({ params: { id: await newNumber(place) } }) },
  'PUT /numbers/{id}/channels': {
    ask: async (place) => ({ params: { id: await newNumber(place) }, body: { max_channels: 10 } }),
  },
  'GET /siptrunkips/{entity}': {
    ask: async (place) => ({
      params: { entity: 'all' },
      query: { limit: '1', type: (await trunkWithIp(place), 'signaling') },
    }),
  },
  'PUT /siptrunkips/{entity}': {
    ask: async (place) => ({ params: { entity: await newTrunk(place) }, body: ipBody() }),
  },
  'POST /siptrunkips/{entity}': {
    ask: async (place) => {
      const { entity, ip } = await trunkWithIp(place);
      return { params: { entity }, body: { ip_id: ip, priority: 2 } };
    },
  },
  'DELETE /siptrunkips/{entity}': {
    ask: async (place) => {
      const { entity, ip } = await trunkWithIp(place);
      return { params: { entity }, query: { ip_id: ip } };
    },
  },

  'GET /sipgateways': {
    ask: async (place) => ({ query: { q: place.mark, limit: '1', status: (await newGateway(place), 'unknown') } }),
  },
  'GET /sipgateways/{id}': { ask: async (place) => ({ params: { id: await newGateway(place) } }) },
  'PUT /sipgateways/{id}': { ask: (place) => ({ params: { id: 'new' }, body: gatewayBody(place) }) },
  'POST /sipgateways/{id}': { ask: async (place) => ({ params: { id: await newGateway(place) }, body: { strip: 2 } }) },
  'DELETE /sipgateways/{id}': { ask: async (place) => ({ params: { id: await newGateway(place) } }) },
  'GET /sipgwping/{entity}': {
    ask: async (place) => ({
      params: { entity: 'all' },
      query: { limit: '1', include_history: 'true', history_hours: (await newGateway(place), '2') },
    }),
  },
  'POST /sipgwping/{entity}/{param1}/{param2}': {
    ask: async (place) => ({
      params: { entity: await newGateway(place), param1: 'status', param2: 'update' },
      body: { status: 'degraded', error_message: place.mark },
    }),
  },
};

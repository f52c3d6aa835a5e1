import type { Example } from '#test/support/example-request.ts';
import { newDevice } from '../devices/example-requests.fixture.ts';
import { examples } from './examples.ts';

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  // After a day, as no phone is registered.
  'PUT /devices/reboot/{deviceId}': {
    prepare: async (tenant) => ({
      params: { deviceId: await newDevice(tenant) },
      body: { ...examples.rebootDevice, delay: 86_400 },
    }),
  },
  // No phone is registered, so the request is accepted and answers 503.
  'POST /devices/sipnotify/{deviceId}': {
    prepare: async (tenant) => ({ params: { deviceId: await newDevice(tenant) }, body: examples.notifyDevice }),
  },
};

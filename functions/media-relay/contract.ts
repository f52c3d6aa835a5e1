import { readsObjects, readsSecret, storesObjects } from '#contract/effects.ts';
import { service } from '#contract/resource.ts';

/** The media relay: rtpengine, which the SIP sidecar commands, and the process that watches it. */
export const mediaRelay = service('media-relay', {
  area: 'telephony',
  // Recordings of calls and messages, sounds, and the key of control tokens.
  effects: [storesObjects('files'), storesObjects('voicemail'), readsObjects('speech'), readsSecret('sidecar-control')],
  cpu: 1_024,
  memory: 2_048,
  ports: {
    // Commands of the sidecar (NG protocol).
    ng: { port: 22_222, protocol: 'udp' },
    // Sounds and digits, for the sidecar.
    control: { port: 8_081, protocol: 'tcp' },
    health: { port: 8_080, protocol: 'tcp' },
  },
  stopTimeout: 120,
});

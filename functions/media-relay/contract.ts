import { addsObjects, readsFolder, readsSecret, writes } from '#contract/effects.ts';
import { service } from '#contract/resource.ts';
import { soundArea } from '#schema/sound.ts';

/** The media relay: rtpengine, which the SIP sidecar commands, and the process that watches it. */
export const mediaRelay = service('media-relay', {
  area: 'telephony',
  // Recordings of calls and messages, the sounds that calls play, the key of control tokens, and its lease.
  effects: [
    addsObjects('files', 'files'),
    addsObjects('voicemail', 'voicemail'),
    readsFolder('files', soundArea),
    readsFolder('voicemail', soundArea),
    readsFolder('speech', soundArea),
    readsSecret('sidecar-control'),
    writes('relay-lease'),
  ],
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

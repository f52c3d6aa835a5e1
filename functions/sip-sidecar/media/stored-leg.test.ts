import { expect, test } from 'vitest';
import { TakeCallCommand } from '#sidecar/call-command.ts';
import type { StoredLeg } from './call-media.ts';

/** All that a leg has: a field that the command lacks is lost with the move of its call. */
const leg: Required<StoredLeg> = {
  tag: 'a',
  kind: 'rtp',
  heard: '192.0.2.1',
  port: 30_000,
  opus: { format: 96, isOnly: true, events: 101 },
  encryption: 'require',
  profile: 'RTP/SAVP',
  absent: [{ at: 0, line: 'm=audio 0 RTP/AVP 0' }],
  fax: 'reject',
  audio: { codecs: ['G.711', 'OPUS'], isInband: true },
  detectsTones: true,
};

test('a call that moves takes all that is known of its legs along', () => {
  const media = { relay: '192.0.2.9:22222', source: leg, destination: leg };
  expect(TakeCallCommand.shape.state.shape.media.parse(media)).toEqual(media);
});

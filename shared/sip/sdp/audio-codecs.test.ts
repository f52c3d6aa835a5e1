import { expect, test } from 'vitest';
import { hasCodecs } from './audio-codecs.ts';

const events = 'a=rtpmap:101 telephone-event/8000';

test.each([
  ['a codec with events', true, ['m=audio 6000 RTP/AVP 0 101', events]],
  ['a codec that is named', true, ['m=audio 6000 RTP/AVP 96', 'a=rtpmap:96 opus/48000/2']],
  ['events alone', false, ['m=audio 6000 RTP/AVP 101', events]],
  ['events and comfort noise', false, ['m=audio 6000 RTP/AVP 13 101', events]],
  ['comfort noise of 16 kHz', false, ['m=audio 6000 RTP/AVP 98', 'a=rtpmap:98 CN/16000']],
  ['redundancy without what it repeats', false, ['m=audio 6000 RTP/AVP 63', 'a=rtpmap:63 red/48000/2']],
  ['a payload type that no line names', false, ['m=audio 6000 RTP/AVP 97', 'a=rtpmap:96 opus/48000/2']],
  ['audio that is rejected', true, ['m=audio 0 RTP/AVP 101', events]],
  ['a second audio of events', false, ['m=audio 6000 RTP/AVP 0', 'm=audio 6002 RTP/AVP 101', events]],
  ['no audio', true, ['m=image 6000 udptl t38']],
])('%s: %s', (_what, expected, lines) => {
  expect(hasCodecs(['v=0', 's=-', ...lines, ''].join('\r\n'))).toBe(expected);
});

import { expect, test } from 'vitest';
import { foreignEventsIn, isOpusOnly, opusIn, withEventClock } from './opus.ts';

const sdp = (...media: readonly string[]): string => ['v=0', 's=-', 't=0 0', ...media, ''].join('\r\n');
const opus = ['m=audio 6000 RTP/AVP 96 97', 'a=rtpmap:96 opus/48000/2'] as const;

test.each([
  ['Opus', [...opus], 96, true],
  ['Opus of another case', ['m=audio 6000 RTP/AVP 111', 'a=rtpmap:111 OPUS/48000/2'], 111, true],
  ['Opus beside PCMA', ['m=audio 6000 RTP/AVP 96 8', 'a=rtpmap:96 opus/48000/2'], 96, false],
  ['a payload type that is not offered', ['m=audio 6000 RTP/AVP 97', 'a=rtpmap:96 opus/48000/2'], undefined, false],
  ['a rejected medium', ['m=audio 0 RTP/AVP 96', 'a=rtpmap:96 opus/48000/2'], undefined, false],
  ['video', ['m=video 6000 RTP/AVP 96', 'a=rtpmap:96 opus/48000/2'], undefined, false],
  ['PCMU', ['m=audio 6000 RTP/AVP 0'], undefined, false],
])('%s', (_what, media, format, isOnly) => {
  expect([opusIn(sdp(...media)), isOpusOnly(sdp(...media))]).toEqual([format, isOnly]);
});

test.each([
  ['events of 8 kHz', [...opus, 'a=rtpmap:97 telephone-event/8000'], 97],
  ['events of 48 kHz', [...opus, 'a=rtpmap:97 telephone-event/48000'], undefined],
  [
    'events of both',
    ['m=audio 6000 RTP/AVP 96 97 98', opus[1], 'a=rtpmap:98 telephone-event/8000', 'a=rtpmap:97 telephone-event/48000'],
    undefined,
  ],
  ['events that are not offered', [...opus, 'a=rtpmap:98 telephone-event/8000'], undefined],
  ['no events', [...opus], undefined],
  ['events beside G.711', ['m=audio 6000 RTP/AVP 0 96 97', opus[1], 'a=rtpmap:97 telephone-event/8000'], undefined],
])('against the rules are %s', (_what, media, expected) => {
  expect(foreignEventsIn(sdp(...media))).toBe(expected);
});

test('the clock of the events of one payload type changes, and nothing else', () => {
  const events = (clock: number): string =>
    sdp(...opus, `a=rtpmap:97 telephone-event/${clock}`, 'a=fmtp:97 0-15', 'a=rtpmap:98 telephone-event/8000');
  expect(withEventClock(events(8_000), 97, 48_000)).toBe(events(48_000));
  expect(withEventClock(events(48_000), 97, 8_000)).toBe(events(8_000));
  expect(withEventClock(events(8_000), undefined, 48_000)).toBe(events(8_000));
});

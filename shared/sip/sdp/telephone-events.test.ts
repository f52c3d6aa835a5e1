import { expect, test } from 'vitest';
import { hasTelephoneEvents } from './telephone-events.ts';

const description = (...lines: readonly string[]): string =>
  ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', ...lines, ''].join('\r\n');

test.each([
  ['with events', true, ['m=audio 6000 RTP/AVP 0 101', 'a=rtpmap:101 telephone-event/8000']],
  ['with events of another clock, in capitals', true, ['m=audio 6000 RTP/AVP 96', 'a=rtpmap:96 TELEPHONE-EVENT/48000']],
  ['without events', false, ['m=audio 6000 RTP/AVP 0 101', 'a=rtpmap:101 opus/48000/2']],
  [
    'that maps events to a payload type that it does not take',
    false,
    ['m=audio 6000 RTP/AVP 0', 'a=rtpmap:101 telephone-event/8000'],
  ],
  ['whose audio is rejected', false, ['m=audio 0 RTP/AVP 0 101', 'a=rtpmap:101 telephone-event/8000']],
  [
    'with events in a second audio',
    true,
    ['m=audio 0 RTP/AVP 0', 'm=audio 6000 RTP/AVP 0 101', 'a=rtpmap:101 telephone-event/8000'],
  ],
  ['whose video has a format of this name', false, ['m=video 6000 RTP/AVP 101', 'a=rtpmap:101 telephone-event/8000']],
])('a description %s: %s', (_, expected, lines) => {
  expect(hasTelephoneEvents(description(...lines))).toBe(expected);
});

import { expect, test } from 'vitest';
import { sdpFault } from '#sip/sdp/sdp.ts';
import { applicationDescription, echoDescription } from './application-description.ts';

const offer = (...media: readonly string[]): string =>
  ['v=0', 'o=- 7 7 IN IP4 192.0.2.1', 's=phone', 'c=IN IP4 192.0.2.1', 't=0 0', ...media, ''].join('\r\n');

const mediaOf = (sdp: string | undefined): readonly string[] =>
  sdp?.slice(sdp.indexOf('m=')).split('\r\n').slice(0, -1) ?? [];

test.each([
  {
    what: 'PCMU before PCMA, as it is offered, with digits',
    media: ['m=audio 4000 RTP/AVP 0 8 101', 'a=rtpmap:101 telephone-event/8000', 'a=sendrecv'],
    answer: ['m=audio 9 RTP/AVP 0 101', 'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15', 'a=sendrecv'],
  },
  { what: 'PCMA alone', media: ['m=audio 4000 RTP/AVP 8'], answer: ['m=audio 9 RTP/AVP 8', 'a=sendrecv'] },
  {
    what: 'digits of the clock of G.711 only',
    media: ['m=audio 4000 RTP/AVP 96 0 97', 'a=rtpmap:96 opus/48000/2', 'a=rtpmap:97 telephone-event/48000'],
    answer: ['m=audio 9 RTP/AVP 0', 'a=sendrecv'],
  },
  {
    what: 'of digits by two clocks those of G.711',
    media: [
      ...['m=audio 4000 RTP/AVP 96 97 0 98', 'a=rtpmap:96 opus/48000/2'],
      ...['a=rtpmap:97 telephone-event/48000', 'a=rtpmap:98 telephone-event/8000'],
    ],
    answer: ['m=audio 9 RTP/AVP 0 98', 'a=rtpmap:98 telephone-event/8000', 'a=fmtp:98 0-15', 'a=sendrecv'],
  },
  {
    what: 'a fax beside audio is rejected in its place',
    media: ['m=image 4002 udptl t38', 'a=T38FaxVersion:0', 'm=audio 4000 RTP/AVP 0'],
    answer: ['m=image 0 udptl t38', 'm=audio 9 RTP/AVP 0', 'a=sendrecv'],
  },
  {
    what: 'a caller that holds hears nothing',
    media: ['m=audio 4000 RTP/AVP 0', 'a=sendonly'],
    answer: ['m=audio 9 RTP/AVP 0', 'a=recvonly'],
  },
  {
    what: 'video is rejected',
    media: ['m=video 4002 RTP/AVP 96', 'a=rtpmap:96 VP8/90000', 'm=audio 4000 RTP/AVP 0'],
    answer: ['m=video 0 RTP/AVP 96', 'm=audio 9 RTP/AVP 0', 'a=sendrecv'],
  },
  {
    what: 'the direction is that of the audio, not of the video before it',
    media: ['m=video 4002 RTP/AVP 96', 'a=recvonly', 'm=audio 4000 RTP/AVP 0', 'a=sendrecv'],
    answer: ['m=video 0 RTP/AVP 96', 'm=audio 9 RTP/AVP 0', 'a=sendrecv'],
  },
  {
    what: 'the direction is that of the session, if the audio has none',
    media: ['a=sendonly', 'm=video 4002 RTP/AVP 96', 'a=sendrecv', 'm=audio 4000 RTP/AVP 0'],
    answer: ['m=video 0 RTP/AVP 96', 'm=audio 9 RTP/AVP 0', 'a=recvonly'],
  },
])('$what', ({ media, answer }) => {
  const description = applicationDescription(offer(...media));
  expect(sdpFault(description ?? '')).toBeUndefined();
  expect(mediaOf(description)).toEqual(answer);
});

test.each([
  ['Opus alone', 'm=audio 4000 RTP/AVP 96'],
  ['a fax alone', 'm=image 4000 udptl t38'],
  ['video alone', 'm=video 4000 RTP/AVP 0'],
  ['audio that is rejected', 'm=audio 0 RTP/AVP 0'],
])('%s has no answer', (_what, medium) => {
  expect(applicationDescription(offer(medium))).toBeUndefined();
});

test('without an offer it makes one', () => {
  const description = applicationDescription(undefined);
  expect(sdpFault(description ?? '')).toBeUndefined();
  expect(mediaOf(description)[0]).toBe('m=audio 9 RTP/AVP 0 8 101');
});

test('an echo hears where the relay does, and nowhere without an offer', () => {
  const offer = [
    'v=0',
    'o=- 1 1 IN IP4 192.0.2.1',
    's=-',
    'c=IN IP4 192.0.2.1',
    't=0 0',
    'm=audio 40002 RTP/AVP 0',
    '',
  ];
  const answer = echoDescription(offer.join('\r\n'));
  expect([answer?.includes('c=IN IP4 192.0.2.1'), answer?.includes('m=audio 40002 RTP/AVP 0')]).toEqual([true, true]);
  expect(echoDescription(undefined)).toContain('m=audio 9 ');
});

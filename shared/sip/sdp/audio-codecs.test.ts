import { describe, expect, test } from 'vitest';
import { hasCodecs, limitAudio } from './audio-codecs.ts';

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

describe('the audio that a party takes', () => {
  const phone = [
    'm=audio 6000 RTP/AVP 96 9 8 0 18 101 13',
    'a=rtpmap:96 opus/48000/2',
    'a=fmtp:96 useinbandfec=1',
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
    'a=sendrecv',
  ];
  const session = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'];
  const textOf = (lines: readonly string[]): string => [...session, ...lines, ''].join('\r\n');
  const g711 = [['pcmu', 'pcma']];

  test('loses the codecs of others with their attributes, and keeps events and comfort noise', () => {
    const limited = limitAudio(textOf(phone), { encodings: [['g729'], ...g711] });
    expect(limited).toBe(textOf(['m=audio 6000 RTP/AVP 8 0 18 101 13', ...phone.slice(3)]));
  });

  test('has the order of the party, where that is asked', () => {
    const limited = limitAudio(textOf(phone), { encodings: [['g729'], ...g711], isOrdered: true });
    expect(limited).toContain('m=audio 6000 RTP/AVP 18 8 0 101 13\r\n');
  });

  test('loses telephone events', () => {
    const limited = limitAudio(textOf(phone), { encodings: g711, hasNoEvents: true }) ?? '';
    expect(limited).toContain('m=audio 6000 RTP/AVP 8 0 13\r\n');
    expect(limited).not.toContain('101');
  });

  test('is none if no codec is left; events alone are no codec', () => {
    expect(limitAudio(textOf(phone), { encodings: [['gsm']] })).toBeUndefined();
    expect(limitAudio(textOf(['m=audio 6000 RTP/AVP 101', ...phone.slice(4)]), { encodings: g711 })).toBeUndefined();
  });

  test('of two is that with a codec, and other media stay', () => {
    const media = ['m=audio 6000 RTP/SAVP 9', 'm=audio 6002 RTP/AVP 0', 'm=image 6004 udptl t38'];
    expect(limitAudio(textOf(media), { encodings: g711 })).toBe(textOf(['m=audio 0 RTP/SAVP 9', ...media.slice(1)]));
    const image = textOf(['m=image 6004 udptl t38']);
    expect(limitAudio(image, { encodings: g711 })).toBe(image);
  });

  test('passes byte for byte if nothing is removed', () => {
    const text = textOf(['m=audio 6000 RTP/AVP 8 0']).replaceAll('\r\n', '\n');
    expect(limitAudio(text, { encodings: g711 })).toBe(text);
  });

  test('has no redundancy of codecs that are removed', () => {
    const media = [
      'm=audio 6000 RTP/AVP 96 63 0',
      'a=rtpmap:96 opus/48000/2',
      'a=rtpmap:63 red/48000/2',
      'a=fmtp:63 96/96',
    ];
    expect(limitAudio(textOf(media), { encodings: g711 })).toBe(textOf(['m=audio 6000 RTP/AVP 0']));
    expect(limitAudio(textOf(media), { encodings: [['opus'], ...g711] })).toBe(textOf(media));
  });
});

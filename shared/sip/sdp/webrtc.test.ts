import { expect, test } from 'vitest';
import { isWebRtc } from './webrtc.ts';

const description = (profile: string, ...attributes: readonly string[]): string =>
  ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 't=0 0', `m=audio 9 ${profile} 0`, ...attributes, ''].join('\r\n');

test.each(['UDP/TLS/RTP/SAVPF', 'UDP/TLS/RTP/SAVP', 'TCP/TLS/RTP/SAVPF'])(
  '%s with a fingerprint is WebRTC',
  (profile) => {
    expect(isWebRtc(description(profile, 'a=fingerprint:sha-256 A5'))).toBe(true);
  },
);

test.each(['RTP/AVP', 'RTP/SAVP', 'RTP/AVPF', 'RTP/SAVPF'])('%s is none', (profile) => {
  expect(isWebRtc(description(profile, 'a=fingerprint:sha-256 A5'))).toBe(false);
});

test('media without the fingerprint of a certificate are none', () => {
  expect(isWebRtc(description('UDP/TLS/RTP/SAVPF'))).toBe(false);
});

test('names within other lines do not count', () => {
  expect(isWebRtc(description('RTP/AVP', 'a=x:m=audio 9 UDP/TLS/RTP/SAVPF 0', 'a=x a=fingerprint:'))).toBe(false);
});

import { expect, test } from 'vitest';
import { formFor, mediaKindOf, mediaKindOver } from './media-kind.ts';
import { described } from './descriptions.fixture.ts';

test('a description is of a browser if it has DTLS-SRTP with a fingerprint', () => {
  expect(mediaKindOf(described.webrtc)).toBe('webrtc');
  expect(mediaKindOf(described.rtp)).toBe('rtp');
});

test('a description whose media are all rejected says nothing', () => {
  expect(mediaKindOf(described.rtp.replace('m=audio 6000', 'm=audio 0'))).toBeUndefined();
});

test('only browsers speak SIP over WebSocket', () => {
  const kinds = (['udp', 'tcp', 'tls', 'ws', 'wss'] as const).map(mediaKindOver);
  expect(kinds).toEqual(['rtp', 'rtp', 'rtp', 'webrtc', 'webrtc']);
});

test('a phone gets plain RTP from a browser, and what another phone has', () => {
  expect(formFor('webrtc', 'rtp')).toMatchObject({ 'transport-protocol': 'RTP/AVP', ICE: 'remove' });
  expect(formFor('rtp', 'rtp')).toEqual({ ICE: 'remove' });
});

test('a browser gets DTLS-SRTP and ICE from everyone', () => {
  expect(formFor('rtp', 'webrtc')).toMatchObject({ 'transport-protocol': 'UDP/TLS/RTP/SAVPF', ICE: 'force' });
  expect(formFor('webrtc', 'webrtc')).toMatchObject({ ICE: 'force' });
});

import { expect, test } from 'vitest';
import { codecsFor, formFor, mediaKindOf, mediaKindOver } from './media-kind.ts';
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

const parties = {
  isFromApplication: false,
  isToApplication: false,
  isToOpus: false,
  to: 'rtp',
  isRecorded: false,
} as const;

test('who speaks Opus only is transcoded, and an application gets no Opus', () => {
  expect(codecsFor(described.opus, parties)).toEqual({ codec: { transcode: ['PCMU'] } });
  const masked = { codec: { mask: ['opus'], transcode: ['PCMU'] } };
  expect(codecsFor(described.opus, { ...parties, isToApplication: true })).toEqual(masked);
  expect(codecsFor(described.opus, { ...parties, isRecorded: true })).toEqual(masked);
});

test('Opus is offered to who speaks it only, and to phones that an application asks', () => {
  expect(codecsFor(described.rtp, parties)).toEqual({});
  expect(codecsFor(described.rtp, { ...parties, isToOpus: true })).toEqual({ codec: { transcode: ['opus'] } });
  const asked = { ...parties, isFromApplication: true } as const;
  expect(codecsFor(described.rtp, asked)).toEqual({ codec: { transcode: ['opus'] } });
  expect(codecsFor(described.rtp, { ...asked, to: 'webrtc' })).toEqual({});
});

test('offers of a recorded call keep what is recorded, and Opus for who speaks it only', () => {
  const strip = { strip: ['all'], except: ['PCMU', 'PCMA', 'telephone-event'] };
  expect(codecsFor(described.rtp, { ...parties, isRecorded: true })).toEqual({ codec: strip });
  const both = { codec: { ...strip, transcode: ['opus'] } };
  expect(codecsFor(described.rtp, { ...parties, isRecorded: true, isToOpus: true })).toEqual(both);
});

test('without PCMU, PCMA and Opus nothing is transcoded', () => {
  const video = described.rtp.replace('m=audio', 'm=video');
  expect(codecsFor(video, { ...parties, isToApplication: true, isRecorded: true })).toEqual({});
});

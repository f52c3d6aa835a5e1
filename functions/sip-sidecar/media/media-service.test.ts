import { describe, expect, test } from 'vitest';
import type { Recording } from './call-media.ts';
import { described } from './descriptions.fixture.ts';
import { directMedia } from './media-service.ts';

const offer = { kind: 'offer', from: 'a', to: 'b1' } as const;
const answer = { kind: 'answer', from: 'b1', to: 'a' } as const;
const rejected = expect.objectContaining({ status: 488, hangupCause: 'MEDIA_RELAY_REQUIRED' });

test('descriptions of equal parties pass as they are', () => {
  for (const [sdp, transport] of [
    [described.rtp, 'udp'],
    [described.webrtc, 'wss'],
  ] as const) {
    const media = directMedia();
    media.expect('b1', transport);
    expect([media.pass({ ...offer, sdp }), media.pass({ ...answer, sdp })]).toEqual([sdp, sdp]);
  }
});

test('a browser does not ring a phone, nor a phone a browser', () => {
  const media = directMedia();
  media.expect('b1', 'udp');
  media.expect('b2', 'ws');
  expect(() => media.pass({ ...offer, sdp: described.webrtc })).toThrow(rejected);
  expect(() => media.pass({ ...offer, to: 'b2', sdp: described.rtp })).toThrow(rejected);
});

test('an answer of another kind than its offer is rejected', () => {
  const media = directMedia();
  void media.pass({ ...offer, sdp: described.rtp });
  expect(() => media.pass({ ...answer, sdp: described.webrtc })).toThrow(rejected);
});

describe('an answer that rejects all media', () => {
  const nothing = described.rtp.replace('m=audio 6000', 'm=audio 0');

  /** Of a call in which `b1` is called. */
  function calling() {
    const media = directMedia();
    for (const leg of ['a', 'b1']) media.expect(leg, 'udp');
    return media;
  }

  test('begins no call, also after early media', () => {
    const media = calling();
    void media.pass({ ...offer, sdp: described.rtp });
    for (const sdp of [described.rtp, nothing]) expect(media.pass({ ...answer, isEarly: true, sdp })).toBe(sdp);
    expect(() => media.pass({ ...answer, sdp: nothing })).toThrow(
      expect.objectContaining({ status: 488, hangupCause: 'INCOMPATIBLE_DESTINATION' }),
    );
  });

  test('passes in a call that is up, and to an offer without media', () => {
    const [begun, ofOtherTask, empty] = [calling(), directMedia(), calling()];
    void begun.pass({ ...offer, sdp: described.rtp });
    void begun.pass({ ...answer, sdp: described.rtp });
    for (const media of [begun, ofOtherTask])
      for (const [from, to] of [
        ['a', 'b1'],
        ['b1', 'a'],
      ] as const) {
        void media.pass({ kind: 'offer', from, to, sdp: described.rtp });
        expect(media.pass({ kind: 'answer', from: to, to: from, sdp: nothing })).toBe(nothing);
      }
    void empty.pass({ ...offer, sdp: nothing });
    expect(empty.pass({ ...answer, sdp: nothing })).toBe(nothing);
  });
});

test.each([
  [true, ['RECORDING_UNAVAILABLE']],
  [false, []],
])('a call without a relay goes on without a recording, which is told once if it is wanted: %s', (isWanted, told) => {
  const failures: string[] = [];
  const recording: Recording = {
    notice: undefined,
    isWanted: () => isWanted,
    metadata: () => '',
    onBegin: () => expect.fail('nothing records'),
    onFailure: (reason) => void failures.push(reason),
  };
  const media = directMedia(recording);
  void media.pass({ ...offer, sdp: described.rtp });
  expect(failures).toEqual([]);
  for (let times = 0; times < 2; times += 1) void media.pass({ ...answer, sdp: described.rtp });
  expect(failures).toEqual(told);
});

const key = Buffer.alloc(30).toString('base64');
const encrypted = `${described.rtp.replace('RTP/AVP', 'RTP/SAVP')}a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}\r\n`;

test('who has to be encrypted neither rings nor calls without, and has its keys as they are', () => {
  const media = directMedia();
  media.expect('b1', 'tls');
  media.encrypt('b1', 'require');
  expect(() => media.pass({ ...offer, sdp: described.rtp })).toThrow(rejected);
  expect(media.pass({ ...offer, sdp: encrypted })).toBe(encrypted);
  expect(() => media.pass({ ...answer, sdp: described.rtp })).toThrow(
    expect.objectContaining({ status: 488, hangupCause: 'INCOMPATIBLE_DESTINATION' }),
  );
});

test('who prefers to be encrypted is called without a relay as the other one is', () => {
  const media = directMedia();
  media.encrypt('b1', 'prefer');
  expect([described.rtp, encrypted].map((sdp) => media.pass({ ...offer, sdp }))).toEqual([described.rtp, encrypted]);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  directions,
  directionsOf,
  followSdp,
  rejectMedia,
  sdpFault,
  sdpLimits,
  withDirection,
  withoutSources,
} from './sdp.ts';

const head = ['v=0', 'o=a 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'];
const audio = 'm=audio 4000 RTP/AVP 0 8';
const video = 'm=video 4002/2 UDP/TLS/RTP/SAVPF 96';
const text = (...lines: readonly string[]): string => lines.map((line) => `${line}\r\n`).join('');
const sdp = text(...head, audio, 'a=sendrecv', video, 'a=sendonly');

describe('a description passes', () => {
  test.each([
    ['with media', sdp],
    ['without media', text(...head)],
    ['with bare line ends', sdp.replaceAll('\r\n', '\n')],
    ['without the last line end', sdp.trimEnd()],
    ['with a port of 0', text(...head, 'm=audio 0 RTP/AVP 0')],
  ])('%s', (_name, each) => {
    expect(sdpFault(each)).toBeUndefined();
  });
});

describe('a description does not pass', () => {
  test.each([
    ['of 10,000 lines', text(...head, ...Array<string>(10_000).fill('a=x'))],
    ['with 1,001 lines', text(...head, ...Array<string>(996).fill('a=x'))],
    ['with 101 candidates', text(...head, ...Array<string>(101).fill('a=candidate:1'))],
    ['with a giant line', text(...head, `a=${'x'.repeat(sdpLimits.line)}`)],
    ['of a megabyte', 'v'.repeat(1_000_000)],
    ['with 33 media', text(...head, ...Array<string>(33).fill(audio))],
    ['that is empty', ''],
    ['of another version', sdp.replace('v=0', 'v=1')],
    ['without origin', text('v=0', 's=-', 't=0 0')],
    ['with two origins', text(...head, 'o=b 2 2 IN IP4 192.0.2.2')],
    ['with a malformed origin', sdp.replace('o=a 1 1', 'o=a 1')],
    ['with an endless version', sdp.replace('o=a 1 1', `o=a 1 ${'9'.repeat(400)}`)],
    ['with a malformed line', text(...head, 'hello')],
    ['with a bare CR', text(...head, 'a=x\ry')],
    ['with a port that is none', text(...head, 'm=audio 65536 RTP/AVP 0')],
    ['with a medium without formats', text(...head, 'm=audio 4000 RTP/AVP')],
  ])('%s', (_name, each) => {
    expect(sdpFault(each)).toBeDefined();
  });
});

test('any text is read in linear time, without an exception', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 5_000 }),
        fc.array(fc.constantFrom(...head, audio, 'a=', '\r', 'm=')).map((lines) => lines.join('\n')),
      ),
      (each) => {
        sdpFault(each);
        directionsOf(each);
        withDirection(each, 'inactive');
        rejectMedia(each);
        followSdp(each, each);
      },
    ),
  );
  const before = process.threadCpuUsage();
  sdpFault(text(...head, `m=audio 1 ${'RTP '.repeat(8_000)}`, ...Array<string>(900).fill('m=a 1 b c')));
  expect(process.threadCpuUsage(before).user).toBeLessThan(1_000_000);
});

describe('directions', () => {
  test('are of each medium that is not rejected, else of the session, else sendrecv (RFC 3264 §5.1)', () => {
    expect(directionsOf(sdp)).toEqual(['sendrecv', 'sendonly']);
    expect(directionsOf(text(...head, 'a=inactive', audio, video, 'a=recvonly'))).toEqual(['inactive', 'recvonly']);
    expect(directionsOf(text(...head, audio, 'm=video 0 RTP/AVP 96'))).toEqual(['sendrecv']);
  });

  test('are set for all media, and nothing else changes', () => {
    for (const direction of directions) {
      const held = withDirection(sdp, direction);
      expect(directionsOf(held)).toEqual([direction, direction]);
      expect(held.replaceAll(`a=${direction}\r\n`, '')).toBe(text(...head, audio, video));
      expect(sdpFault(held)).toBeUndefined();
    }
  });
});

describe('a description that follows another', () => {
  const other = text('v=0', 'o=carol 9 5 IN IP6 2001:db8::1', 's=-', 't=0 0', audio);

  test('has its origin and the next version (RFC 3264 §8)', () => {
    expect(followSdp(sdp, other)).toBe(text('v=0', 'o=a 1 2 IN IP4 192.0.2.1', 's=-', 't=0 0', audio));
  });

  test('has the same version if nothing else differs', () => {
    expect(followSdp(sdp, sdp.replace('o=a 1 1', 'o=a 1 77'))).toBe(sdp);
  });

  test('is unchanged if there is none before', () => {
    expect(followSdp(undefined, other)).toBe(other);
  });

  test('has versions that only grow, beyond 2^53 too', () => {
    const large = sdp.replace('o=a 1 1', 'o=a 1 9007199254740993');
    expect(followSdp(large, other)).toContain('o=a 1 9007199254740994 IN');
  });
});

test('rejected media have port 0 and no attributes', () => {
  expect(rejectMedia(sdp)).toBe(text(...head, 'm=audio 0 RTP/AVP 0 8', 'm=video 0 UDP/TLS/RTP/SAVPF 96'));
  expect(directionsOf(rejectMedia(sdp))).toEqual([]);
});

const lines = (...text: readonly string[]): string => [...text, ''].join('\r\n');

test('sources are not named, and all else stays', () => {
  const sdp = lines(
    'v=0',
    'm=audio 9 RTP/AVP 0',
    'a=ssrc:1 cname:x',
    'a=ssrc-group:FID 1 2',
    'a=mid:0',
    'a=ssrc:2 msid:y',
  );
  expect(withoutSources(sdp)).toBe(lines('v=0', 'm=audio 9 RTP/AVP 0', 'a=mid:0'));
  expect(withoutSources(lines('v=0', 'a=ssrcs:1', 's=a=ssrc:1'))).toBe(lines('v=0', 'a=ssrcs:1', 's=a=ssrc:1'));
});

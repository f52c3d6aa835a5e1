import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseMedia, isInClear, lacksKeys, withAbsent, withoutAbsent, withoutKeys } from './srtp.ts';

const description = (...media: readonly string[]): string =>
  ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', ...media, ''].join('\r\n');

const key = Buffer.alloc(30, 1).toString('base64');
const longKey = Buffer.alloc(46, 2).toString('base64');
const line = (rest: string): string => `a=crypto:1 ${rest}`;
const good = line(`AES_CM_128_HMAC_SHA1_80 inline:${key}`);
const secure = 'm=audio 6000 RTP/SAVP 0';
const plain = 'm=audio 6000 RTP/AVP 0';

/** The lines with keys of the media that are chosen; undefined: none can be. */
const chosenKeys = (...media: readonly string[]) =>
  chooseMedia(description(...media))?.sdp.match(/^a=crypto:.*/gm) ?? [];

test.each([
  ['as RFC 4568 writes it', `AES_CM_128_HMAC_SHA1_80 inline:${key}`, key],
  ['with a lifetime', `AES_CM_128_HMAC_SHA1_80 inline:${key}|2^48`, key],
  ['with a lifetime and an MKI', `AES_CM_128_HMAC_SHA1_32 inline:${key}|1048576|1:4`, `${key}|1:4`],
  ['with an MKI alone', `AES_CM_128_HMAC_SHA1_32 inline:${key}|1:4`, `${key}|1:4`],
  ['without its padding', `AES_256_CM_HMAC_SHA1_80 inline:${longKey.replaceAll('=', '')}`, longKey],
  ['with parameters that change nothing', `AES_CM_128_HMAC_SHA1_80 inline:${key} WSH=64 KDR=0 -odd=1`, key],
  ['with blanks', `AES_CM_128_HMAC_SHA1_80 \t inline:${key}  `, key],
])('a key %s is used', (_what, rest, expected) => {
  expect(chosenKeys(secure, line(rest))).toEqual([expect.stringMatching(/^a=crypto:1 \w+ inline:/)]);
  expect(chosenKeys(secure, line(rest))[0]?.split('inline:')[1]).toBe(expected);
});

test.each([
  ['that encrypts nothing', `NULL_HMAC_SHA1_80 inline:${key}`],
  ['of a suite that is not known', `AES_CM_256_HMAC_SHA1_80 inline:${longKey}`],
  ['that is too short', `AES_CM_128_HMAC_SHA1_80 inline:${key.slice(4)}`],
  ['that is too long', `AES_CM_128_HMAC_SHA1_80 inline:${longKey}`],
  ['that is no base64', `AES_CM_128_HMAC_SHA1_80 inline:${'!'.repeat(40)}`],
  ['of which there are two', `AES_CM_128_HMAC_SHA1_80 inline:${key}|1:4;inline:${key}|2:4`],
  ['without encryption', `AES_CM_128_HMAC_SHA1_80 inline:${key} UNENCRYPTED_SRTP`],
  ['without encryption of RTCP', `AES_CM_128_HMAC_SHA1_80 inline:${key} UNENCRYPTED_SRTCP`],
  ['without authentication', `AES_CM_128_HMAC_SHA1_80 inline:${key} UNAUTHENTICATED_SRTP`],
  ['that is derived again and again', `AES_CM_128_HMAC_SHA1_80 inline:${key} KDR=1`],
  ['with a parameter that is not known', `AES_CM_128_HMAC_SHA1_80 inline:${key} ODD=1`],
  ['with an MKI of no length', `AES_CM_128_HMAC_SHA1_80 inline:${key}|1:0`],
  ['with an MKI that is too long', `AES_CM_128_HMAC_SHA1_80 inline:${key}|1:129`],
  ['elsewhere', 'AES_CM_128_HMAC_SHA1_80 uri:https://example.com/key'],
])('a key %s is not used, and the next one is', (_what, rest) => {
  expect(chooseMedia(description(secure, line(rest)))).toBeUndefined();
  expect(chosenKeys(secure, line(rest), good.replace(':1', ':2'))).toEqual([good.replace(':1', ':2')]);
});

test('of many keys the first one is used, and those after the sixteenth are not read', () => {
  expect(chosenKeys(secure, good, good.replace(':1', ':2'))).toEqual([good]);
  const bad = Array.from({ length: 16 }, () => line('NULL_HMAC_SHA1_80 inline:a'));
  expect(chooseMedia(description(secure, ...bad, good))).toBeUndefined();
});

test('media without encryption may have keys, which count if they can be used (OSRTP, RFC 8643)', () => {
  expect(chooseMedia(description(plain, good))).toMatchObject({ profile: 'RTP/AVP' });
  const chosen = chooseMedia(description(plain, line('NULL_HMAC_SHA1_80 inline:a')));
  expect(chosen).toEqual({ sdp: description(plain), profile: undefined, absent: [] });
});

test.each([
  ['SRTP, then RTP', [secure, good, plain], 'RTP/SAVP', { at: 1, line: 'm=audio 0 RTP/AVP 0' }],
  ['RTP, then SRTP', [plain, secure, good], 'RTP/SAVP', { at: 0, line: 'm=audio 0 RTP/AVP 0' }],
  ['SRTP without a usable key, then RTP', [secure, plain], undefined, { at: 0, line: 'm=audio 0 RTP/SAVP 0' }],
])('of %s one medium is used, and the other one is rejected in its place', (_what, media, profile, absent) => {
  const offer = description(...media);
  const chosen = chooseMedia(offer);
  expect(chosen).toMatchObject({ profile, absent: [absent] });
  expect(chosen?.sdp.match(/^m=.*/gm)).toHaveLength(1);
  const answer = withAbsent(description('m=audio 7000 RTP/X 0'), chosen?.absent ?? []);
  const ports = [...answer.matchAll(/^m=audio (\d+)/gm)].map(([, port]) => port);
  expect(ports).toEqual(absent.at === 0 ? ['0', '7000'] : ['7000', '0']);
  expect(withoutAbsent(answer, chosen?.absent ?? [])).toBe(description('m=audio 7000 RTP/X 0'));
  // It stays absent when it is rejected later.
  expect(chooseMedia(answer.replace('RTP/X', 'RTP/AVP'), chosen?.absent)?.sdp.match(/^m=.*/gm)).toHaveLength(1);
});

test('what is in clear beside audio with a key is not used', () => {
  const chosen = chooseMedia(description(secure, good, 'm=video 6002 RTP/AVP 96'));
  expect(chosen).toMatchObject({ profile: 'RTP/SAVP', absent: [{ at: 1, line: 'm=video 0 RTP/AVP 96' }] });
});

test('media of the same kind without keys stay byte for byte as they are', () => {
  for (const sdp of [description(plain, 'm=audio 6002 RTP/AVP 0'), description(plain).replaceAll('\r\n', '\n')])
    expect(chooseMedia(sdp)).toEqual({ sdp, profile: undefined, absent: [] });
});

test.each([
  [true, [plain]],
  [true, [secure]],
  [false, [secure, good]],
  [false, [plain, good]],
  [false, ['m=audio 0 RTP/AVP 0']],
  [false, ['m=audio 9 UDP/TLS/RTP/SAVPF 0', 'a=fingerprint:sha-256 A5:A5']],
  [false, ['m=image 4000 udptl t38']],
])('that media are in clear is %s of %j', (expected, media) => {
  expect(isInClear(description(...media))).toBe(expected);
});

test('what is stored has no keys, and shows that they are gone', () => {
  const stored = withoutKeys(description(secure, good, 'a=crypto:odd', 'k=clear:a', 'a=sendrecv'));
  expect(stored).toBe(description(secure, 'a=crypto:1 AES_CM_128_HMAC_SHA1_80', 'a=crypto:', 'a=sendrecv'));
  expect([stored, description(secure, good), description(plain)].map(lacksKeys)).toEqual([true, false, false]);
  expect(chooseMedia(stored)).toBeUndefined();
});

test('whatever a line with keys is, it is used as a whole or not at all, in time', () => {
  const part = fc.constantFrom(
    'inline:',
    key,
    '|',
    '2^20',
    ':',
    ' ',
    'KDR=0',
    'a=crypto:1 ',
    'AES_CM_128_HMAC_SHA1_80 ',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const found = chosenKeys(secure, `a=crypto:${parts.join('')}`);
      for (const each of found) expect(each).toMatch(/^a=crypto:\d+ \w+ inline:[A-Za-z0-9+/]+=*(?:\|\d+:\d+)?$/);
    }),
  );
  for (const text of ['|', ' ', 'A', '2^', '1:', '='])
    expect(chosenKeys(secure, line(`AES_CM_128_HMAC_SHA1_80 inline:${text.repeat(4_000)}`))).toEqual([]);
});

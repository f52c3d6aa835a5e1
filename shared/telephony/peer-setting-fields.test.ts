import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { errorOf } from '#test/support/errors.fixture.ts';
import {
  assertOwnCaller,
  assertSettings,
  peerSettingFields,
  presentSettings,
  settingsAfter,
} from './peer-setting-fields.ts';
import { settingsOf, type StoredPeerSettings } from './peer-settings.ts';

/** `VALIDATION_FAILED from_user username`: its code and all paths; undefined: it throws none. */
const failureOf = (work: () => unknown): string | undefined => {
  const error = errorOf(work);
  return error && [error.code, ...error.details.map(({ path }) => path)].join(' ');
};

const Wanted = z.object(peerSettingFields).partial();
const accepts = (field: string, value: unknown): boolean => Wanted.safeParse({ [field]: value }).success;

describe('a setting', () => {
  test.each<[string, readonly unknown[], readonly unknown[]]>([
    ['profile', ['generic', '3cx', null], ['verizon', '']],
    [
      'outbound_proxy',
      ['sbc.example', 'sbc.example:5070', '[2001:db8::1]:5061;transport=tls', '192.0.2.1;transport=tcp', null],
      [
        '',
        'sip:sbc.example',
        'sbc.example:0',
        'sbc.example;transport=ws',
        'sbc.example;lr',
        'a b',
        'sbc.example\r\nX: 1',
      ],
    ],
    ['did_source', [['to'], ['request_uri', 'diversion']], [[], ['to', 'to'], ['contact'], 'to']],
    ['caller_source', [['from']], [[], ['from', 'from'], ['to']]],
    ['from_domain', ['carrier.example', '192.0.2.1'], ['carrier.example:5060', 'a b', '']],
    ['stop_codes', [[], [400, 699]], [[399], [700], [404, 404], Array.from({ length: 17 }, (_each, at) => 400 + at)]],
    ['attempt_seconds', [1, 32], [0, 33, 1.5]],
    ['progress_seconds', [5, 180, null], [4, 181]],
    ['expires', [60, 86_400], [59, 86_401]],
    ['contact_user', ['+4989123', 'trunk_1', 'a.b-c'], ['', 'a b', 'a@b', 'a;b', 'a>b', 'a\r\n', 'x'.repeat(129)]],
  ])('%s has its bounds', (field, accepted, rejected) => {
    expect(accepted.filter((value) => !accepts(field, value))).toEqual([]);
    expect(rejected.filter((value) => accepts(field, value))).toEqual([]);
  });

  test('of headers has at most 8 names X-…, none of which is of the platform, and values of one line', () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_each, at) => [`X-${at}`, 'a']));
    const accepted = [{}, many(8), { 'x-account.id_1': 'a' }, { 'X-A': 'x'.repeat(256) }, { 'X-A': 'a <b>;c="d"' }];
    const rejected = [
      ...[many(9), { From: 'a' }, { 'X-': 'a' }, { 'X-A:': 'a' }, { 'X-A B': 'a' }, { [`X-${'a'.repeat(63)}`]: 'a' }],
      ...[{ 'X-A': 'a', 'x-a': 'b' }, { 'X-Verification-Token': 'a' }, { 'x-verification-token': 'a' }],
      ...['', ' ', 'a ', 'x'.repeat(257), 'a\r\nFrom: b', 'a\nb', 'a\u0000', 'ä'].map((value) => ({ 'X-A': value })),
    ];
    expect(accepted.filter((value) => !accepts('headers', value))).toEqual([]);
    expect(rejected.filter((value) => accepts('headers', value))).toEqual([]);
  });
});

describe('what is stored', () => {
  const before = { host: 'a.example', profile: 'sipgate', expires: 900, fax: 'audio' } as const;

  test('is what is set: a field of the request replaces it, null removes it, all others stay', () => {
    expect(settingsAfter(before, { expires: 300, fax: null, from_domain: null })).toEqual({
      profile: 'sipgate',
      expires: 300,
    });
    expect(settingsAfter({}, {})).toEqual({});
  });

  test('of a changed profile changes what is not set', () => {
    const after = settingsAfter(before, { profile: 'telekom_companyflex' });
    expect(settingsOf(after)).toMatchObject({ expires: 900, fax: 'audio', from_user: 'caller' });
    expect(settingsOf(settingsAfter(after, { expires: null })).expires).toBe(600);
    expect(settingsAfter(before, { profile: null })).not.toHaveProperty('profile');
  });

  test('is answered as it applies, which is accepted again', () => {
    const shown = presentSettings(before);
    expect(shown).toMatchObject({ profile: 'sipgate', expires: 900, from_user: 'username' });
    expect(settingsOf(settingsAfter({}, Wanted.parse(shown)))).toEqual(settingsOf(before));
  });
});

const configured = (more: object = {}) => ({ transport: 'udp', username: null, ...more }) as const;
const contradiction = (more: object): string | undefined => failureOf(() => assertSettings(configured(more)));

describe('settings that contradict each other', () => {
  const prefers = { media_encryption: 'prefer' } as const;

  test('are keys of SRTP without TLS, unless that is permitted', () => {
    const insecure = 'INSECURE_KEYS media_encryption transport';
    expect([prefers, { profile: 'teams' }].map(contradiction)).toEqual([insecure, insecure]);
    for (const fine of [{ transport: 'tls' }, { allow_clear_keys: true }, { media_encryption: 'none' }])
      expect(contradiction({ ...prefers, ...fine })).toBeUndefined();
  });

  test('are so by the transport of the proxy, which counts where there is one', () => {
    expect(contradiction({ ...prefers, outbound_proxy: 'sbc.example;transport=tls' })).toBeUndefined();
    expect(contradiction({ ...prefers, outbound_proxy: 'sbc.example' })).toBe(
      'INSECURE_KEYS media_encryption outbound_proxy',
    );
    expect(contradiction({ transport: 'tls', outbound_proxy: 'sbc.example;transport=udp' })).toBe(
      'VALIDATION_FAILED outbound_proxy',
    );
  });

  test('are a From of the user name without one', () => {
    expect(contradiction({ from_user: 'username' })).toBe('VALIDATION_FAILED username');
    expect(contradiction({ from_user: 'username', username: '1234567t0' })).toBeUndefined();
    expect(contradiction({ profile: 'sipgate' })).toBe('VALIDATION_FAILED username');
  });
});

test('a user name that reads as a number is in From only if the peer accepts numbers of others', () => {
  const ownCaller = (username: string, more: StoredPeerSettings = { from_user: 'username' }, foreign = false) =>
    failureOf(() => assertOwnCaller({ ...configured(), username, ...more }, { foreign_caller_id: foreign }));
  const numbers = ['+442071234567', '442071234567', '44 (20) 7123-4567', '+44', '+4420;ext=1', '0033123456789;a=b'];
  expect(new Set(numbers.map((number) => ownCaller(number)))).toEqual(
    new Set(['VALIDATION_FAILED from_user username foreign_caller_id']),
  );
  expect(['1234567t0', 'trunk', '123456', 'user+44'].filter((name) => ownCaller(name) !== undefined)).toEqual([]);
  expect(ownCaller('+44', {})).toBeUndefined();
  expect(ownCaller('+44', { from_user: 'username' }, true)).toBeUndefined();
});

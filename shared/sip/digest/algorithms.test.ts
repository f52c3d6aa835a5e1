import { expect, test } from 'vitest';
import { algorithmOf, digest, ha1, isSameDigest } from './algorithms.ts';

const mufasa = { username: 'Mufasa', realm: 'http-auth@example.org', password: 'Circle of Life' };
const first = {
  method: 'GET',
  uri: '/dir/index.html',
  nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
  qop: { count: '00000001', cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' },
};

test.each([
  ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
  ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
] as const)('the example of RFC 7616 §3.9.1 with %s', (algorithm, expected) => {
  expect(digest(algorithm, { ...first, ha1: ha1(algorithm, mufasa) })).toBe(expected);
});

test('the example of RFC 7616 §3.9.2 with SHA-512-256, as corrected by its erratum', () => {
  const secret = ha1('SHA-512-256', {
    username: 'J\u00e4s\u00f8n Doe',
    realm: 'api@example.org',
    password: 'Secret, or not?',
  });
  const qop = { count: '00000001', cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v' };
  expect(
    digest('SHA-512-256', {
      ha1: secret,
      method: 'GET',
      uri: '/doe.json',
      nonce: '5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK',
      qop,
    }),
  ).toBe('3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5');
});

test('the examples of RFC 2617 §3.5 with qop, and of RFC 2069 §2.4 (with its erratum) without qop', () => {
  const secret = ha1('MD5', { username: 'Mufasa', realm: 'testrealm@host.com', password: 'Circle Of Life' });
  const request = { ha1: secret, method: 'GET', uri: '/dir/index.html', nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093' };
  expect(digest('MD5', { ...request, qop: { count: '00000001', cnonce: '0a4f113b' } })).toBe(
    '6629fae49393a05397450978507c4ef1',
  );
  const elder = ha1('MD5', { username: 'Mufasa', realm: 'testrealm@host.com', password: 'CircleOfLife' });
  expect(digest('MD5', { ...request, ha1: elder, qop: undefined })).toBe('1949323746fe6a43ef61f9606e7febea');
});

test('an algorithm is found by its name in any case, MD5 without a name, and no session variant', () => {
  expect(['sha-256', 'SHA-512-256', undefined, 'MD5-sess', ''].map(algorithmOf)).toEqual([
    'SHA-256',
    'SHA-512-256',
    'MD5',
    undefined,
    undefined,
  ]);
});

test('digests are compared in any case; another length is different', () => {
  expect([isSameDigest('ab', 'AB'), isSameDigest('ab', 'ac'), isSameDigest('ab', 'abc')]).toEqual([true, false, false]);
});

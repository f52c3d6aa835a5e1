import { expect, test } from 'vitest';
import { ha1Of } from './ha1.ts';

test('HA1 of the example of RFC 7616 §3.9.1', () => {
  // HA1 of the example: MD5 and SHA-256 of "Mufasa:http-auth@example.org:Circle of Life".
  expect(ha1Of({ username: 'Mufasa', realm: 'http-auth@example.org', password: 'Circle of Life' })).toEqual({
    realm: 'http-auth@example.org',
    md5: '3d78807defe7de2157e2b0b6573a855f',
    sha256: '7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232',
  });
});

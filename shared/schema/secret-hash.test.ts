import { expect, test } from 'vitest';
import { sameHash, secretHash } from './secret-hash.ts';

test('a hash is the SHA-256 in hex (FIPS 180-4, "abc")', () => {
  expect(secretHash('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('hashes are equal only if their secrets are', () => {
  expect(sameHash(secretHash('a'), secretHash('a'))).toBe(true);
  expect(sameHash(secretHash('a'), secretHash('b'))).toBe(false);
});

import { expect, test } from 'vitest';
import { secretHash } from '#schema/secret-hash.ts';
import { rotateSecret, secretMatches } from './service-secret.ts';

const now = new Date('2026-11-20T10:00:00.000Z');
const at = (seconds: number): string => new Date(now.getTime() + seconds * 1_000).toISOString();

test('a secret matches only its own hash', () => {
  const credential = { secret: secretHash('sk_a') };
  expect([
    secretMatches(credential, 'sk_a', at(0)),
    secretMatches(credential, 'sk_b', at(0)),
    secretMatches(credential, secretHash('sk_a'), at(0)),
  ]).toEqual([true, false, false]);
});

test('an account without a secret matches no secret, not even the empty one', () => {
  expect([secretMatches(undefined, '', at(0)), secretMatches({}, '', at(0))]).toEqual([false, false]);
});

test('a rotated secret stays valid for its overlap; without one it ends at once', () => {
  const rotated = rotateSecret(secretHash('sk_old'), secretHash('sk_new'), { now, overlap: 60 });
  expect([
    secretMatches(rotated, 'sk_new', at(0)),
    secretMatches(rotated, 'sk_old', at(59)),
    secretMatches(rotated, 'sk_old', at(60)),
  ]).toEqual([true, true, false]);
  expect(rotateSecret(secretHash('sk_old'), 'x', { now, overlap: 0 })).toEqual({ secret: 'x' });
});

import { expect, test } from 'vitest';
import type { SigningKeyItem } from '../dynamodb/rows/user.ts';
import { signingKeyAt } from './signing-keys.ts';

const key = (generation: number, activeFrom: string): SigningKeyItem => ({
  generation, kid: `key ${generation}`, jwk: { kty: 'EC', crv: 'P-256', x: '', y: '' }, created_at: '2026-01-01T00:00:00.000Z', active_from: activeFrom,
});
const keys = [key(1, '2026-01-01T00:00:00.000Z'), key(3, '2026-03-01T00:00:00.000Z'), key(2, '2026-02-01T00:00:00.000Z')];
const signer = (at: string, of = keys): string | undefined => signingKeyAt(of, new Date(at))?.kid;

test('the newest active key signs, and the next one from its hour on', () => {
  expect([signer('2026-02-28T23:59:59.999Z'), signer('2026-03-01T00:00:00.000Z')]).toEqual(['key 2', 'key 3']);
});

test('where no key is active yet the oldest signs, as another clock may be ahead', () => {
  expect(signer('2025-12-31T23:59:59.000Z')).toBe('key 1');
  expect(signer('2026-01-01T00:00:00.000Z', [])).toBeUndefined();
});

import { expect, test } from 'vitest';
import { assertUsable, confirm } from './notice-address.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const expires = now.getTime() / 1_000 + 60;
const token = { token_hash: 'hash', org_id: 1_001, address: 'eve@example.com', expires_at: expires };
const asked = { address: 'eve@example.com', asked_at: now.toISOString(), confirmed_at: null, token_hash: 'hash' };

test('a link that is unknown or too old confirms nothing', () => {
  expect(assertUsable(token, now)).toBe(token);
  for (const unusable of [undefined, { ...token, expires_at: now.getTime() / 1_000 }])
    expect(() => assertUsable(unusable, now)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
});

test('an address is confirmed by the link that it was asked with, once', () => {
  const confirmed = confirm(asked, token, now);
  expect(confirmed).toEqual({ ...asked, confirmed_at: now.toISOString(), token_hash: null });
  for (const before of [confirmed, undefined, { ...asked, token_hash: 'another' }])
    expect(() => confirm(before, token, now)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
});

import { expect, test } from 'vitest';
import { confirm, linkedAddress, usableToken } from './notice-address.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const expires = now.getTime() / 1_000 + 60;
const token = { token_hash: 'hash', org_id: 1_001, address: 'eve@example.com', expires_at: expires };
const asked = { address: 'eve@example.com', asked_at: now.toISOString(), confirmed_at: null, token_hash: 'hash' };

test('a link that is unknown or too old is of no use', () => {
  expect(usableToken(token, now)).toBe(token);
  for (const unusable of [undefined, { ...token, expires_at: now.getTime() / 1_000 }])
    expect(usableToken(unusable, now)).toBeUndefined();
});

test('an address is confirmed by the link that it was asked with last', () => {
  expect(linkedAddress(asked, token)).toBe(asked);
  expect(confirm(asked, now)).toEqual({ ...asked, confirmed_at: now.toISOString(), token_hash: null });
  for (const other of [undefined, { ...asked, token_hash: 'another' }])
    expect(linkedAddress(other, token)).toBeUndefined();
});

test('a link to a confirmed address says so', () => {
  const confirmed = confirm(asked, now);
  expect(linkedAddress(confirmed, token)).toBe(confirmed);
});

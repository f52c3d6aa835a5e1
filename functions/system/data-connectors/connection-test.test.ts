import { expect, test } from 'vitest';
import { hasBroken, resultOf, statusOf, withRenewedToken, type LastTest } from './connection-test.ts';
import { at, stored } from './connector.fixture.ts';

const ok = { ok: true, latency_ms: 1, stage: 'query', error: null, tested_at: at } as const;
const failed = { ...ok, ok: false, error: 'HTTP 500' };
const last: LastTest = { id: stored.id, settings_version: 3, result: ok, sealed_token: 'renewed' };
const changed = { ...stored, settings_version: 4 };

test('a test holds for the settings that it tried', () => {
  expect([resultOf(stored, last), resultOf(changed, last), resultOf(stored, undefined)]).toEqual([ok, null, null]);
  expect([ok, failed, null].map(statusOf)).toEqual(['ok', 'failing', 'untested']);
});

test('a renewed refresh token takes the place of the stored one of the same settings', () => {
  expect(withRenewedToken(stored, last).sealed_secrets).toEqual({ token: 'renewed' });
  for (const none of [undefined, { ...last, sealed_token: null }, { ...last, settings_version: 2 }])
    expect(withRenewedToken(stored, none)).toBe(stored);
});

test('only a connection that worked breaks', () => {
  expect([hasBroken(ok, failed), hasBroken(failed, failed), hasBroken(null, failed), hasBroken(ok, ok)]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

import { expect, test } from 'vitest';
import { functionsOf } from '#test/support/functions.fixture.ts';
import { outcome } from '#test/system/tenant.fixture.ts';
import { emails } from './contract.ts';
import { emailHandler } from './handler.ts';

const functions = functionsOf([emails, emailHandler]);

test('a list covers at most 31 days, and an e-mail of another tenant is 404', async () => {
  const tenant = await functions.newTenant();
  for (const query of [
    'start=2026-01-01T00:00:00Z&end=2026-02-02T00:00:00Z',
    'start=2026-01-02T00:00:00Z&end=2026-01-01T00:00:00Z',
    'status=lost',
    'to=nobody',
  ])
    expect(outcome(await tenant.ask('GET', `/email?${query}`))).toBe('400 INVALID_PARAMETER');
  expect(outcome(await tenant.ask('GET', '/email?start=2026-01-01T00:00:00Z&end=2026-02-01T00:00:00Z'))).toBe('200');
  expect([
    outcome(await tenant.ask('GET', '/email/eml_none')),
    outcome(await tenant.ask('GET', '/email/ebatch_none')),
    outcome(await tenant.ask('GET', '/email/none')),
  ]).toEqual(['404 NOT_FOUND', '404 NOT_FOUND', '400 INVALID_ID']);
});

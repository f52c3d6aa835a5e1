import { expect, test } from 'vitest';
import { domainOf } from '../domains/domain.fixture.ts';
import { loseClaim } from './lost-claim.ts';

const now = '2026-11-21T10:00:00.000Z';

test('a claim that is lost is inactive and needs a new look-up', () => {
  const lost = { status: 'inactive', verified_at: null, version: 2 };
  expect(loseClaim(domainOf('a.example'), now)).toMatchObject(lost);
  expect(loseClaim(domainOf('a.example', { status: 'inactive', verified_at: now }), now)).toMatchObject(lost);
});

test('a claim that is lost already does not change, nor does an active domain', () => {
  expect(loseClaim(domainOf('a.example', { status: 'inactive' }), now)).toBeUndefined();
  expect(loseClaim(domainOf('a.example', { status: 'active', verified_at: now }), now)).toBeUndefined();
});

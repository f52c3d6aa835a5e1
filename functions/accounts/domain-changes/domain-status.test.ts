import fc from 'fast-check';
import { expect, test } from 'vitest';
import { day, hour, minute } from '#schema/time.ts';
import { domainOf } from '../domains/domain.fixture.ts';
import { emailStatusChange, loseClaim, nextPoll, withIdentity } from './domain-status.ts';

const now = '2026-11-21T10:00:00.000Z';
const verified = '2026-11-20T10:00:00.000Z';
const next = (age: number, status: 'pending' | 'verified' | 'failed' = 'pending'): number =>
  Date.parse(nextPoll(status, verified, Date.parse(verified) + age)) - Date.parse(verified);

test('a pending identity is read again after a minute at first and an hour at last, for four days', () => {
  expect([0, hour, 10 * hour, 3 * day].map((age) => next(age) / minute)).toEqual([1, 64, 608, 4_352]);
  const reads: number[] = [];
  for (let age = 0; age < 4 * day; age = next(age)) reads.push(age);
  expect(reads.length).toBeLessThan(160);
  expect(Math.max(...reads.slice(1).map((age, at) => age - (reads[at] ?? 0)))).toBe(64 * minute);
});

test('any other identity is read again once a day, at the time of day of its verification', () => {
  expect([next(hour, 'verified'), next(hour, 'failed')]).toEqual([day, day]);
  expect([next(4 * day), next(40.5 * day), next(40.5 * day, 'verified')]).toEqual([5 * day, 41 * day, 41 * day]);
  expect(nextPoll('verified', null, Date.parse(verified))).toBe('2026-11-21T00:00:00.000Z');
});

test('all messages until the next read name the same instant, which is later', () => {
  fc.assert(
    fc.property(
      fc.nat(10 * day),
      fc.constantFrom('pending', 'verified', 'failed'),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (age, status, share) => {
        const at = next(age, status);
        expect(at).toBeGreaterThan(age);
        // The steps become longer while an identity is young.
        if (status !== 'pending' || age >= 4 * day) expect(next(age + share * (at - age), status)).toBe(at);
      },
    ),
  );
});

test('a change of the state is recorded, not the first one', () => {
  const before = { ...domainOf('a.example'), email_status: 'verified' as const };
  expect(emailStatusChange(before, { ...before, email_status: 'failed' })).toMatchObject({ severity: 'warning' });
  expect(emailStatusChange({ ...before, email_status: 'pending' }, before)).toMatchObject({ severity: 'info' });
  expect(emailStatusChange({ ...before, email_status: null }, before)).toBeUndefined();
  expect(emailStatusChange(before, { ...before, dkim: [] })).toBeUndefined();
});

test('a domain changes only with the state of its identity', () => {
  const identity = { status: 'pending' as const, dkim: [{ name: 'a', value: 'b' }] };
  const after = withIdentity(domainOf('a.example'), identity);
  expect(after).toMatchObject({ email_status: 'pending', dkim: identity.dkim, version: 2 });
  expect(after === undefined ? 'unchanged' : withIdentity(after, identity)).toBeUndefined();
});

test('a claim that is lost is inactive and needs a new look-up', () => {
  const lost = { status: 'inactive', verified_at: null, version: 2 };
  expect(loseClaim(domainOf('a.example'), now)).toMatchObject(lost);
  expect(loseClaim(domainOf('a.example', { status: 'inactive', verified_at: now }), now)).toMatchObject(lost);
});

test('a claim that is lost already does not change, nor does an active domain', () => {
  expect(loseClaim(domainOf('a.example', { status: 'inactive' }), now)).toBeUndefined();
  expect(loseClaim(domainOf('a.example', { status: 'active', verified_at: now }), now)).toBeUndefined();
});

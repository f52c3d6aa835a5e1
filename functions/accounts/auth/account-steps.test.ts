import { expect, test } from 'vitest';
import { organizationOf, userOf } from '#test/support/people.fixture.ts';
import { isInOrganization, placeOfLogIn } from './account-steps.ts';

const organization = organizationOf(1001);
const account = { user: userOf('usr_1', {}), credential: undefined, organization };

test('a log-in that names no organization, or its own, is in it; an unknown account is in none', () => {
  expect([
    isInOrganization(account, undefined),
    isInOrganization(account, 1001),
    isInOrganization(account, 1002),
    isInOrganization(undefined, undefined),
  ]).toEqual([true, true, false, false]);
});

test('without networks every address is allowed; those of organization and user must both have it', () => {
  const now = new Date('2026-03-02T12:00:00Z');
  const limited = (ofOrganization: string[], ofUser: string[]) => ({
    ...account,
    user: userOf('usr_1', { access: { ...account.user.access, ip_whitelist: ofUser } }),
    organization: { ...organization, security: { ...organization.security, ip_whitelist: ofOrganization } },
  });
  const allows = (of: Parameters<typeof placeOfLogIn>[0], ip: string): boolean =>
    placeOfLogIn(of, { ip, now }).isAddressAllowed;
  expect([
    allows(account, '203.0.113.9'),
    allows(limited(['192.0.2.0/24'], []), '192.0.2.9'),
    allows(limited(['192.0.2.0/24'], []), '203.0.113.9'),
    allows(limited([], ['192.0.2.0/24']), '203.0.113.9'),
    allows(limited(['192.0.0.0/16'], ['192.0.2.0/24']), '192.0.2.9'),
    allows(limited(['192.0.0.0/16'], ['192.0.2.0/24']), '192.0.3.9'),
  ]).toEqual([true, true, false, false, true, false]);
});

test('a log-in is possible in the hours of the user only', () => {
  const hours = { timezone: 'UTC', windows: [{ days: ['mon'], start: '08:00', end: '18:00' }] } as const;
  const user = userOf('usr_1', { access: { ...account.user.access, hours } });
  const at = (now: string): boolean => placeOfLogIn({ ...account, user }, { ip: '::1', now: new Date(now) }).isInHours;
  expect([at('2026-03-02T08:00:00Z'), at('2026-03-02T18:00:00Z'), at('2026-03-03T12:00:00Z')]).toEqual([
    true,
    false,
    false,
  ]);
});

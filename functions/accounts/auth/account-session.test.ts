import { expect, test } from 'vitest';
import { organizationOf, userOf } from '../../../test/support/people.fixture.ts';
import { isAddressAllowed, isInOrganization } from './account-session.ts';

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

test('an organization without networks allows every address, one with networks only theirs', () => {
  const limited = {
    ...account,
    organization: { ...organization, security: { ...organization.security, ip_whitelist: ['192.0.2.0/24'] } },
  };
  expect([
    isAddressAllowed(account, '203.0.113.9'),
    isAddressAllowed(limited, '192.0.2.9'),
    isAddressAllowed(limited, '203.0.113.9'),
  ]).toEqual([true, true, false]);
});

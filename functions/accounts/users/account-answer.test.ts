import { expect, test } from 'vitest';
import { Account, presentAccount } from './account-answer.ts';
import { newUser } from './user.ts';

const organization = { org_id: 1001, timezone: 'Europe/Berlin' };
const ada = newUser({
  id: 'usr_1',
  username: 'ada',
  email: null,
  first_name: null,
  last_name: null,
  roles: ['admin'],
  must_change_password: false,
  now: '2026-11-20T10:00:00.000Z',
});

test("the default time zone is the organization's", () => {
  expect(presentAccount(ada, organization).timezone).toBe('Europe/Berlin');
  expect(presentAccount({ ...ada, timezone: 'UTC' }, organization).timezone).toBe('UTC');
});

test('an account is shown in the declared form', () => {
  const shown = presentAccount({ ...ada, roles_since: { admin: ada.created_at } }, organization);
  expect(Account.parse(shown)).toMatchObject({ id: 'usr_1', org_id: 'org_1001', roles: ['admin'] });
  expect(shown).not.toHaveProperty('roles_since');
});

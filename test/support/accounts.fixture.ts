import { createHash } from 'node:crypto';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { credentialRow, userClientRow, userRow, type UserItem } from '#dynamodb/rows/user.ts';
import { create } from '#dynamodb/write.ts';
import { newOrganization, NewOrganization } from '#functions/accounts/organizations/organization.ts';
import { createOrganizationWrites } from '#functions/accounts/rows/new-organization.ts';
import { createUserWrites } from '#functions/accounts/rows/user-writes.ts';
import { newUser } from '#functions/accounts/users/user.ts';
import { fastPasswords } from './people.fixture.ts';

/** Accounts as their resources make them, stored without the checks of their endpoints. */

const password = 'Quiet-Otter-Lantern-4';

export type AddedUser = { readonly organization: number; readonly user: UserItem; readonly password: string };

/** Stores an organization without the checks of its endpoint. */
export async function addOrganization(
  store: Store,
  number: number,
  more: Partial<OrganizationItem> = {},
): Promise<OrganizationItem> {
  const wanted = NewOrganization.parse({ name: `Organization ${number}`, country: 'US', timezone: 'UTC' });
  const operator = {
    org_id: 1000,
    type: 'operator',
    status: 'active',
    limits: { max_users: 0, max_devices: 0, max_trunks: 0, max_numbers: 0, max_concurrent_calls: 0, daily_spend: null },
  } as const;
  const organization: OrganizationItem = {
    ...newOrganization(wanted, operator, { number, pageKey: 'page-key', now: '2026-01-01T00:00:00.000Z' }),
    ...more,
  };
  await commit(store, number, createOrganizationWrites(organization, organization.name.toLowerCase()));
  return organization;
}

/** Stores a user with a password without the checks of its endpoint. */
export async function addUser(
  store: Store,
  username: string,
  { organization = 1000, roles = ['agent'], ...more }: Partial<UserItem> & { readonly organization?: number } = {},
): Promise<AddedUser> {
  const made = newUser({
    id: `usr_${username}`,
    username,
    email: null,
    first_name: null,
    last_name: null,
    roles,
    must_change_password: false,
    now: '2026-11-01T00:00:00.000Z',
  });
  const user: UserItem = { ...made, ...more };
  const credential = {
    user_id: user.id,
    password: await fastPasswords().hash(password),
    previous_passwords: [],
    version: 1,
  };
  await commit(store, organization, createUserWrites(user, credential, { organization, limit: 1_000 }));
  return { organization, user, password };
}

/** Stores a service account without the checks of its endpoint. */
export async function addService(
  store: Store,
  clientId: string,
  {
    organization = 1000,
    secret,
    ...more
  }: Partial<UserItem> & { readonly organization?: number; readonly secret: string },
): Promise<UserItem> {
  const made = newUser({
    id: `svc_${clientId}`,
    username: clientId,
    email: null,
    first_name: null,
    last_name: null,
    roles: ['ingest'],
    must_change_password: false,
    now: '2026-11-01T00:00:00.000Z',
  });
  const user: UserItem = { ...made, ...more, type: 'service', client_id: clientId };
  await commit(store, organization, [
    create(userRow, user),
    create(userClientRow, { client_id: clientId, user_id: user.id, org_id: organization }),
    create(credentialRow, {
      user_id: user.id,
      secret: createHash('sha256').update(secret).digest('hex'),
      previous_passwords: [],
      version: 1,
    }),
  ]);
  return user;
}

import { createHash } from 'node:crypto';
import { SignJWT } from 'jose';
import { monotonicFactory } from 'ulid';
import { newOrganization, NewOrganization } from '#functions/accounts/organizations/organization.ts';
import { createOrganizationWrites } from '#functions/accounts/rows/new-organization.ts';
import { createUserWrites } from '#functions/accounts/rows/user-writes.ts';
import { newUser } from '#functions/accounts/users/user.ts';
import { scopes, type Scope } from '#contract/scopes.ts';
import { scryptPasswords } from '#credentials/password-hash.ts';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { organizationRow, type OrganizationItem } from '#dynamodb/rows/organization.ts';
import {
  credentialRow,
  sessionRow,
  signingKeyRow,
  userClientRow,
  userRow,
  type SessionItem,
  type UserItem,
} from '#dynamodb/rows/user.ts';
import { create, overwrite } from '#dynamodb/write.ts';
import type { Caller } from '#http/admission/caller.ts';
import { builtInRolesOf, effectiveRights } from '#http/authorization/permissions.ts';
import { noon } from './dependencies.fixture.ts';
import { claimsOf, keyPair, publishedKey } from './tokens.fixture.ts';

/**
 * Organizations, users and sessions, stored without the checks of their endpoints. `tenantsIn` signs users in without
 * passwords; `addUser` stores one whose password is hashed.
 */

/** Hashes a hundred thousand times as fast as the production parameters. */
export const fastPasswords = () => scryptPasswords({ ln: 4, r: 8, p: 1 });

const seconds = Math.floor(noon.getTime() / 1_000);

export const organizationOf = (number: number, more: Partial<OrganizationItem> = {}): OrganizationItem => ({
  org_id: number,
  name: `Organization ${number}`,
  type: number === 1000 ? 'operator' : 'customer',
  parent_id: number === 1000 ? null : 1000,
  status: 'active',
  country: 'US',
  timezone: 'UTC',
  address: {},
  contacts: {},
  limits: {
    max_users: 100,
    max_devices: 100,
    max_trunks: 100,
    max_numbers: 100,
    max_concurrent_calls: 100,
    daily_spend: null,
  },
  security: { require_2fa: false, password_rotation_days: 0, session_ttl_max: 86_400, ip_whitelist: [] },
  retention: { cdr_days: 90, log_days: 90 },
  settings: {},
  permission_epoch: 1,
  page_key: `page key of ${number}`,
  charge_shards: 1,
  created_at: noon.toISOString(),
  updated_at: noon.toISOString(),
  version: 1,
  ...more,
});

export const callerOf = (organization: number, more: Partial<Caller> = {}): Caller => ({
  id: `usr_${organization}`,
  type: 'user',
  username: `user of ${organization}`,
  email: null,
  organization,
  reach: 'own',
  roles: ['admin'],
  scopes: new Set(scopes),
  ownOnly: new Set(),
  credential: { kind: 'session', id: `ses_${organization}`, expiresAt: seconds + 3_600 },
  sessionEpoch: 1,
  mustChangePassword: false,
  twoFactor: false,
  pageKey: `page key of ${organization}`,
  ...more,
});

export const userOf = (id: string, more: Partial<UserItem>): UserItem => ({
  id,
  type: 'user',
  username: id,
  email: null,
  first_name: null,
  last_name: null,
  display_name: id,
  extension: null,
  direct_number: null,
  mobile: null,
  status: 'active',
  roles: ['admin'],
  permissions: {},
  groups: [],
  timezone: null,
  language: 'en',
  two_factor_enabled: false,
  must_change_password: false,
  password_changed_at: null,
  last_login_at: null,
  log_ins: 0,
  access: { web_portal: true, mobile_app: true, api_access: true, softphone: true, max_sessions: 5 },
  session_epoch: 1,
  created_at: noon.toISOString(),
  updated_at: noon.toISOString(),
  version: 1,
  ...more,
});

const sessionOf = (id: string, user: UserItem, more: Partial<SessionItem>): SessionItem => ({
  id,
  user_id: user.id,
  client: 'api',
  ip: '192.0.2.7',
  user_agent: 'test',
  scopes: [...scopes],
  own_only: [],
  reach: effectiveRights({ roles: builtInRolesOf(user.roles), granted: [], denied: [] }).reach,
  permission_epoch: 1,
  session_epoch: 1,
  created_at: noon.toISOString(),
  last_seen_at: noon.toISOString(),
  expires_at: seconds + 3_600,
  ...more,
});

type Person = {
  readonly organization?: Partial<OrganizationItem>;
  readonly user?: Partial<UserItem>;
  readonly session?: Partial<SessionItem> & { readonly scopes?: readonly Scope[] };
};

/** Signs users in; each call of `join` stores an organization, a user and a session. */
export type Tenants = {
  /** @returns the bearer token of a new user */
  readonly join: (organization: number, person?: Person) => Promise<string>;
};

export async function tenantsIn(store: Store): Promise<Tenants> {
  const ulid = monotonicFactory();
  const pair = await keyPair('key-1');
  await commit(store, 0, [overwrite(signingKeyRow, publishedKey(pair))]);
  return {
    join: async (organization, person = {}) => {
      const user = userOf(`usr_${ulid()}`, person.user ?? {});
      const session = sessionOf(`ses_${ulid()}`, user, person.session ?? {});
      await commit(store, organization, [
        overwrite(organizationRow, organizationOf(organization, person.organization)),
        overwrite(userRow, user),
        overwrite(sessionRow, session),
      ]);
      return new SignJWT(claimsOf(organization, user.id, session.id))
        .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: pair.kid })
        .sign(pair.privateKey);
    },
  };
}

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

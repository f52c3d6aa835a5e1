import { SignJWT } from 'jose';
import { monotonicFactory } from 'ulid';
import { scopes, type Scope } from '#contract/scopes.ts';
import { scryptPasswords } from '#credentials/password-hash.ts';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { organizationRow, type OrganizationItem } from '#dynamodb/rows/organization.ts';
import { sessionRow, signingKeyRow, userRow, type SessionItem, type UserItem } from '#dynamodb/rows/user.ts';
import { overwrite } from '#dynamodb/write.ts';
import type { Caller } from '#http/authorization/caller.ts';
import { builtInRolesOf, effectiveRights } from '#http/authorization/permissions.ts';
import { noon } from './dependencies.fixture.ts';
import { claimsOf, keyPair, publishedKey } from './tokens.fixture.ts';

/**
 * Organizations, users and sessions, stored without the checks of their endpoints. `tenantsIn` signs users in without
 * passwords. Most handler tests load this file, so it loads no resource: what needs the rules of users and
 * organizations is in `accounts.fixture.ts`.
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
  /** @returns the bearer token of a user that is stored, whose session has the rights of the user's built-in roles */
  readonly signIn: (organization: number, user: UserItem) => Promise<string>;
};

export async function tenantsIn(store: Store): Promise<Tenants> {
  const ulid = monotonicFactory();
  const pair = await keyPair('key-1');
  await commit(store, 0, [overwrite(signingKeyRow, publishedKey(pair))]);
  const sign = (organization: number, user: string, session: string): Promise<string> =>
    new SignJWT(claimsOf(organization, user, session))
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: pair.kid })
      .sign(pair.privateKey);
  return {
    signIn: async (organization, user) => {
      const granted = effectiveRights({ roles: builtInRolesOf(user.roles), granted: [], denied: [] });
      const session = sessionOf(`ses_${ulid()}`, user, { scopes: granted.scopes, own_only: granted.ownOnly });
      await commit(store, organization, [overwrite(sessionRow, { ...session, session_epoch: user.session_epoch })]);
      return sign(organization, user.id, session.id);
    },
    join: async (organization, person = {}) => {
      const user = userOf(`usr_${ulid()}`, person.user ?? {});
      const session = sessionOf(`ses_${ulid()}`, user, person.session ?? {});
      await commit(store, organization, [
        overwrite(organizationRow, organizationOf(organization, person.organization)),
        overwrite(userRow, user),
        overwrite(sessionRow, session),
      ]);
      return sign(organization, user.id, session.id);
    },
  };
}

import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { credentialUseRow } from '../../../shared/dynamodb/rows/access-key.ts';
import { readToEnd } from '../../../shared/dynamodb/read-to-end.ts';
import { readPage, type PageRequest } from '../../../shared/dynamodb/page.ts';
import { organizationRow, counterRow, type OrganizationItem } from '../../../shared/dynamodb/rows/organization.ts';
import { clearFailures, nameLockoutRow, networkLockoutRow, type LockoutItems } from '../rows/lockout.ts';
import { createOrganizationWrites } from '../rows/new-organization.ts';
import { createUserWrites } from '../rows/new-user.ts';
import {
  credentialRow,
  sessionRow,
  userClientRow,
  usernameRow,
  userRow,
  type CredentialItem,
  type SessionItem,
  type UserItem,
} from '../../../shared/dynamodb/rows/user.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { change, create, remove, replace, inOrganization, type Write } from '../../../shared/dynamodb/write.ts';
import type { BillingProfile } from '../../billing/billing-profiles/billing-profile.ts';
import { billingProfileRow, firstClosingWrite } from '../../billing/billing-profiles/row.ts';
import type { auth } from './contract.ts';
import { afterSuccess, placeOf, type Attempt } from './lockout.ts';

type TableOf = (organization: number) => Table<ReadName<EffectOf<typeof auth>>>;

/** An account that may log in: user, secrets and organization, as read. */
export type Account = {
  readonly user: UserItem;
  readonly credential: CredentialItem | undefined;
  readonly organization: OrganizationItem;
};

type AccountKey = { readonly user_id: string; readonly org_id: number };

/** Read for an unknown name, which must take as long as a known one. */
const unknownAccount: AccountKey = { user_id: 'usr_unknown', org_id: 1000 };

export const accountStore = (tableOf: TableOf) => {
  const accountOf = async (key: AccountKey | undefined): Promise<Account | undefined> => {
    const { user_id: id, org_id: org } = key ?? unknownAccount;
    const table = tableOf(org);
    // First: a session must not carry a newer permission epoch than the rights it was computed from.
    const organization = await table.get(organizationRow, {});
    const [user, credential] = await Promise.all([
      table.get(userRow, { id }),
      table.get(credentialRow, { user_id: id }),
    ]);
    const exists =
      key !== undefined && user !== undefined && organization !== undefined && organization.status !== 'closed';
    return exists ? { user, credential, organization } : undefined;
  };
  return {
    /**
     * The account of a folded username, and the failed log-ins of that name from its network. Markers with a `#` are
     * those of service accounts (rows/user-markers.ts): no log-in of a person finds them.
     */
    byUsername: async ({
      username,
      network,
    }: Pick<Attempt, 'username' | 'network'>): Promise<{
      readonly account: Account | undefined;
      readonly lockouts: LockoutItems;
    }> => {
      const table = tableOf(0);
      const [ofName, ofNetwork, key] = await Promise.all([
        table.get(nameLockoutRow, { username }),
        table.get(networkLockoutRow, { username, network }),
        table.get(usernameRow, { username }),
      ]);
      const account = await accountOf(username.includes('#') ? undefined : key);
      return { account, lockouts: { name: ofName, network: ofNetwork } };
    },
    byClientId: async (clientId: string): Promise<Account | undefined> =>
      accountOf(await tableOf(0).get(userClientRow, { client_id: clientId })),
    organization: (organization: number) => tableOf(organization).get(organizationRow, {}),
  };
};

type Owner = { readonly organization: number; readonly user: string };

/** Sessions of one user. */
export const sessionStore = (tableOf: TableOf, { organization, user }: Owner) => {
  const table = tableOf(organization);
  const partition = { user_id: user };
  return {
    /** The user's session epoch: sessions of an earlier one are over. */
    epoch: async (): Promise<number> => (await table.get(userRow, { id: user }))?.session_epoch ?? 0,
    get: (id: string) => table.get(sessionRow, { ...partition, id }),
    page: (request: PageRequest, keep: (session: SessionItem) => boolean) =>
      readPage<SessionItem>(request, { read: (range) => table.query(sessionRow, partition, range), keep }),
    /** Times of the last use (ISO 8601), in the order of the sessions. */
    lastUses: async (sessions: readonly SessionItem[]): Promise<(string | undefined)[]> =>
      (
        await table.getAll(
          credentialUseRow,
          sessions.map(({ user_id, id }) => ({ user_id, id })),
        )
      ).map((use) => use?.used_at),
    /** All sessions, dead ones that still exist included. */
    all: (): Promise<SessionItem[]> =>
      readToEnd((after) => table.query<'session', SessionItem, { user_id: string }>(sessionRow, partition, after)),
  };
};

export type LogIn = {
  readonly session: SessionItem;
  /** Sessions that the new one replaces. */
  readonly ended: readonly SessionItem[];
  readonly mustChangePassword: boolean;
  /** The folded name that was given, its network, and its failed log-ins as read. */
  readonly attempt: Attempt;
  readonly lockouts: LockoutItems;
  /** The password with the current cost, if the stored hash has another one. */
  readonly newHash: string | undefined;
};

/** Creates a session and ends those that it replaces. Parallel log-ins of one user conflict, so each sees the other. */
export const logInWrites = (account: Account, logIn: LogIn): Write<'session' | 'user' | 'lockout' | 'credential'>[] => {
  const { user, organization } = account;
  const { session, ended, mustChangePassword, attempt, lockouts, newHash } = logIn;
  return [
    ...inOrganization(organization.org_id, [
      create(sessionRow, session),
      ...ended.map((each) => remove(sessionRow, each)),
      change(userRow, user, {
        set: { last_login_at: session.created_at, must_change_password: mustChangePassword },
        add: { log_ins: 1 },
        onlyIf: {
          expression: '#before = :before',
          names: { '#before': 'log_ins' },
          values: { ':before': user.log_ins },
        },
      }),
    ]),
    ...clearFailures(placeOf(attempt, lockouts), lockouts, afterSuccess(lockouts, attempt, true)),
    ...(newHash === undefined ? [] : rehashWrites(account, newHash)),
  ];
};

/** Creates a service account's session. Its workers log in in parallel: log-ins do not conflict and end no session. */
export const serviceLogInWrites = (
  { user, organization }: Account,
  session: SessionItem,
): Write<'session' | 'user'>[] =>
  inOrganization(organization.org_id, [
    create(sessionRow, session),
    change(userRow, user, {
      set: { last_login_at: session.created_at },
      add: { log_ins: 1 },
      onlyIf: { expression: 'attribute_exists(PK)' },
    }),
  ]);

/** Replaces the hash of the same password. */
const rehashWrites = ({ credential, organization }: Account, password: string): Write<'credential'>[] =>
  credential === undefined
    ? []
    : inOrganization(organization.org_id, [
        replace(credentialRow, { ...credential, password, version: credential.version + 1 }, credential),
      ]);

/** Ends one session. */
export const logOutWrites = ({ organization, user }: Owner, session: string): Write<'session'>[] =>
  inOrganization(organization, [remove(sessionRow, { user_id: user, id: session })]);

/** Ends all sessions of a user by a new session epoch, however many they are. */
export const logOutEverywhereWrites = ({ organization, user }: Owner): Write<'user'>[] =>
  inOrganization(organization, [
    change(userRow, { id: user }, { add: { session_epoch: 1 }, onlyIf: { expression: 'attribute_exists(PK)' } }),
  ]);

type Operator = {
  readonly organization: OrganizationItem;
  readonly user: UserItem;
  readonly profile: BillingProfile;
  /** PHC string. */
  readonly password: string;
};

/** The operator with its administrator; the counter of organizations starts at its number. */
export const operatorWrites = ({ organization, user, profile, password }: Operator) =>
  inOrganization(organization.org_id, [
    ...createOrganizationWrites(organization, organization.name.toLowerCase()),
    create(billingProfileRow, { ...profile, parent: null }),
    firstClosingWrite(profile),
    create(counterRow, { name: 'organization', value: organization.org_id }),
    ...createUserWrites(
      user,
      { user_id: user.id, password, previous_passwords: [], version: 1 },
      { organization: organization.org_id, limit: organization.limits.max_users },
    ),
  ]);

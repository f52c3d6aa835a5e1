import type { Lockouts } from '../schema/lockout.ts';
import { isServiceMarker } from '../schema/username.ts';
import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { credentialUseRow } from '#dynamodb/rows/access-key.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { challengeRow, type ChallengeItem } from '#dynamodb/rows/challenge.ts';
import { tempTokenRow } from '#dynamodb/rows/temp-token.ts';
import { counterRow, organizationRow, type OrganizationItem } from '#dynamodb/rows/organization.ts';
import {
  credentialRow,
  sessionRow,
  userClientRow,
  usernameRow,
  userRow,
  type CredentialItem,
  type SessionItem,
  type UserItem,
} from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { change, create, inOrganization, remove, replace, type Write } from '#dynamodb/write.ts';
import { clearFailures, nameLockoutRow, networkLockoutRow } from '../rows/lockout.ts';
import { createOrganizationWrites } from '../rows/new-organization.ts';
import { newSessionWrites, type NewSession } from '../rows/new-session.ts';
import { createUserWrites } from '../rows/user-writes.ts';
import type { BillingProfile } from '../../billing/schema/billing-profile.ts';
import { billingProfileRow, firstClosingWrite } from '../../billing/rows/billing-profile.ts';
import type { auth } from './contract.ts';
import { afterSuccess, originOf, type Attempt } from '../schema/lockout-rules.ts';

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

const accountIn = async (tableOf: TableOf, key: AccountKey | undefined): Promise<Account | undefined> => {
  const { user_id: id, org_id: org } = key ?? unknownAccount;
  const table = tableOf(org);
  // First: a session must not carry a newer permission epoch than the rights it was computed from.
  const organization = await table.get(organizationRow, {});
  const [user, credential] = await Promise.all([table.get(userRow, { id }), table.get(credentialRow, { user_id: id })]);
  const exists =
    key !== undefined && user !== undefined && organization !== undefined && organization.status !== 'closed';
  return exists ? { user, credential, organization } : undefined;
};

const lockoutsIn = async (tableOf: TableOf, attempt: Pick<Attempt, 'username' | 'network'>): Promise<Lockouts> => {
  const table = tableOf(0);
  const [name, network] = await Promise.all([
    table.get(nameLockoutRow, attempt),
    table.get(networkLockoutRow, attempt),
  ]);
  return { name, network };
};

export const accountStore = (tableOf: TableOf) => {
  return {
    /** The account of a folded username. No log-in of a person finds a service account. */
    byUsername: async (username: string): Promise<Account | undefined> => {
      const key = await tableOf(0).get(usernameRow, { username });
      return accountIn(tableOf, isServiceMarker(username) ? undefined : key);
    },
    /** The failed log-ins of a folded username from a network, and from anywhere. */
    lockouts: (attempt: Pick<Attempt, 'username' | 'network'>) => lockoutsIn(tableOf, attempt),
    /** A pending log-in, its account, and the failed log-ins of its name from the network. */
    byChallenge: async (hash: string, network: string) => {
      const challenge = await tableOf(0).get(challengeRow, { hash });
      if (challenge === undefined) return undefined;
      const { username, user_id, org_id } = challenge;
      const [account, lockouts] = await Promise.all([
        accountIn(tableOf, { user_id, org_id }),
        lockoutsIn(tableOf, { username, network }),
      ]);
      return account === undefined ? undefined : { challenge, account, lockouts };
    },
    byClientId: async (clientId: string): Promise<Account | undefined> =>
      accountIn(tableOf, await tableOf(0).get(userClientRow, { client_id: clientId })),
    organization: (organization: number) => tableOf(organization).get(organizationRow, {}),
    user: ({ organization, id }: { readonly organization: number; readonly id: string }) =>
      tableOf(organization).get(userRow, { id }),
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

type LogIn = NewSession & {
  /** The folded name that was given, its network, and its failed log-ins as read. */
  readonly attempt: Attempt;
  readonly lockouts: Lockouts;
  /** The secrets, if the log-in changes them: a hash of the current cost, a code that was used. */
  readonly credential: CredentialItem | undefined;
  /** The pending log-in that it completes. */
  readonly challenge: ChallengeItem | undefined;
};

/** A person logs in. Parallel log-ins of one user conflict, so each sees the other. */
export const logInWrites = (
  account: Account,
  { attempt, lockouts, credential, challenge, ...opened }: LogIn,
): Write<'session' | 'user' | 'lockout' | 'credential' | 'challenge'>[] => [
  ...newSessionWrites(account, opened),
  ...clearFailures(originOf(attempt, lockouts), lockouts, afterSuccess(lockouts, attempt, true)),
  ...(credential === undefined || account.credential === undefined
    ? []
    : inOrganization(account.organization.org_id, [replace(credentialRow, credential, account.credential)])),
  ...(challenge === undefined ? [] : [remove(challengeRow, challenge, challenge)]),
];

/** A wrong code: the pending log-in counts it, or ends. */
export const wrongCodeWrites = (
  read: ChallengeItem | undefined,
  after: ChallengeItem | undefined,
): Write<'challenge'>[] => {
  if (read === undefined) return [];
  return [after === undefined ? remove(challengeRow, read, read) : replace(challengeRow, after, read)];
};

/** A log-in starts to wait for its second factor. */
export const challengeWrites = (challenge: ChallengeItem): Write<'challenge'>[] => [create(challengeRow, challenge)];

/** Creates a service account's session. Its workers log in in parallel: log-ins do not conflict and end no session. */
export const serviceLogInWrites = (
  { user, organization }: Account,
  session: SessionItem,
): Write<'session' | 'user'>[] =>
  inOrganization(organization.org_id, [
    create(sessionRow, session),
    change(userRow, user, {
      set: { last_login_at: session.created_at, last_login_ip: session.ip },
      add: { log_ins: 1 },
      onlyIf: { expression: 'attribute_exists(PK)' },
    }),
  ]);

/** Ends one session. */
export const logOutWrites = ({ organization, user }: Owner, session: string): Write<'session'>[] =>
  inOrganization(organization, [remove(sessionRow, { user_id: user, id: session })]);

/** Ends a temporary token. @param hash of the token */
export const endTokenWrites = (hash: string): Write<'temptoken'>[] => [remove(tempTokenRow, { hash })];

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

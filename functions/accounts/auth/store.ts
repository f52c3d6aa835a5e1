import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { credentialUseRow } from '../../../shared/dynamodb/rows/access-key.ts';
import { readPage, type PageRequest } from '../../../shared/dynamodb/page.ts';
import { organizationRow, counterRow, type OrganizationItem } from '../../../shared/dynamodb/rows/organization.ts';
import { lockoutRow, type LockoutItem } from '../rows/lockout.ts';
import { organizationCreation } from '../rows/new-organization.ts';
import { userCreation } from '../rows/new-user.ts';
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
import { change, create, remove, replace, within, type Write } from '../../../shared/dynamodb/write.ts';
import type { BillingProfile } from '../../billing/billing-profiles/billing-profile.ts';
import { billingProfileRow, firstClosing } from '../../billing/billing-profiles/row.ts';
import type { auth } from './contract.ts';

type TableOf = (organization: number) => Table<ReadName<EffectOf<typeof auth>>>;

/** Somebody who may log in: account, secrets and organization, as they are just now. */
export type Account = {
  readonly user: UserItem;
  readonly credential: CredentialItem | undefined;
  readonly organization: OrganizationItem;
};

type Found = { readonly user_id: string; readonly org_id: number };

/** Where nobody is found the same is read, so that an unknown name takes as long as a known one. */
const nobody: Found = { user_id: 'usr_nobody', org_id: 1000 };

export const accountStore = (tableOf: TableOf) => {
  const accountOf = async (found: Found | undefined): Promise<Account | undefined> => {
    const { user_id: id, org_id: org } = found ?? nobody;
    const table = tableOf(org);
    // First, so that a session is never of a newer permission epoch than the rights that it was given by.
    const organization = await table.get(organizationRow, {});
    const [user, credential] = await Promise.all([
      table.get(userRow, { id }),
      table.get(credentialRow, { user_id: id }),
    ]);
    const exists =
      found !== undefined && user !== undefined && organization !== undefined && organization.status !== 'closed';
    return exists ? { user, credential, organization } : undefined;
  };
  return {
    /** Who has the (folded) username, and how often the name failed. */
    byUsername: async (
      username: string,
    ): Promise<{ readonly account: Account | undefined; readonly lockout: LockoutItem | undefined }> => {
      const [lockout, found] = await Promise.all([
        tableOf(0).get(lockoutRow, { username }),
        tableOf(0).get(usernameRow, { username }),
      ]);
      return { account: await accountOf(found), lockout };
    },
    byClientId: async (clientId: string): Promise<Account | undefined> =>
      accountOf(await tableOf(0).get(userClientRow, { client_id: clientId })),
    organization: (organization: number) => tableOf(organization).get(organizationRow, {}),
    sessionEpoch: async (organization: number, id: string): Promise<number> =>
      (await tableOf(organization).get(userRow, { id }))?.session_epoch ?? 0,
    session: (organization: number, userId: string, id: string) =>
      tableOf(organization).get(sessionRow, { user_id: userId, id }),
    sessionPage: (
      organization: number,
      userId: string,
      request: PageRequest,
      keep: (session: SessionItem) => boolean,
    ) =>
      readPage<SessionItem>(request, {
        read: (range) => tableOf(organization).query(sessionRow, { user_id: userId }, range),
        keep,
      }),
    /** When sessions were last used, in their order. */
    lastUses: async (organization: number, sessions: readonly SessionItem[]): Promise<(string | undefined)[]> =>
      (
        await tableOf(organization).getAll(
          credentialUseRow,
          sessions.map(({ user_id, id }) => ({ user_id, id })),
        )
      ).map((use) => use?.used_at),
    /** All of a user's, dead ones that nobody has removed yet among them. */
    sessions: async (organization: number, userId: string): Promise<SessionItem[]> => {
      const sessions: SessionItem[] = [];
      let after: string | undefined;
      do {
        const slice = await tableOf(organization).query<'session', SessionItem, { user_id: string }>(
          sessionRow,
          { user_id: userId },
          after === undefined ? {} : { after },
        );
        sessions.push(...slice.items);
        after = slice.cursor;
      } while (after !== undefined);
      return sessions;
    },
  };
};

export type LogIn = {
  readonly session: SessionItem;
  readonly ended: readonly SessionItem[];
  readonly mustChangePassword: boolean;
};

/** A session, and the end of those that it drives out. Two log-ins of one user are judged one after the other. */
export const logIn = (
  { user, organization }: Account,
  { session, ended, mustChangePassword }: LogIn,
): Write<'session' | 'user'>[] =>
  within(organization.org_id, [
    create(sessionRow, session),
    ...ended.map((each) => remove(sessionRow, each)),
    change(userRow, user, {
      set: { last_login_at: session.created_at, must_change_password: mustChangePassword },
      add: { log_ins: 1 },
      onlyIf: { expression: '#before = :before', names: { '#before': 'log_ins' }, values: { ':before': user.log_ins } },
    }),
  ]);

/** A service's many workers log in at once: none waits for another, and none drives another out. */
export const logInOfService = ({ user, organization }: Account, session: SessionItem): Write<'session' | 'user'>[] =>
  within(organization.org_id, [
    create(sessionRow, session),
    change(userRow, user, {
      set: { last_login_at: session.created_at },
      add: { log_ins: 1 },
      onlyIf: { expression: 'attribute_exists(PK)' },
    }),
  ]);

/** The credential with its password hashed anew. */
export const rehashed = ({ credential, organization }: Account, password: string): Write<'credential'>[] =>
  credential === undefined
    ? []
    : within(organization.org_id, [
        replace(credentialRow, { ...credential, password, version: credential.version + 1 }, credential),
      ]);

type Owner = { readonly organization: number; readonly user: string };

export const logOut = ({ organization, user }: Owner, session: string): Write<'session'>[] =>
  within(organization, [remove(sessionRow, { user_id: user, id: session })]);

/** All sessions of a user end at once by a new epoch, however many there are. */
export const logOutEverywhere = ({ organization, user }: Owner): Write<'user'>[] =>
  within(organization, [
    change(userRow, { id: user }, { add: { session_epoch: 1 }, onlyIf: { expression: 'attribute_exists(PK)' } }),
  ]);

type Operator = {
  readonly organization: OrganizationItem;
  readonly user: UserItem;
  readonly profile: BillingProfile;
  readonly password: string;
};

/** The operator with its administrator; numbers of organizations go on from its own. */
export const operatorCreation = ({ organization, user, profile, password }: Operator) =>
  within(organization.org_id, [
    ...organizationCreation(organization, organization.name.toLowerCase()),
    create(billingProfileRow, { ...profile, parent: null }),
    firstClosing(profile),
    create(counterRow, { name: 'organization', value: organization.org_id }),
    ...userCreation(
      user,
      { user_id: user.id, password, previous_passwords: [], version: 1 },
      { organization: organization.org_id, limit: organization.limits.max_users },
    ),
  ]);

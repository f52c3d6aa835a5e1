import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import type { PageRequest } from '#dynamodb/page.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import {
  credentialRow,
  sessionRow,
  userEmailRow,
  userRow,
  type CredentialItem,
  type SessionItem,
  type UserItem,
} from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { inOrganization, remove, replace, type Write } from '#dynamodb/write.ts';
import { omit } from '#schema/omit.ts';
import { nameLockoutRow } from '../rows/lockout.ts';
import { readAccountsByTime } from '../rows/users-by-time.ts';
import type { clientAccess } from './contract.ts';

type AccessTable = Table<ReadName<EffectOf<typeof clientAccess>>>;

/** @param table of the organization @param platform rows of no organization */
export const accessStore = (table: AccessTable, platform: AccessTable) => ({
  organization: () => table.get(organizationRow, {}),
  /** The account of an id or of an e-mail address in lower case; a contact's address is no account's. */
  user: async (name: string): Promise<UserItem | undefined> => {
    const id = name.includes('@') ? (await table.get(userEmailRow, { email: name }))?.owner : name;
    return id === undefined ? undefined : table.get(userRow, { id });
  },
  credential: (id: string) => table.get(credentialRow, { user_id: id }),
  lockout: (username: string) => platform.get(nameLockoutRow, { username }),
  /** All sessions, dead ones that still exist included. */
  sessions: (id: string): Promise<SessionItem[]> =>
    readToEnd((after) => table.query<'session', SessionItem, { user_id: string }>(sessionRow, { user_id: id }, after)),
  page: (request: PageRequest, prefixes: readonly string[], keep: (user: UserItem) => boolean) =>
    readAccountsByTime(table, request, prefixes, keep),
});

/** Ends sessions of a user. */
export const endSessionsWrites = (sessions: readonly SessionItem[]): Write<'session'>[] =>
  sessions.map((session) => remove(sessionRow, session));

/** Removes the second factor, its recovery codes and a set-up of one. */
export const removeFactorWrites = (organization: number, read: CredentialItem | undefined): Write<'credential'>[] =>
  read === undefined
    ? []
    : inOrganization(organization, [
        replace(credentialRow, { ...omit(read, 'totp', 'totp_setup'), version: read.version + 1 }, read),
      ]);

import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { challengeRow, type ChallengeItem } from '#dynamodb/rows/challenge.ts';
import { organizationRow, type OrganizationItem } from '#dynamodb/rows/organization.ts';
import { sessionRow, userEmailRow, userRow, type SessionItem, type UserItem } from '#dynamodb/rows/user.ts';
import type { CustomRoles } from '#dynamodb/rows/role.ts';
import type { Table } from '#dynamodb/table.ts';
import { create, inOrganization, overwrite, removeIf, replace, type Write } from '#dynamodb/write.ts';
import type { ChangedForeignId } from '../foreign-ids/foreign-id.ts';
import { foreignIdRow, foreignIdValueRow, incrementForeignIds } from '../foreign-ids/row.ts';
import { newSessionWrites, type NewSession } from '../rows/new-session.ts';
import { createUserWrites } from '../rows/user-writes.ts';
import type { singleSignOn } from './contract.ts';
import { notPermitted } from './identity.ts';
import { clientSecretRow, setUpRow, stateRow, type ClientSecretItem } from './row.ts';
import type { SetUp } from './set-up.ts';
import type { WaitingState } from './state.ts';

type Reads = Table<ReadName<EffectOf<typeof singleSignOn>>>;

/** The set-up of an organization, and its people. @param table of the organization */
export const singleSignOnStore = (table: Reads) => ({
  organization: () => table.get(organizationRow, {}),
  setUp: () => table.get(setUpRow, {}),
  secret: () => table.get(clientSecretRow, { resource: 'salesforce' }),
  user: (id: string) => table.get(userRow, { id }),
  /** Id of the user with one of the forms of a Salesforce id. */
  linkedUser: async (forms: readonly string[]): Promise<string | undefined> => {
    const keys = forms.map((value) => ({ type: 'salesforce', value }));
    return (await table.getAll(foreignIdValueRow, keys)).find((found) => found !== undefined)?.owner;
  },
  /** The foreign id of a user. */
  link: (user_id: string) => table.get(foreignIdRow, { user_id, type: 'salesforce' }),
  /** Id of the user or contact with an address. */
  ownerOf: async (email: string): Promise<string | undefined> => (await table.get(userEmailRow, { email }))?.owner,
  /** All sessions of a user, dead ones that still exist included. */
  sessions: (user_id: string): Promise<SessionItem[]> =>
    readToEnd((after) => table.query<'session', SessionItem, { user_id: string }>(sessionRow, { user_id }, after)),
});

/** Log-ins that wait for their codes, and names. @param platform rows of no organization */
export const platformStore = (platform: Reads) => ({
  state: (hash: string) => platform.get(stateRow, { hash }),
});

/** Saves a set-up, and its secret if there is a new one. Stale if either changed since it was read. */
export const saveSetUpWrites = (
  read: { readonly setUp: SetUp | undefined; readonly secret: ClientSecretItem | undefined },
  after: SetUp,
  sealed: string | undefined,
): Write<'salesforce' | 'credential'>[] => {
  const secret = {
    resource: 'salesforce',
    client_secret: sealed ?? '',
    version: (read.secret?.version ?? 0) + 1,
  } as const;
  return [
    read.setUp === undefined ? create(setUpRow, after) : replace(setUpRow, after, read.setUp),
    ...(sealed === undefined
      ? []
      : [read.secret === undefined ? create(clientSecretRow, secret) : replace(clientSecretRow, secret, read.secret)]),
  ];
};

/** Begins to wait for a code, unless a log-in waits with the same state. @param now Unix seconds */
export const startWrites = (state: WaitingState, now: number): Write<'oauthstate'>[] => [
  overwrite(stateRow, state, {
    expression: 'attribute_not_exists(PK) OR expires_at <= :now',
    values: { ':now': now },
  }),
];

/** Uses a state up: of parallel ones one is committed. */
export const consumeWrites = ({ hash, nonce }: WaitingState): Write<'oauthstate'>[] => [
  removeIf(stateRow, { hash }, { expression: 'nonce = :nonce', values: { ':nonce': nonce } }),
];

/** Links a user to a person. Stale if either is linked concurrently. */
export const linkWrites = ({ after }: ChangedForeignId): Write<'foreignid' | 'foreignid-value' | 'count'>[] => [
  create(foreignIdRow, after),
  create(foreignIdValueRow, { type: after.type, value: after.value, owner: after.user_id }),
  incrementForeignIds(after.user_id, 1),
];

/**
 * Who logs in learns of no names: an address that is taken concurrently is found by the next decision, and a username
 * that someone on the platform has is rejected like everything else.
 */
function withoutNames<N extends string>(write: Write<N>): Write<N> {
  if (write.claims === true) return { ...write, onConflict: notPermitted() };
  const isAddress = write.onConflict !== 'stale' && write.onConflict.code === 'EMAIL_TAKEN';
  return isAddress ? { ...write, onConflict: 'stale' } : write;
}

/** Makes a user without a password. */
export const newPersonWrites = (
  user: UserItem,
  { org_id: organization, limits }: OrganizationItem,
  customRoles: CustomRoles,
) => createUserWrites(user, undefined, { organization, limit: limits.max_users, customRoles }).map(withoutNames);

/** The log-in waits for its second factor. */
export const waitWrites = (challenge: ChallengeItem): Write<'challenge'>[] => [create(challengeRow, challenge)];

/** The session of a user that exists. */
export const openWrites = (user: UserItem, organization: OrganizationItem, opened: NewSession) =>
  newSessionWrites({ user, organization }, opened);

/** The session of a user that is made in the same transaction, which writes an item once. */
export const firstSessionWrites = (organization: number, { session }: NewSession): Write<'session'>[] =>
  inOrganization(organization, [create(sessionRow, session)]);

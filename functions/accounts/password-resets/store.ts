import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import {
  credentialRow,
  sessionRow,
  userRow,
  type CredentialItem,
  type SessionItem,
  type UserItem,
} from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { inOrganization, removeExisting, type Write } from '#dynamodb/write.ts';
import { liftLocks, nameLockoutRow } from '../rows/lockout.ts';
import { passwordResetRow, type PasswordResetItem } from '../rows/password-reset.ts';
import { passwordWrites } from '../rows/user-writes.ts';
import type { passwordResets } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof passwordResets>>>;

type AccountKey = Pick<PasswordResetItem, 'org_id' | 'user_id'>;

export const passwordResetStore = (tableOf: (organization: number) => Reads) => ({
  token: (hash: string) => tableOf(0).get(passwordResetRow, { hash }),
  /** The account of a token, or of who made it. Of a closed organization nothing is found. */
  account: async ({ org_id: org, user_id: id }: AccountKey) => {
    const table = tableOf(org);
    const [organization, user, credential] = await Promise.all([
      table.get(organizationRow, {}),
      table.get(userRow, { id }),
      table.get(credentialRow, { user_id: id }),
    ]);
    return organization === undefined || organization.status === 'closed' || user === undefined
      ? undefined
      : { organization, user, credential };
  },
  lockout: (username: string) => tableOf(0).get(nameLockoutRow, { username }),
  /** All sessions of a user, dead ones that still exist included. */
  sessions: ({ org_id: org, user_id }: PasswordResetItem): Promise<SessionItem[]> =>
    readToEnd((after) =>
      tableOf(org).query<'session', SessionItem, { user_id: string }>(sessionRow, { user_id }, after),
    ),
});

type Reset = {
  readonly token: PasswordResetItem;
  readonly user: UserItem;
  readonly read: CredentialItem | undefined;
  readonly next: CredentialItem;
  readonly unlocked: Parameters<typeof liftLocks>[0];
  /** ISO 8601. */
  readonly at: string;
};

/** Uses up the token and sets the password, which ends all sessions and locks. Of parallel ones one is committed. */
export const resetWrites = ({
  token,
  user,
  read,
  next,
  unlocked,
  at,
}: Reset): Write<'passwordreset' | 'user' | 'credential' | 'count' | 'lockout'>[] => [
  removeExisting(passwordResetRow, token),
  liftLocks(unlocked),
  ...inOrganization(token.org_id, passwordWrites(user, read, { credential: next, mustChange: false, at })),
];

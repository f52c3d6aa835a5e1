import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { emailRow } from '#dynamodb/rows/email.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import {
  credentialRow,
  emailOwners,
  userEmailRow,
  usernameRow,
  userRow,
  type CredentialItem,
  type PasswordResetMark,
} from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { create, replace, type Write } from '#dynamodb/write.ts';
import type { Email } from '#schema/email.ts';
import { passwordResetRow, type PasswordResetItem } from '../rows/password-reset.ts';
import { isServiceMarker } from '../schema/username.ts';
import type { passwordResetEmails } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof passwordResetEmails>>>;

/** Names a user before its organization is known. */
export type UserKey = { readonly user_id: string; readonly org_id: number };

export const resetEmailStore = (tableOf: (organization: number) => Reads) => ({
  byUsername: async (username: string): Promise<UserKey[]> => {
    const found = isServiceMarker(username) ? undefined : await tableOf(0).get(usernameRow, { username });
    return found === undefined ? [] : [found];
  },
  /** Users with the address, in the order of their organizations. */
  byEmail: async (email: string, limit: number): Promise<UserKey[]> => {
    const { items } = await tableOf(0).queryIndex(userEmailRow, 'GSI1', emailOwners(email), { limit, order: 'asc' });
    return items.flatMap(({ owner, org_id }) => (org_id === undefined ? [] : [{ user_id: owner, org_id }]));
  },
  account: async ({ org_id: org, user_id: id }: UserKey) => {
    const table = tableOf(org);
    const [organization, user, credential] = await Promise.all([
      table.get(organizationRow, {}),
      table.get(userRow, { id }),
      table.get(credentialRow, { user_id: id }),
    ]);
    return organization === undefined || organization.status === 'closed' ? undefined : { user, credential };
  },
});

type NewReset = {
  readonly user: string;
  readonly read: CredentialItem | undefined;
  readonly marks: readonly PasswordResetMark[];
  readonly token: PasswordResetItem;
  readonly email: Email;
};

/** A token with its e-mail. Of parallel requests each sees the tokens of the others. */
export const newResetWrites = ({
  user,
  read,
  marks,
  token,
  email,
}: NewReset): Write<'credential' | 'passwordreset' | 'email'>[] => [
  read === undefined
    ? create(credentialRow, { user_id: user, previous_passwords: [], password_resets: marks, version: 1 })
    : replace(credentialRow, { ...read, password_resets: marks, version: read.version + 1 }, read),
  create(passwordResetRow, token),
  create(emailRow, email),
];

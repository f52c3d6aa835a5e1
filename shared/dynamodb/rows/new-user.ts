import { create, type Write } from '../write.ts';
import { oneMore } from './count.ts';
import { credentialRow, userEmailRow, usernameRow, userRow, type CredentialItem, type UserItem } from './user.ts';

/** A person's account with its markers and credential, for the transaction that makes it in its organization. */
export const userCreation = (user: UserItem, credential: CredentialItem, { organization, limit }: { readonly organization: number; readonly limit: number }): Write<'user' | 'username' | 'user-email' | 'credential' | 'count'>[] => [
  create(userRow, user),
  create(usernameRow, { username: user.username, user_id: user.id, org_id: organization }, 'USERNAME_TAKEN', `The username ${user.username} is taken`),
  ...(user.email === null ? [] : [create(userEmailRow, { email: user.email, owner: user.id }, 'EMAIL_TAKEN', `The e-mail address ${user.email} is taken`)]),
  create(credentialRow, credential),
  oneMore('users', limit),
];

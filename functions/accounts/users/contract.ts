import * as z from 'zod';
import { after } from '../../../shared/contract/consequences.ts';
import { reads, records, unique, writes } from '../../../shared/contract/effects.ts';
import { endpoint, listOf } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { flag, pageQuery } from '../../../shared/schema/query.ts';
import { Deletion, IdInUrl, Timestamp } from '../../../shared/schema/values.ts';
import { Account, AccountChange, CreatedAccount, NewAccount, userStatuses, userTypes } from './account.ts';
import { PasswordChange } from './password-change.ts';

/** Whose rights are judged: by their groups and roles. */
const judges = [reads('user'), reads('group'), reads('role')] as const;
const markers = [unique('username'), unique('user-client'), unique('user-email'), unique('user-extension')] as const;

export const listUsers = endpoint('GET /users', {
  summary: 'List users and service accounts',
  scope: 'users:read',
  query: {
    ...pageQuery,
    q: z.string().max(254).optional(),
    status: z.enum(userStatuses).optional(),
    type: z.enum(userTypes).optional(),
    role: z.string().max(64).optional(),
    group: IdInUrl.optional(),
    sort: z.enum(['created_at', 'username']).optional(),
  },
  answers: { 200: listOf(Account) },
  errors: [],
  effects: [reads('user'), reads('user', 'GSI1')],
});

export const putUser = endpoint('PUT /users', {
  summary: 'Create a user or a service account',
  description: "Without a password a user is pending. A service account's `client_secret` is answered this once.",
  scope: 'users:write',
  nullIsAbsent: true,
  body: NewAccount,
  answers: { 201: CreatedAccount },
  errors: [
    'CANNOT_GRANT',
    'UNKNOWN_ROLE',
    'WEAK_PASSWORD',
    'LIMIT_EXCEEDED',
    'USERNAME_TAKEN',
    'CLIENT_ID_TAKEN',
    'EMAIL_TAKEN',
    'EXTENSION_TAKEN',
  ],
  effects: [
    reads('role'),
    writes('user'),
    ...markers,
    writes('credential'),
    writes('count'),
    writes('role'),
    records('user.created'),
  ],
  answersSecret: true,
});

export const getUser = endpoint('GET /users/{id}', {
  summary: 'Get a user',
  description: '`me` is the caller.',
  scope: 'users:read',
  params: { id: z.union([z.literal('me'), IdInUrl], 'is neither me nor a well-formed id') },
  answers: { 200: Account },
  errors: [],
  effects: [reads('user'), reads('organization')],
});

export const postUser = endpoint('POST /users/{id}', {
  summary: 'Update a user',
  scope: 'users:write',
  params: { id: IdInUrl },
  body: AccountChange,
  answers: { 200: Account },
  errors: [
    'CANNOT_MANAGE_USER',
    'CANNOT_GRANT',
    'OWN_ACCOUNT',
    'UNKNOWN_ROLE',
    'LAST_ADMIN',
    'USERNAME_TAKEN',
    'EMAIL_TAKEN',
    'EXTENSION_TAKEN',
  ],
  effects: [
    ...judges,
    reads('organization'),
    writes('user'),
    ...markers,
    writes('count'),
    writes('role'),
    writes('organization'),
    records('user.updated'),
  ],
});

export const deleteUser = endpoint('DELETE /users/{id}', {
  summary: 'Delete a user',
  description:
    'Credentials, sessions and names end at once; what else belongs to it within a minute. A user that numbers lead to goes with `force` only, and their routes with it.',
  scope: 'users:write',
  params: { id: IdInUrl },
  query: { force: flag.optional() },
  answers: { 200: Deletion },
  errors: ['CANNOT_MANAGE_USER', 'OWN_ACCOUNT', 'LAST_ADMIN', 'USER_HAS_RESOURCES'],
  effects: [
    ...judges,
    reads('number', 'GSI2'),
    writes('user'),
    ...markers,
    writes('credential'),
    writes('count'),
    writes('role'),
    writes('group'),
    writes('groupmember'),
    records('user.deleted'),
  ],
});

const ChangedPassword = z
  .object({ id: z.string(), password_changed_at: Timestamp, sessions_terminated: z.int() })
  .meta({ id: 'ChangedPassword' });
const ChangedSecret = z
  .object({ id: z.string(), client_secret: z.string(), previous_valid_until: Timestamp.nullable() })
  .meta({ id: 'ChangedSecret' });

export const postPassword = endpoint('POST /users/{id}/password', {
  summary: "Change a password, or a service account's secret",
  description:
    "One's own: `current_password`, `new_password`. Another's (users:write): `new_password`, `must_change`. A service account's (users:write): `overlap_seconds`.",
  scope: 'any',
  params: { id: IdInUrl },
  body: PasswordChange,
  answers: { 200: z.union([ChangedPassword, ChangedSecret]) },
  errors: [
    'USER_SESSION_REQUIRED',
    'INSUFFICIENT_SCOPE',
    'PASSWORD_CHANGE_REQUIRED',
    'INVALID_CURRENT_PASSWORD',
    'ACCOUNT_LOCKED',
    'CANNOT_MANAGE_USER',
    'WEAK_PASSWORD',
    'PASSWORD_REUSED',
  ],
  effects: [
    ...judges,
    writes('user'),
    writes('credential'),
    writes('session'),
    writes('lockout'),
    writes('count'),
    records('user.password_changed'),
    records('user.secret_rotated'),
    records('auth.login_failed'),
    records('auth.locked'),
    records('user.locked'),
    records('user.unlocked'),
  ],
  cacheControl: 'no-store',
  answersSecret: true,
  whilePasswordExpired: true,
});

/** A password is hashed at the speed of one whole processor, which a Lambda has from 1,769 MiB on. */
const wholeProcessor = 1_769;

export const users = resource('users', {
  area: 'users',
  format: 'standard',
  memory: wholeProcessor,
  endpoints: [listUsers, putUser, getUser, postUser, deleteUser, postPassword],
  cascades: [
    after('org.closed', [
      writes('user'),
      writes('username'),
      writes('user-client'),
      writes('user-email'),
      writes('user-extension'),
      writes('credential'),
    ]),
  ],
});

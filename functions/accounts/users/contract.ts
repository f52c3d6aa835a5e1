import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { reads, records, reports, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { readsRemainingAccess, savesUser } from '#contract/user-effects.ts';
import { flag, pageQuery } from '#schema/query.ts';
import { UserInUrl } from '#schema/user-in-url.ts';
import { Deletion, IdInUrl, Timestamp } from '#schema/values.ts';
import { accountsErrors } from '../schema/errors.ts';
import { RemainingAccess } from '../schema/remaining-access.ts';
import { Account, CreatedAccount, UserInvitation, userStatuses, userTypes } from './account-answer.ts';
import { AccountChange, NewAccount } from './account.ts';
import { userErrors } from './errors.ts';
import { examples } from './examples.ts';
import { PasswordChange } from './password-change.ts';

/** Rights of the user that is changed come from its roles and groups. */
const readsRights = [reads('user'), reads('group'), reads('role')] as const;
/** A token, the e-mail that has its link, and the count of e-mails to the address. */
const invites = [
  writes('passwordreset'),
  writes('email'),
  writes('rate'),
  records('user.invited'),
  reports('email.queued'),
] as const;

export const listUsers = endpoint('GET /users', {
  id: 'listUsers',
  summary: 'List users and service accounts',
  scope: 'users:read',
  query: {
    ...pageQuery,
    q: z
      .string()
      .max(254)
      .optional()
      .describe('Prefix of username, e-mail, names or extension; case and accents do not count'),
    status: z.enum(userStatuses).optional().describe('Only this state'),
    type: z.enum(userTypes).optional().describe('Only this kind of account'),
    role: z.string().max(64).optional().describe('Only accounts that hold this role directly'),
    group: IdInUrl.optional().describe('Only members of the group with this id'),
    sort: z
      .enum(['created_at', 'username'])
      .optional()
      .describe('Order: created_at, newest first (default), or username'),
  },
  answers: { 200: listOf(Account) },
  errors: [],
  effects: [reads('user'), reads('user', 'GSI1')],
});

export const createUser = endpoint('PUT /users', {
  id: 'createUser',
  summary: 'Create a user or a service account',
  description:
    'Without a password a user is pending; `invite` sends a link that sets it. Only this answer shows the ' +
    '`client_secret` of a service account.',
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
    'NOT_YET_SUPPORTED',
    'RATE_LIMITED',
  ],
  actsOn: { none: 'the user is new; its roles are granted (CANNOT_GRANT)' },
  effects: [
    reads('role'),
    ...savesUser,
    writes('credential'),
    writes('count'),
    writes('role'),
    ...invites,
    records('user.created'),
  ],
  answersSecret: true,
});

export const getUser = endpoint('GET /users/{id}', {
  id: 'getUser',
  summary: 'Get a user',
  description: '`me` is the caller, here and wherever a path or filter takes the id of a user.',
  scope: 'users:read',
  params: {
    id: UserInUrl.describe('Id of the user, or `me`'),
  },
  answers: { 200: Account },
  errors: [],
  effects: [reads('user'), reads('organization')],
});

export const updateUser = endpoint('POST /users/{id}', {
  id: 'updateUser',
  summary: 'Update a user',
  description:
    'Callers cannot change their own roles or status, and cannot change a user with more rights. The last ' +
    'active person with the role admin, reseller or operator keeps it and stays active; roles of groups do ' +
    'not count for this.',
  scope: 'users:write',
  params: { id: UserInUrl.describe('Id of the user, or `me`') },
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
    'NOT_YET_SUPPORTED',
  ],
  actsOn: 'found',
  effects: [
    ...readsRights,
    reads('organization'),
    ...savesUser,
    writes('count'),
    writes('role'),
    writes('organization'),
    records('user.updated'),
  ],
});

export const deleteUser = endpoint('DELETE /users/{id}', {
  id: 'deleteUser',
  summary: 'Delete a user',
  description:
    'Credentials and sessions end and names are free at once. Memberships, access keys, and the user of ' +
    'devices and SIM cards are removed within a minute.\n\n' +
    'If numbers route to the user, `force=true` is required, which removes these routes too. Callers cannot ' +
    'delete themselves, a user with more rights, or the last active administrator.',
  scope: 'users:write',
  params: { id: UserInUrl.describe('Id of the user, or `me`') },
  query: { force: flag.optional().describe('`true` deletes a user to which numbers route') },
  answers: { 200: Deletion },
  errors: ['CANNOT_MANAGE_USER', 'OWN_ACCOUNT', 'LAST_ADMIN', 'USER_HAS_RESOURCES'],
  actsOn: 'found',
  effects: [
    ...readsRights,
    reads('number', 'GSI2'),
    ...savesUser,
    writes('credential'),
    writes('count'),
    writes('role'),
    writes('group'),
    writes('groupmember'),
    reads('mailbox-user'),
    reads('voicemailprefs'),
    writes('due'),
    records('user.deleted'),
  ],
});

export const inviteUser = endpoint('POST /users/{id}/invitation', {
  id: 'inviteUser',
  summary: 'Invite a pending user',
  description:
    'Makes a link by which the user sets the first password, once within 7 days. Earlier links of the user ' +
    'end. The link is sent to the address of the user, or answered (`send: false`) to be handed over.\n\n' +
    'An address gets 5 invitations a day from an organization, and 10 from all. The link works while the ' +
    'caller is active and may manage the user.',
  scope: 'users:write',
  sessionOnly: true,
  params: { id: UserInUrl.describe('Id of the user') },
  body: z
    .object({
      send: z.boolean().default(true).describe('Whether the link is sent by e-mail; else it is answered'),
    })
    .meta({ id: 'UserInvitationRequest' }),
  answers: {
    200: z
      .object({
        id: z.string().describe('Id of the user'),
        invitation: UserInvitation.describe('The new invitation'),
        link: z.string().optional().describe('The link, if it is not sent; shown only once'),
      })
      .meta({
        id: 'InvitedUser',
        example: {
          id: 'usr_01M80CGEGF4XV0DBH13JVVRRK0',
          invitation: {
            email: 'ada@example.com',
            sent_at: '2026-01-31T12:00:00.000Z',
            expires_at: '2026-02-07T12:00:00.000Z',
          },
        },
      }),
  },
  errors: ['USER_SESSION_REQUIRED', 'CANNOT_MANAGE_USER', 'USER_NOT_PENDING', 'RATE_LIMITED'],
  actsOn: 'found',
  effects: [...readsRights, writes('user'), ...invites],
  cacheControl: 'no-store',
  answersSecret: true,
});

const ChangedPassword = z
  .object({
    id: z.string().describe('Id of the user'),
    password_changed_at: Timestamp.describe('Time of the change'),
    sessions_terminated: z.int().describe('Number of sessions that ended'),
    still_valid: RemainingAccess.describe('What still works without the password'),
  })
  .meta({ id: 'ChangedPassword' });
const ChangedSecret = z
  .object({
    id: z.string().describe('Id of the service account'),
    client_secret: z.string().describe('New secret; shown only once'),
    previous_valid_until: Timestamp.nullable().describe('End of the old secret; null: it has ended'),
  })
  .meta({ id: 'ChangedSecret' });

export const changePassword = endpoint('POST /users/{id}/password', {
  id: 'changePassword',
  summary: 'Change a password, or the secret of a service account',
  description:
    "One's own password: `current_password`, `new_password`; all other sessions end.\n\n" +
    "Another user's (users:write): `new_password`, `must_change`. All sessions end, the lock-out is lifted, " +
    'and a pending user becomes active.\n\n' +
    'The secret of a service account (users:write): `overlap_seconds`.\n\n' +
    'A new password differs from the current one and the 5 before it. It ends no access key, device or phone line: ' +
    '`still_valid` counts them.',
  scope: 'any',
  sessionOnly: true,
  params: { id: UserInUrl.describe('Id of the user, or `me`') },
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
  actsOn: 'found',
  effects: [
    ...readsRights,
    writes('user'),
    writes('credential'),
    writes('session'),
    writes('lockout'),
    writes('count'),
    ...readsRemainingAccess,
    records('user.password_changed'),
    records('user.secret_rotated'),
    records('auth.login_failed'),
    records('auth.locked'),
    reports('user.locked'),
    reports('user.unlocked'),
  ],
  cacheControl: 'no-store',
  answersSecret: true,
  whilePasswordExpired: true,
});

/** Hashing a password needs one whole vCPU, which a Lambda has from 1,769 MB on (AWS Lambda, "Configure memory"). */
const oneProcessor = 1_769;

export const users = resource('users', {
  area: 'users',
  format: 'standard',
  memory: oneProcessor,
  errors: { ...userErrors, ...accountsErrors },
  endpoints: [listUsers, createUser, getUser, updateUser, deleteUser, inviteUser, changePassword],
  examples,
  cascades: [
    cascadeAfter('org.closed', [
      writes('user'),
      writes('username'),
      writes('user-client'),
      writes('user-email'),
      writes('user-extension'),
      writes('directory'),
      writes('credential'),
    ]),
  ],
});

import * as z from 'zod';
import { reads, records, reports, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { savesUser } from '#contract/user-effects.ts';
import { pageQuery } from '#schema/query.ts';
import { Email, IdInUrl } from '#schema/values.ts';
import { accountsErrors } from '../schema/errors.ts';
import { ClientAccess, ClientAccessPage, Revocation } from './access-answer.ts';
import { AccessChange, Status } from './access.ts';
import { examples } from './examples.ts';

const params = {
  entity: z.union([IdInUrl, Email], 'must be an id or an e-mail address').describe('Id or e-mail address of the user'),
};

/** The account and its rights. */
const readsAccount = [reads('user'), reads('user-email'), reads('group'), reads('role')] as const;
/** What the view of an account derives from others. */
const readsFacts = [reads('session'), reads('lockout')] as const;

const changes = [
  ...readsAccount,
  ...savesUser,
  writes('role'),
  writes('count'),
  reads('organization'),
  writes('organization'),
] as const;

/** PUT and POST are equal. */
const saving = {
  description:
    'Objects merge by key: an absent field stays, and null restores the default. Takes effect with the next ' +
    'request or log-in. A limit below what the user has ends the oldest sessions; devices stay.\n\n' +
    'Another administrator must change the own state, level and second factor. Own limits that this request ' +
    'itself would break are rejected, and so are changes of a user with more rights.',
  scope: 'users:write',
  params,
  body: AccessChange,
  answers: { 200: ClientAccess },
  errors: ['CANNOT_GRANT', 'CANNOT_MANAGE_USER', 'OWN_ACCOUNT', 'WOULD_LOCK_OUT', 'LAST_ADMIN'],
  actsOn: 'found',
  effects: [
    ...changes,
    ...readsFacts,
    writes('session'),
    writes('credential'),
    writes('lockout'),
    records('access.updated'),
    records('access.2fa_reset'),
    records('access.unlocked'),
    reports('user.unlocked'),
  ],
} as const;

export const listClientAccess = endpoint('GET /clientaccess', {
  id: 'listClientAccess',
  summary: 'List the access of users and service accounts',
  description: 'Newest first.',
  scope: 'users:read',
  query: { ...pageQuery, status: Status.optional().describe('Only this state') },
  pagesData: true,
  listField: 'clientAccess',
  answers: { 200: ClientAccessPage },
  errors: [],
  effects: [reads('user'), reads('group'), reads('role')],
});

export const getClientAccess = endpoint('GET /clientaccess/{entity}', {
  id: 'getClientAccess',
  summary: "Get a user's access: state, ways in, limits, sessions and log-ins",
  description: "The caller's own needs no scope.",
  scope: 'users:read',
  ownRecord: 'entity',
  params,
  answers: { 200: ClientAccess },
  errors: [],
  effects: [...readsAccount, ...readsFacts],
});

export const putClientAccess = endpoint('PUT /clientaccess/{entity}', {
  ...saving,
  id: 'putClientAccess',
  summary: "Change a user's access",
});

export const updateClientAccess = endpoint('POST /clientaccess/{entity}', {
  ...saving,
  id: 'updateClientAccess',
  summary: "Change a user's access (the same as PUT)",
});

export const revokeClientAccess = endpoint('DELETE /clientaccess/{entity}', {
  id: 'revokeClientAccess',
  summary: "Revoke a user's access",
  description:
    'The user becomes `disabled`: its sessions and temporary tokens end, and its access keys are rejected while it is.',
  scope: 'users:write',
  params,
  answers: { 200: Revocation },
  errors: ['CANNOT_MANAGE_USER', 'OWN_ACCOUNT', 'LAST_ADMIN'],
  actsOn: 'found',
  effects: [...changes, records('access.revoked')],
});

export const clientAccess = resource('client-access', {
  area: 'users',
  format: 'reference',
  errors: accountsErrors,
  endpoints: [listClientAccess, getClientAccess, putClientAccess, updateClientAccess, revokeClientAccess],
  examples,
});

import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { reads, records, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { savesUser } from '#contract/user-effects.ts';
import { accountsErrors } from '../schema/errors.ts';
import { examples } from './examples.ts';
import { entityTypes, Permissions, PermissionsChange, permissionScopes, permissionErrors } from './permission.ts';

const Entity = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,80}$/, 'is no user, group or role')
  .describe('Id of a user, service account or group, or the name of a role, with or without `role_`')
  .meta({ examples: ['usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A', 'role_admin', 'admin'] });
const filters = {
  type: z.enum(entityTypes).optional().describe('Kind of entity, to confirm it; another kind is not found'),
  scope: z.enum(permissionScopes).optional().describe('Only permissions of this extent'),
};

export const getPermissions = endpoint('GET /permissions/{entity}', {
  id: 'getPermissions',
  summary: 'Get the effective permissions of a user, group or role, with their sources',
  description: "The caller's own need no scope.",
  scope: 'users:read',
  ownRecord: 'entity',
  params: { entity: Entity },
  query: filters,
  answers: { 200: Permissions },
  errors: [],
  effects: [reads('user'), reads('group'), reads('role'), reads('groupmember', 'GSI1')],
});

export const savePermissions = endpoint('PUT /permissions/{entity}', {
  id: 'savePermissions',
  summary: 'Grant or deny permissions and roles',
  description:
    'A given list replaces the direct ones; an absent list stays.\n\n' +
    'With a name that is no built-in role (`^[a-z][a-z0-9_]{1,31}$`) it creates or replaces a custom role of ' +
    'the organization. An organization has at most 50. An empty custom role that no one holds is deleted.\n\n' +
    'The caller grants and denies only what it has itself, in full. It cannot change its own permissions, or ' +
    'those of a user with more rights. Losses take effect with the next request, gains with the next log-in.',
  scope: 'users:write',
  unversioned: true,
  params: { entity: Entity },
  query: { type: filters.type },
  body: PermissionsChange,
  answers: { 200: Permissions, 201: Permissions },
  errors: [
    'CANNOT_GRANT',
    'CANNOT_MANAGE_USER',
    'OWN_ACCOUNT',
    'BUILT_IN_ROLE',
    'LAST_ADMIN',
    'UNKNOWN_PERMISSION',
    'UNKNOWN_ROLE',
    'LIMIT_EXCEEDED',
  ],
  actsOn: 'found',
  effects: [
    reads('user'),
    ...savesUser,
    reads('group'),
    writes('group'),
    reads('groupmember', 'GSI1'),
    reads('role'),
    writes('role'),
    writes('count'),
    reads('organization'),
    writes('organization'),
    records('permission.changed'),
    records('role.changed'),
  ],
});

export const permissions = resource('permissions', {
  area: 'users',
  format: 'reference',
  errors: { ...permissionErrors, ...accountsErrors },
  endpoints: [getPermissions, savePermissions],
  examples,
  cascades: [cascadeAfter('org.closed', [writes('role')])],
});

import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { reads, records, unique, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { UserInUrl } from '#schema/user-in-url.ts';
import { OrganizationInUrl, Timestamp } from '#schema/values.ts';
import { examples } from './examples.ts';
import {
  ForeignIdChange,
  ForeignIds,
  ForeignIdSearch,
  ForeignIdType,
  FoundUsers,
  foreignIdErrors,
} from './foreign-id.ts';

const orgId = OrganizationInUrl;
const userId = UserInUrl.describe('Id of the user, or `me`').meta({ examples: ['usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A'] });

export const listForeignIds = endpoint('GET /userforeignid/{orgId}/{userId}', {
  id: 'listForeignIds',
  summary: 'List the foreign ids of a user',
  scope: 'users:read',
  params: { orgId, userId },
  orgFromPath: 'orgId',
  answers: { 200: ForeignIds },
  errors: [],
  effects: [reads('user'), reads('foreignid')],
});

export const getForeignId = endpoint('GET /userforeignid/{orgId}/{userId}/{type}', {
  id: 'getForeignId',
  summary: 'Get the foreign id of a user by its type',
  description: 'The list is empty if the type is not set.',
  scope: 'users:read',
  params: { orgId, userId, type: ForeignIdType },
  orgFromPath: 'orgId',
  answers: { 200: ForeignIds },
  errors: [],
  effects: [reads('user'), reads('foreignid')],
});

export const setForeignIds = endpoint('PUT /userforeignid/{orgId}/{userId}', {
  id: 'setForeignIds',
  summary: 'Set foreign ids of a user',
  description:
    'Sets all of them or none. Ids of types that are not named stay. A user has one id of each type, and at ' +
    'most 20. An id of another user is 409, with the position in the request in `details`.',
  scope: 'users:write',
  unversioned: true,
  params: { orgId, userId },
  orgFromPath: 'orgId',
  body: ForeignIdChange,
  answers: { 200: ForeignIds },
  errors: ['FOREIGN_ID_TAKEN', 'LIMIT_EXCEEDED'],
  actsOn: { path: 'userId' },
  effects: [
    reads('user'),
    writes('foreignid'),
    unique('foreignid-value'),
    writes('count'),
    records('user.foreignid.set'),
  ],
});

export const findUsersByForeignId = endpoint('POST /userforeignid/{orgId}', {
  id: 'findUsersByForeignId',
  summary: 'Find users by their foreign ids',
  scope: 'users:read',
  params: { orgId },
  orgFromPath: 'orgId',
  body: ForeignIdSearch,
  brokenRule: 400,
  answers: { 200: FoundUsers },
  errors: [],
  effects: [reads('user'), reads('foreignid-value')],
});

export const deleteForeignId = endpoint('DELETE /userforeignid/{orgId}/{userId}/{type}', {
  id: 'deleteForeignId',
  summary: 'Remove a foreign id of a user',
  scope: 'users:write',
  unversioned: true,
  params: { orgId, userId, type: ForeignIdType },
  orgFromPath: 'orgId',
  answers: {
    200: z
      .object({
        userId: z.string().describe('Id of the user'),
        orgId: z.string().describe('Organization'),
        foreignIdType: z.string().describe('Type that was removed'),
        deletedAt: Timestamp.describe('Time of the removal'),
      })
      .meta({
        id: 'ForeignIdDeletion',
        example: {
          userId: 'usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
          orgId: 'org_1001',
          foreignIdType: 'salesforce',
          deletedAt: '2026-01-31T12:00:00.000Z',
        },
      }),
  },
  errors: [],
  actsOn: { path: 'userId' },
  effects: [
    reads('user'),
    writes('foreignid'),
    unique('foreignid-value'),
    writes('count'),
    records('user.foreignid.deleted'),
  ],
});

export const foreignIds = resource('foreign-ids', {
  area: 'users',
  format: 'reference',
  errors: foreignIdErrors,
  endpoints: [listForeignIds, getForeignId, setForeignIds, findUsersByForeignId, deleteForeignId],
  examples,
  cascades: [
    cascadeAfter('user.deleted', [reads('foreignid'), writes('foreignid'), unique('foreignid-value'), writes('count')]),
  ],
});

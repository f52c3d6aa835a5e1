import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { changesPlan } from '#contract/decision-effects.ts';
import { reads, records, unique, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { flag, pageQuery } from '#schema/query.ts';
import { UserInUrl } from '#schema/user-in-url.ts';
import { Deletion, IdInUrl, Timestamp } from '#schema/values.ts';
import { examples } from './examples.ts';
import {
  Group,
  GroupChange,
  groupCategories,
  groupStatuses,
  Member,
  NewGroup,
  NewMembers,
  groupErrors,
} from './group.ts';

/** A change of the rights that a group gives: every session computes its rights again. */
const rights = [reads('role'), writes('role'), reads('organization'), writes('organization')] as const;

export const listGroups = endpoint('GET /groups', {
  id: 'listGroups',
  summary: 'List groups, ordered by name',
  scope: 'users:read',
  query: {
    ...pageQuery,
    q: z.string().max(100).optional().describe('Prefix of the name or the display name; case and accents do not count'),
    status: z.enum(groupStatuses).optional().describe('Only this state'),
    category: z.enum(groupCategories).optional().describe('Only this category'),
  },
  answers: { 200: listOf(Group) },
  errors: [],
  effects: [reads('group', 'GSI1')],
});

export const createGroup = endpoint('PUT /groups', {
  id: 'createGroup',
  summary: 'Create a group',
  description:
    'The caller needs every right that the roles of the group give or deny. An organization has at most 1,000 ' +
    'groups.',
  scope: 'users:write',
  nullIsAbsent: true,
  body: NewGroup,
  answers: { 201: Group },
  errors: ['CANNOT_GRANT', 'UNKNOWN_ROLE', 'NAME_TAKEN', 'LIMIT_EXCEEDED'],
  actsOn: { none: 'the group has no members yet; its roles are granted (CANNOT_GRANT)' },
  effects: [
    writes('group'),
    unique('group-name'),
    writes('count'),
    reads('role'),
    writes('role'),
    ...changesPlan,
    records('group.created'),
  ],
});

const GroupWithMembers = Group.extend({
  members: z.array(Member).describe('One page of the members'),
  next_page_token: z.string().describe('Token of the next page of members; empty after the last'),
}).meta({ id: 'GroupWithMembers' });

export const getGroup = endpoint('GET /groups/{id}', {
  id: 'getGroup',
  summary: 'Get a group with its members',
  description: '`limit` and `page_token` page the members.',
  scope: 'users:read',
  params: { id: IdInUrl.describe('Id of the group') },
  query: pageQuery,
  answers: { 200: GroupWithMembers },
  errors: [],
  effects: [reads('group'), reads('groupmember'), reads('user')],
});

export const updateGroup = endpoint('POST /groups/{id}', {
  id: 'updateGroup',
  summary: 'Update a group',
  description:
    'Renaming a group that policies name needs `force=true`; they show the new name and keep matching. A ' +
    'change of roles or state needs every right that the group gives or denies.',
  scope: 'users:write',
  params: { id: IdInUrl.describe('Id of the group') },
  query: { force: flag.optional().describe('`true` proceeds although policies name the group') },
  body: GroupChange,
  answers: { 200: Group },
  errors: ['CANNOT_GRANT', 'UNKNOWN_ROLE', 'NAME_TAKEN', 'GROUP_REFERENCED'],
  actsOn: { none: 'the caller holds all that the members gain or lose (CANNOT_GRANT)' },
  effects: [
    writes('group'),
    unique('group-name'),
    reads('policy'),
    ...rights,
    ...changesPlan,
    records('group.updated'),
  ],
});

export const deleteGroup = endpoint('DELETE /groups/{id}', {
  id: 'deleteGroup',
  summary: 'Delete a group',
  description:
    'Deleting a group that policies name needs `force=true`. They keep the name, which then matches no one, ' +
    'also if a new group takes it. The caller needs every right that the group gives or denies.',
  scope: 'users:write',
  params: { id: IdInUrl.describe('Id of the group') },
  query: { force: flag.optional().describe('`true` proceeds although policies name the group') },
  answers: { 200: Deletion },
  errors: ['CANNOT_GRANT', 'GROUP_REFERENCED'],
  actsOn: { none: 'the caller holds all that the members lose (CANNOT_GRANT)' },
  effects: [
    writes('group'),
    unique('group-name'),
    writes('count'),
    reads('policy'),
    ...rights,
    ...changesPlan,
    records('group.deleted'),
  ],
});

export const addGroupMembers = endpoint('PUT /groups/{id}/members', {
  id: 'addGroupMembers',
  summary: 'Add members to a group',
  description:
    'Adds all of the users or none. Members are people of the organization; a group has at most 5,000, and a ' +
    'user is in at most 200 groups. The caller needs every right that the group gives or denies, and must be ' +
    'able to manage each user, before and after.',
  scope: 'users:write',
  unversioned: true,
  params: { id: IdInUrl.describe('Id of the group') },
  body: NewMembers,
  answers: {
    200: z.object({
      id: z.string().describe('Id of the group'),
      added: z.array(z.string()).describe('Ids of the users that joined'),
      already: z.array(z.string()).describe('Ids of the users that were members before'),
      member_count: z.int().describe('Number of members after the request'),
    }),
  },
  errors: ['CANNOT_GRANT', 'CANNOT_MANAGE_USER', 'UNKNOWN_USER', 'LIMIT_EXCEEDED'],
  actsOn: 'found',
  effects: [
    reads('group'),
    writes('group'),
    writes('groupmember'),
    reads('user'),
    writes('user'),
    ...rights,
    records('group.member_added'),
  ],
});

export const removeGroupMember = endpoint('DELETE /groups/{id}/members/{userId}', {
  id: 'removeGroupMember',
  summary: 'Remove a member from a group',
  description: 'The caller must be able to manage the user, before and after.',
  scope: 'users:write',
  unversioned: true,
  params: { id: IdInUrl.describe('Id of the group'), userId: UserInUrl.describe('Id of the user, or `me`') },
  answers: {
    200: z.object({
      id: z.string().describe('Id of the group'),
      user_id: z.string().describe('Id of the user'),
      deleted_at: Timestamp.describe('Time at which the user left'),
      member_count: z.int().describe('Number of members after the request'),
    }),
  },
  errors: ['CANNOT_GRANT', 'CANNOT_MANAGE_USER'],
  actsOn: 'found',
  effects: [
    reads('group'),
    writes('group'),
    writes('groupmember'),
    reads('user'),
    writes('user'),
    ...rights,
    records('group.member_removed'),
  ],
});

export const groups = resource('groups', {
  area: 'users',
  format: 'standard',
  errors: groupErrors,
  endpoints: [listGroups, createGroup, getGroup, updateGroup, deleteGroup, addGroupMembers, removeGroupMember],
  examples,
  cascades: [
    cascadeAfter('user.deleted', [
      reads('groupmember', 'GSI1'),
      writes('groupmember'),
      reads('group'),
      writes('group'),
    ]),
    cascadeAfter('group.deleted', [writes('groupmember'), reads('user'), writes('user')]),
    cascadeAfter('org.closed', [
      writes('group'),
      writes('group-name'),
      writes('groupmember'),
      reads('user'),
      writes('user'),
    ]),
  ],
});

import * as z from 'zod';
import { after } from '../../../shared/contract/consequences.ts';
import { reads, records, unique, writes } from '../../../shared/contract/effects.ts';
import { endpoint, listOf } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { flag, pageQuery } from '../../../shared/schema/query.ts';
import { Deletion, IdInUrl, Timestamp } from '../../../shared/schema/values.ts';
import { Group, GroupChange, groupCategories, groupStatuses, Member, NewGroup, NewMembers } from './group.ts';

/** What a change of what groups give goes by, and makes every session look at again. */
const rights = [reads('role'), writes('role'), reads('organization'), writes('organization')] as const;
/** The dial plan knows names and states of groups. */
const plan = [reads('planhead'), writes('planhead'), writes('planchange'), records('plan.published')] as const;

export const listGroups = endpoint('GET /groups', {
  summary: 'List groups',
  scope: 'users:read',
  query: {
    ...pageQuery,
    q: z.string().max(100).optional(),
    status: z.enum(groupStatuses).optional(),
    category: z.enum(groupCategories).optional(),
  },
  answers: { 200: listOf(Group) },
  errors: [],
  effects: [reads('group', 'GSI1')],
});

export const putGroup = endpoint('PUT /groups', {
  summary: 'Create a group',
  scope: 'users:write',
  nullIsAbsent: true,
  body: NewGroup,
  answers: { 201: Group },
  errors: ['CANNOT_GRANT', 'UNKNOWN_ROLE', 'NAME_TAKEN', 'LIMIT_EXCEEDED'],
  effects: [
    writes('group'),
    unique('group-name'),
    writes('count'),
    reads('role'),
    writes('role'),
    ...plan,
    records('group.created'),
  ],
});

const GroupWithMembers = Group.extend({ members: z.array(Member), next_page_token: z.string() }).meta({
  id: 'GroupWithMembers',
});

export const getGroup = endpoint('GET /groups/{id}', {
  summary: 'Get a group with its members',
  description: '`limit` and `page_token` page the members.',
  scope: 'users:read',
  params: { id: IdInUrl },
  query: pageQuery,
  answers: { 200: GroupWithMembers },
  errors: [],
  effects: [reads('group'), reads('groupmember'), reads('user')],
});

export const postGroup = endpoint('POST /groups/{id}', {
  summary: 'Update a group',
  description: 'A group that policies name is renamed with `force` only; they show the new name and go on matching.',
  scope: 'users:write',
  params: { id: IdInUrl },
  query: { force: flag.optional() },
  body: GroupChange,
  answers: { 200: Group },
  errors: ['CANNOT_GRANT', 'UNKNOWN_ROLE', 'NAME_TAKEN', 'GROUP_REFERENCED'],
  effects: [writes('group'), unique('group-name'), reads('policy'), ...rights, ...plan, records('group.updated')],
});

export const deleteGroup = endpoint('DELETE /groups/{id}', {
  summary: 'Delete a group',
  description: 'A group that policies name goes with `force` only; they keep the name, which then matches nobody.',
  scope: 'users:write',
  params: { id: IdInUrl },
  query: { force: flag.optional() },
  answers: { 200: Deletion },
  errors: ['CANNOT_GRANT', 'GROUP_REFERENCED'],
  effects: [
    writes('group'),
    unique('group-name'),
    writes('count'),
    reads('policy'),
    ...rights,
    ...plan,
    records('group.deleted'),
  ],
});

export const putMembers = endpoint('PUT /groups/{id}/members', {
  summary: 'Add members to a group',
  scope: 'users:write',
  params: { id: IdInUrl },
  body: NewMembers,
  answers: {
    200: z.object({ id: z.string(), added: z.array(z.string()), already: z.array(z.string()), member_count: z.int() }),
  },
  errors: ['CANNOT_GRANT', 'CANNOT_MANAGE_USER', 'UNKNOWN_USER', 'LIMIT_EXCEEDED'],
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

export const deleteMember = endpoint('DELETE /groups/{id}/members/{userId}', {
  summary: 'Remove a member from a group',
  scope: 'users:write',
  params: { id: IdInUrl, userId: IdInUrl },
  answers: { 200: z.object({ id: z.string(), user_id: z.string(), deleted_at: Timestamp, member_count: z.int() }) },
  errors: ['CANNOT_GRANT', 'CANNOT_MANAGE_USER'],
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
  endpoints: [listGroups, putGroup, getGroup, postGroup, deleteGroup, putMembers, deleteMember],
  cascades: [
    after('user.deleted', [reads('groupmember', 'GSI1'), writes('groupmember'), reads('group'), writes('group')]),
    after('group.deleted', [writes('groupmember'), reads('user'), writes('user')]),
    after('org.closed', [writes('group'), writes('group-name'), writes('groupmember'), reads('user'), writes('user')]),
  ],
});

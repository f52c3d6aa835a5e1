import * as z from 'zod';
import { reads } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { flag, pageQuery } from '#schema/query.ts';
import { Timestamp } from '#schema/values.ts';

const Status = z.enum(['active', 'inactive']);

const Member = z.object({
  user_id: z.string().describe('Id of the user'),
  username: z.string().describe('Name of the user'),
  added_at: Timestamp.describe('Time at which the user joined the group'),
});

const Group = z
  .object({
    id: z.string().describe('Id of the group'),
    name: z.string().describe('Name, as policies use it in `user_groups`'),
    display_name: z.string().describe('Name for people'),
    description: z.string().nullable().describe('Free text'),
    status: Status.describe('Only an `active` group matches callers'),
    member_count: z.int().describe('Number of members'),
    members: z.array(Member).optional().describe('With `include_members`: the first 50 members'),
    created_at: Timestamp.describe('Time of the creation'),
  })
  .meta({ id: 'PolicyGroup' });

export const listDialplanGroups = endpoint('GET /dialplan/groups', {
  id: 'listDialplanGroups',
  summary: 'List the groups that policies can name',
  description: 'By name. GET /groups/{id} has all members of a group.',
  scope: 'dialplan:read',
  query: {
    ...pageQuery,
    include_members: flag.optional().describe('Adds the first 50 members of each group; `limit` is at most 100 then'),
    status: Status.optional().describe('Only groups with this status'),
  },
  answers: { 200: listOf(Group, 'groups') },
  errors: [],
  effects: [reads('group', 'GSI1'), reads('groupmember'), reads('user')],
});

export const dialplanGroups = resource('dialplan-groups', {
  area: 'dialplan',
  format: 'dialplan',
  endpoints: [listDialplanGroups],
});

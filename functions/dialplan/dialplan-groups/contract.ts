import * as z from 'zod';
import { reads } from '../../../shared/contract/effects.ts';
import { endpoint, listOf } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { flag, pageQuery } from '../../../shared/schema/query.ts';
import { Timestamp } from '../../../shared/schema/values.ts';

const Status = z.enum(['active', 'inactive']);

/** A group as policies name it (seed 004, "Get Dial Plan Groups"). */
const Group = z
  .object({
    id: z.string(),
    name: z.string(),
    display_name: z.string(),
    description: z.string().nullable(),
    status: Status,
    member_count: z.int(),
    /** With `include_members`. */
    members: z.array(z.object({ user_id: z.string(), username: z.string(), added_at: Timestamp })).optional(),
    created_at: Timestamp,
  })
  .meta({ id: 'PolicyGroup' });

export const listDialplanGroups = endpoint('GET /dialplan/groups', {
  summary: 'Groups that policies may name',
  description:
    'By name. `include_members` shows the first 50 of each (all of them: GET /groups/{id}), and `limit` is at most 100 then.',
  scope: 'dialplan:read',
  query: { ...pageQuery, include_members: flag.optional(), status: Status.optional() },
  answers: { 200: listOf(Group, 'groups') },
  errors: [],
  effects: [reads('group', 'GSI1'), reads('groupmember'), reads('user')],
});

export const dialplanGroups = resource('dialplan-groups', {
  area: 'dialplan',
  format: 'dialplan',
  endpoints: [listDialplanGroups],
});

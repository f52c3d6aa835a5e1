import * as z from 'zod';
import { reads } from '../../../shared/contract/effects.ts';
import { endpoint, listOf } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { pageQuery, rangeEnd, rangeStart, wholeNumber } from '../../../shared/schema/query.ts';
import { PolicyFound, sorts, statuses } from './found-policy.ts';

const Priority = wholeNumber(0, 1_000_000);
const Text = z.string().min(1).max(512);

/** What finds and sorts, which the answer repeats. */
export const searchFields = {
  q: z.string().max(512).optional(),
  status: z.enum(statuses).optional(),
  pattern: Text.optional(),
  group: Text.optional(),
  priority_min: Priority.optional(),
  priority_max: Priority.optional(),
  created_after: rangeStart.optional(),
  created_before: rangeEnd.optional(),
  sort: z.enum(sorts).optional(),
  order: z.enum(['asc', 'desc']).optional(),
} as const;

export const searchPolicies = endpoint('GET /dialplan/search', {
  summary: 'Search dial-plan policies',
  description:
    'Each word of `q` is looked for in name and description; `match_score` is 1 when all are in the name. `pattern` finds policies whose pattern contains ' +
    'that text, or matches it as a dialed string. Best match first, without `q` by priority.',
  scope: 'dialplan:read',
  query: { ...pageQuery, ...searchFields },
  answers: { 200: listOf(PolicyFound, 'results') },
  errors: [],
  effects: [reads('policy'), reads('group-name')],
});

export const dialplanSearch = resource('dialplan-search', {
  area: 'dialplan',
  format: 'dialplan',
  endpoints: [searchPolicies],
});

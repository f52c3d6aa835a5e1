import * as z from 'zod';
import { reads } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { pageQuery, rangeEnd, rangeStart, wholeNumber } from '#schema/query.ts';
import { PolicyFound, sorts, Status } from './search.ts';

const Priority = wholeNumber(0, 1_000_000);
const Text = z.string().min(1).max(512);

/** Parameters that filter and sort. The answer repeats them. */
export const searchFields = {
  q: z.string().max(512).optional().describe('Words to look for in name and description, case ignored'),
  status: Status.optional().describe('Only policies with this status'),
  pattern: Text.optional().describe('Part of the text of a pattern, or a dialed string that the pattern matches'),
  group: Text.optional().describe(
    'Only policies that list this group, by present name or id, or that list this unresolved name',
  ),
  priority_min: Priority.optional().describe('Lowest priority number'),
  priority_max: Priority.optional().describe('Highest priority number'),
  created_after: rangeStart
    .optional()
    .describe('Start of the range of creation, inclusive: an instant, or a day (UTC)'),
  created_before: rangeEnd
    .optional()
    .describe('End of the range of creation: an instant (exclusive), or a day (UTC, inclusive)'),
  sort: z.enum(sorts).optional().describe('Sort field; default: score with `q`, else priority'),
  order: z.enum(['asc', 'desc']).optional().describe('Sort order; default: `desc` for the score, else `asc`'),
} as const;

export const searchPolicies = endpoint('GET /dialplan/search', {
  id: 'searchPolicies',
  summary: 'Search dial-plan policies',
  description:
    'Looks for each word of `q` in name and description. `match_score` is 1 if all words are in the name; a policy ' +
    'without any of them is not a result. Default order: best match first with `q`, else by priority. Equal results ' +
    'follow the order in which policies decide. `query` repeats the parameters.',
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

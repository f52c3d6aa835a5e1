import * as z from 'zod';
import { Timestamp } from '#schema/values.ts';
import { isDialable } from '../plan/matcher/character-set.ts';
import { compileMatcher } from '../plan/matcher/matcher.ts';
import { lazyPattern } from '../plan/lazy-pattern.ts';
import { described, policyStatuses, type Policy } from '../schema/policy.ts';

/** The search for policies (`GET /dialplan/search`). */

export const Status = z.enum(policyStatuses);
export const sorts = ['name', 'priority', 'created_at', 'updated_at'] as const;

/** A policy that was found, as answered. */
export const PolicyFound = z
  .object({
    id: z.string().describe('Id of the policy'),
    name: z.string().describe(described.name),
    description: z.string().optional().describe(described.description),
    status: Status.describe(described.status),
    priority: z.int().describe(described.priority),
    match_score: z
      .number()
      .describe('Mean over the words of `q`: 1 in the name, 0.5 in the description only; 1 without `q`'),
    conditions: z.object({ pattern: z.string().describe(described.pattern) }).describe('The pattern of the policy'),
    created_at: Timestamp.describe('Time of the creation'),
    updated_at: Timestamp.describe('Time of the last change'),
  })
  .meta({ id: 'FoundPolicy' });

export type Search = {
  /** Words to look for in name and description. */
  readonly q?: string | undefined;
  readonly status?: Policy['status'] | undefined;
  /** Part of the text of a pattern, or a dialed string that the pattern matches. */
  readonly pattern?: string | undefined;
  /** Name or id of a group. */
  readonly group?: string | undefined;
  readonly priority_min?: number | undefined;
  readonly priority_max?: number | undefined;
  /** First millisecond of the range, ISO 8601 UTC. */
  readonly created_after?: string | undefined;
  /** Last millisecond of the range, ISO 8601 UTC. */
  readonly created_before?: string | undefined;
  readonly sort?: (typeof sorts)[number] | undefined;
  readonly order?: 'asc' | 'desc' | undefined;
};

type Searched = Pick<
  Policy,
  'id' | 'name' | 'description' | 'status' | 'priority' | 'conditions' | 'group_ids' | 'created_at' | 'updated_at'
>;

type Scored<P> = P & { readonly match_score: number };

/**
 * The policies that match, sorted. Default order: by score with `q`, best first; else by priority.
 * @param groupId the id of the group that now has the name in `group`, if any
 */
export function search<P extends Searched>(policies: readonly P[], query: Search, groupId?: string): Scored<P>[] {
  const words = wordsOf(query.q);
  const hasPattern = patternFilter(policies, query.pattern);
  return policies
    .filter((policy) => isInRange(policy, query) && listsGroup(policy, query.group, groupId) && hasPattern(policy))
    .map((policy) => ({ ...policy, match_score: scoreOf(policy, words) }))
    .filter(({ match_score }) => match_score > 0)
    .sort(comparatorOf(query, words.length > 0));
}

const wordsOf = (q = ''): readonly string[] =>
  q
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');

/** The mean over the words of 1 (in the name), 0.5 (in the description only) or 0, with two decimals. */
function scoreOf({ name, description = '' }: Searched, words: readonly string[]): number {
  if (words.length === 0) return 1;
  const [inName, inDescription] = [name.toLowerCase(), description.toLowerCase()];
  const pointsOf = (word: string): number => {
    if (inName.includes(word)) return 1;
    return inDescription.includes(word) ? 0.5 : 0;
  };
  const points = words.reduce((sum, word) => sum + pointsOf(word), 0);
  return Math.round((100 * points) / words.length) / 100;
}

const isInRange = (
  policy: Searched,
  {
    status,
    priority_min: min = 0,
    priority_max: max = Infinity,
    created_after: from = '',
    created_before: to = '9',
  }: Search,
): boolean =>
  (status === undefined || policy.status === status) &&
  policy.priority >= min &&
  policy.priority <= max &&
  policy.created_at >= from &&
  policy.created_at <= to;

/** A resolved entry is found by the present name or the id of its group, any other entry by its own text. */
function listsGroup(
  { conditions, group_ids: resolvedIds }: Searched,
  group: string | undefined,
  groupId: string | undefined,
): boolean {
  if (group === undefined) return true;
  const ids = new Map(Object.entries(resolvedIds));
  const wanted = group.toLowerCase();
  return (conditions.user_groups ?? [])
    .map((entry) => entry.toLowerCase())
    .some((entry) => {
      const id = ids.get(entry);
      return id === undefined ? entry === wanted : id === groupId || id.toLowerCase() === wanted;
    });
}

/** One matcher looks for all patterns in one pass over the dialed string. */
function patternFilter(policies: readonly Searched[], text: string | undefined): (policy: Searched) => boolean {
  if (text === undefined) return () => true;
  const rules = isDialable(text)
    ? policies.map((policy) => ({ policy, pattern: lazyPattern(policy.conditions.pattern) }))
    : [];
  const matching = new Set(
    compileMatcher(rules)
      .matching(text)
      .map(({ policy }) => policy),
  );
  return (policy) => policy.conditions.pattern.includes(text) || matching.has(policy);
}

function compare<T extends string | number>(one: T, other: T): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** Equal keys are sorted by priority, then by id: the order in which policies decide. */
function comparatorOf(
  { sort, order }: Search,
  isScored: boolean,
): (one: Scored<Searched>, other: Scored<Searched>) => number {
  const field = sort ?? (isScored ? 'match_score' : 'priority');
  const direction = order ?? (field === 'match_score' ? 'desc' : 'asc');
  const sign = direction === 'asc' ? 1 : -1;
  const keyOf = (policy: Scored<Searched>): string | number =>
    field === 'name' ? policy.name.toLowerCase() : policy[field];
  return (one, other) =>
    sign * compare(keyOf(one), keyOf(other)) || one.priority - other.priority || compare(one.id, other.id);
}

import { isDialable } from '../dialplan-evaluator/matcher/character-set.ts';
import { compileMatcher } from '../dialplan-evaluator/matcher/matcher.ts';
import { savedPattern } from '../dialplan-evaluator/saved-pattern.ts';
import type { Policy } from '../dialplan-policies/policy.ts';
import type { sorts } from './found-policy.ts';

/** The search for policies (seed 004, "Search Dial Plan Policies"; dialplan.md, "Search"). */

export type Search = {
  /** Words, each looked for in name and description. */
  readonly q?: string | undefined;
  readonly status?: Policy['status'] | undefined;
  /** A piece of a pattern's text, or a dialed string that the pattern matches. */
  readonly pattern?: string | undefined;
  /** A group's name or id. */
  readonly group?: string | undefined;
  readonly priority_min?: number | undefined;
  readonly priority_max?: number | undefined;
  /** ISO 8601 UTC: the first and the last millisecond of the range. */
  readonly created_after?: string | undefined;
  readonly created_before?: string | undefined;
  readonly sort?: (typeof sorts)[number] | undefined;
  readonly order?: 'asc' | 'desc' | undefined;
};

type Searched = Pick<
  Policy,
  'id' | 'name' | 'description' | 'status' | 'priority' | 'conditions' | 'group_ids' | 'created_at' | 'updated_at'
>;

type Found<P> = P & { readonly match_score: number };

/**
 * The policies that are found, in the order asked for: without `sort` by score, the best first, where words are looked
 * for, else by priority.
 * @param groupId of the group that is called as `group` says, if one is
 */
export function search<P extends Searched>(policies: readonly P[], wanted: Search, groupId?: string): Found<P>[] {
  const words = wordsOf(wanted.q);
  const patterns = patternFilter(policies, wanted.pattern);
  return policies
    .filter((policy) => isInRange(policy, wanted) && isOfGroup(policy, wanted.group, groupId) && patterns(policy))
    .map((policy) => ({ ...policy, match_score: scoreOf(policy, words) }))
    .filter(({ match_score }) => match_score > 0)
    .sort(orderOf(wanted, words.length > 0));
}

const wordsOf = (q = ''): readonly string[] =>
  q
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');

/** The mean over the words of 1 (in the name), ½ (in the description only) or 0; two decimals. */
function scoreOf({ name, description = '' }: Searched, words: readonly string[]): number {
  if (words.length === 0) return 1;
  const [inName, inDescription] = [name.toLowerCase(), description.toLowerCase()];
  const points = words.map((word) => (inName.includes(word) ? 1 : inDescription.includes(word) ? 0.5 : 0));
  return Math.round((100 * points.reduce<number>((sum, each) => sum + each, 0)) / words.length) / 100;
}

const isInRange = (
  policy: Searched,
  {
    status,
    priority_min: least = 0,
    priority_max: most = Infinity,
    created_after: from = '',
    created_before: to = '9',
  }: Search,
): boolean =>
  (status === undefined || policy.status === status) &&
  policy.priority >= least &&
  policy.priority <= most &&
  policy.created_at >= from &&
  policy.created_at <= to;

/** A group goes by its present name, or by the entry that names no group. */
function isOfGroup(
  { conditions, group_ids: remembered }: Searched,
  wanted: string | undefined,
  groupId: string | undefined,
): boolean {
  if (wanted === undefined) return true;
  const ids = new Map(Object.entries(remembered));
  const entry = wanted.toLowerCase();
  return (conditions.user_groups ?? [])
    .map((each) => each.toLowerCase())
    .some((each) => {
      const id = ids.get(each);
      return id === undefined ? each === entry : id === groupId || id.toLowerCase() === entry;
    });
}

/** All patterns are looked for in one pass. */
function patternFilter(policies: readonly Searched[], wanted: string | undefined): (policy: Searched) => boolean {
  if (wanted === undefined) return () => true;
  const rules = isDialable(wanted)
    ? policies.map((policy) => ({ policy, pattern: savedPattern(policy.conditions.pattern) }))
    : [];
  const matching = new Set(
    compileMatcher(rules)
      .matching(wanted)
      .map(({ policy }) => policy),
  );
  return (policy) => policy.conditions.pattern.includes(wanted) || matching.has(policy);
}

const comparing = <T extends string | number>(one: T, other: T): number => (one < other ? -1 : one > other ? 1 : 0);

/** Ties go by priority, then by id, as policies decide. */
function orderOf({ sort, order }: Search, scored: boolean): (one: Found<Searched>, other: Found<Searched>) => number {
  const field = sort ?? (scored ? 'match_score' : 'priority');
  const sign = (order ?? (field === 'match_score' ? 'desc' : 'asc')) === 'asc' ? 1 : -1;
  const keyOf = (policy: Found<Searched>): string | number =>
    field === 'name' ? policy.name.toLowerCase() : policy[field];
  return (one, other) =>
    sign * comparing(keyOf(one), keyOf(other)) || one.priority - other.priority || comparing(one.id, other.id);
}

import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { foldedGroupName, groupNameRow } from '#dynamodb/rows/group.ts';
import type { Slice, Table } from '#dynamodb/table.ts';
import { policyRow } from '../rows/policy.ts';
import type { dialplanSearch } from './contract.ts';

export const searchStore = (table: Table<ReadName<EffectOf<typeof dialplanSearch>>>) => ({
  /** All policies, 10,000 at most, so that the sort order is exact. */
  policies: () => readToEnd((after) => table.query(policyRow, {}, after)),
  /** The id of the group with a name, if any. */
  groupNamed: async (name: string) => (await table.get(groupNameRow, { name: foldedGroupName(name) }))?.owner,
});

/** A page of results. Its tokens are positions in the order of this request. */
export const pageOf = <Item>(request: PageRequest, results: readonly Item[]) =>
  readPage(request, { read: async (range) => sliceOf(results, range) });

function sliceOf<Item>(
  results: readonly Item[],
  { limit = results.length, after }: { readonly limit?: number; readonly after?: string },
): Slice<Item> {
  const from = after === undefined ? 0 : Number(after);
  const to = from + limit;
  return {
    items: results.slice(from, to),
    cursor: to < results.length ? String(to) : undefined,
    cursorAt: (position) => String(from + position + 1),
  };
}

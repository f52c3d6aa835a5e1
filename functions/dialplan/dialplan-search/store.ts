import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { all } from '../../../shared/dynamodb/all.ts';
import { readPage, type PageRequest } from '../../../shared/dynamodb/page.ts';
import { foldedGroupName, groupNameRow } from '../../../shared/dynamodb/rows/group.ts';
import type { Slice, Table } from '../../../shared/dynamodb/table.ts';
import { policyRow } from '../dialplan-policies/row.ts';
import type { dialplanSearch } from './contract.ts';

export const searchStore = (table: Table<ReadName<EffectOf<typeof dialplanSearch>>>) => ({
  /** All of them: 10,000 at most, so that their order is exact. */
  policies: () => all((after) => table.query(policyRow, {}, after)),
  /** The group of a name, if there is one. */
  groupNamed: async (name: string) => (await table.get(groupNameRow, { name: foldedGroupName(name) }))?.owner,
});

/** A page of what was found. Its tokens name a place in the order of the moment. */
export const pageOf = <Item>(request: PageRequest, found: readonly Item[]) =>
  readPage(request, { read: async (range) => sliceOf(found, range) });

function sliceOf<Item>(
  found: readonly Item[],
  { limit = found.length, after }: { readonly limit?: number; readonly after?: string },
): Slice<Item> {
  const from = after === undefined ? 0 : Number(after);
  const to = from + limit;
  return {
    items: found.slice(from, to),
    cursor: to < found.length ? String(to) : undefined,
    cursorAt: (position) => String(from + position + 1),
  };
}

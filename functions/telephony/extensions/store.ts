import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readPage, type Page, type PageRequest } from '#dynamodb/page.ts';
import { userExtensionRow, userRow } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { callFlowRow } from '../rows/call-flow.ts';
import { ringGroupRow } from '../rows/ring-group.ts';
import type { extensions } from './contract.ts';
import { ownerType, type ExtensionType } from './extension-owner.ts';

type Extension = {
  readonly extension: string;
  readonly type: ExtensionType;
  readonly id: string;
  readonly name: string | null;
};

export const extensionStore = (table: Table<ReadName<EffectOf<typeof extensions>>>) => ({
  /** Extensions in the order of their digits. @param type only those of such owners */
  page: async (request: PageRequest, type: ExtensionType | undefined): Promise<Page<Extension>> => {
    const found = await readPage(request, {
      read: (range) => table.query(userExtensionRow, {}, { ...range, order: 'asc' }),
      keep: ({ owner }) => (type === undefined ? ownerType(owner) !== undefined : ownerType(owner) === type),
    });
    const idsOf = (wanted: ExtensionType) =>
      found.items.flatMap(({ owner: id }) => (ownerType(id) === wanted ? [{ id }] : []));
    const [users, groups, flows] = await Promise.all([
      table.getAll(userRow, idsOf('user')),
      table.getAll(ringGroupRow, idsOf('ring_group')),
      table.getAll(callFlowRow, idsOf('call_flow')),
    ]);
    const names = new Map([
      ...users.map((user) => [user?.id, user?.display_name] as const),
      ...[...groups, ...flows].map((each) => [each?.id, each?.name] as const),
    ]);
    const items = found.items.flatMap(({ extension, owner: id }): Extension[] => {
      const ownedBy = ownerType(id);
      return ownedBy === undefined ? [] : [{ extension, type: ownedBy, id, name: names.get(id) ?? null }];
    });
    return { ...found, items };
  },
});

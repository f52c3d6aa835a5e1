import type { EffectOf } from '../../shared/contract/resource.ts';
import type { ReadName } from '../../shared/contract/effects.ts';
import { readPage, type PageRequest } from '../../shared/dynamodb/page.ts';
import { oneLess, oneMore } from '../../shared/dynamodb/rows/count.ts';
import type { Table } from '../../shared/dynamodb/table.ts';
import { create, remove, replace } from '../../shared/dynamodb/write.ts';
import type { sipTrunks } from './contract.ts';
import { trunkNameRow, trunkRow } from './row.ts';
import type { SipTrunkItem } from './sip-trunk.ts';

const folded = (name: string): string => name.toLowerCase();
const nameOf = (trunk: SipTrunkItem) =>
  create(trunkNameRow, { name: folded(trunk.name), owner: trunk.id }, 'TRUNK_NAME_EXISTS', `A trunk named ${trunk.name} exists`);

export const trunkStore = (table: Table<ReadName<EffectOf<typeof sipTrunks>>>) => ({
  get: (id: string) => table.get(trunkRow, { id }),
  page: (request: PageRequest, keep: (trunk: SipTrunkItem) => boolean) =>
    readPage(request, { read: (range) => table.query(trunkRow, {}, range), keep }),
});

export const creation = (trunk: SipTrunkItem, limit: number) => [create(trunkRow, trunk), nameOf(trunk), oneMore('trunks', limit)] as const;

export const update = (before: SipTrunkItem, after: SipTrunkItem) => [
  replace(trunkRow, after, before),
  ...(folded(before.name) === folded(after.name) ? [] : [nameOf(after), remove(trunkNameRow, { name: folded(before.name) })]),
] as const;

export const removal = (trunk: SipTrunkItem) => [remove(trunkRow, trunk, trunk), remove(trunkNameRow, { name: folded(trunk.name) }), oneLess('trunks')] as const;

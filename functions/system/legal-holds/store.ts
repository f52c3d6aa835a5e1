import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { countWrites, itemWrites, composeWrites } from '#dynamodb/rows/item-writes.ts';
import { readPages } from '#dynamodb/page.ts';
import { decrementCount } from '#dynamodb/rows/count.ts';
import type { LegalHold } from '#schema/legal-hold.ts';
import { headWrites, holdHeads, legalHoldRow } from '#dynamodb/rows/legal-hold.ts';
import type { Table } from '#dynamodb/table.ts';
import { uniqueValues } from '#dynamodb/unique-values.ts';
import { replace } from '#dynamodb/write.ts';
import { foldText } from '#schema/searched-text.ts';
import type { legalHolds } from './contract.ts';
import { holdNameRow } from './row.ts';

/** Active holds of an organization. */
const maxHolds = 1_000;

export const legalHoldStore = (table: Table<ReadName<EffectOf<typeof legalHolds>>>) => ({
  get: (id: string) => table.get(legalHoldRow, { id }),
  heads: () => holdHeads(table),
  page: readPages((range) => table.query(legalHoldRow, {}, range)),
});

type Heads = Awaited<ReturnType<typeof holdHeads>>;

const names = uniqueValues(holdNameRow, {
  markerOf: ({ id, name }: LegalHold) => ({ name: foldText(name), owner: id }),
  taken: 'NAME_TAKEN',
  message: ({ name }) => `An active hold named ${name} exists`,
});

const ownWrites = composeWrites(itemWrites(legalHoldRow), names.writes, countWrites('legal holds', maxHolds));

export const saveWrites = (before: LegalHold | undefined, after: LegalHold, heads: Heads) => [
  ...ownWrites(before, after),
  ...headWrites(after.id, before, after, heads),
];

export const releaseWrites = (before: LegalHold, after: LegalHold, heads: Heads) => [
  replace(legalHoldRow, after, before),
  names.release(before),
  decrementCount('legal holds'),
  ...headWrites(after.id, before, undefined, heads),
];

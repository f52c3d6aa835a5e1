import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { readPage, type PageRequest } from '../../../shared/dynamodb/page.ts';
import { decrementCount, incrementCount } from '../../../shared/dynamodb/rows/count.ts';
import type { LegalHold } from '../../../shared/schema/legal-hold.ts';
import { headWrites, holdHeads, legalHoldRow } from '../../../shared/dynamodb/rows/legal-hold.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { create, remove, replace, type Write } from '../../../shared/dynamodb/write.ts';
import { foldText } from '../../../shared/schema/searched-text.ts';
import type { legalHolds } from './contract.ts';
import { holdNameRow } from './row.ts';

/** Active holds of an organization. */
const maxHolds = 1_000;

export const legalHoldStore = (table: Table<ReadName<EffectOf<typeof legalHolds>>>) => ({
  get: (id: string) => table.get(legalHoldRow, { id }),
  heads: () => holdHeads(table),
  page: (request: PageRequest, keep: (hold: LegalHold) => boolean) =>
    readPage(request, { read: (range) => table.query(legalHoldRow, {}, range), keep }),
});

type Heads = Awaited<ReturnType<typeof holdHeads>>;

const nameOf = ({ id, name }: LegalHold) => ({ name: foldText(name), owner: id });

const reserveName = (hold: LegalHold): Write<'hold-name'> =>
  create(holdNameRow, nameOf(hold), 'NAME_TAKEN', `An active hold named ${hold.name} exists`);

export const placeWrites = (hold: LegalHold, heads: Heads) => [
  create(legalHoldRow, hold),
  reserveName(hold),
  incrementCount('legal holds', maxHolds),
  ...headWrites(hold.id, undefined, hold, heads),
];

export const changeWrites = (before: LegalHold, after: LegalHold, heads: Heads) => [
  replace(legalHoldRow, after, before),
  ...(nameOf(before).name === nameOf(after).name ? [] : [reserveName(after), remove(holdNameRow, nameOf(before))]),
  ...headWrites(after.id, before, after, heads),
];

export const releaseWrites = (before: LegalHold, after: LegalHold, heads: Heads) => [
  replace(legalHoldRow, after, before),
  remove(holdNameRow, nameOf(before)),
  decrementCount('legal holds'),
  ...headWrites(after.id, before, undefined, heads),
];

import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { decrementCount, incrementCount } from '#dynamodb/rows/count.ts';
import type { LegalHold } from '#schema/legal-hold.ts';
import { headWrites, holdHeads, legalHoldRow } from '#dynamodb/rows/legal-hold.ts';
import type { Table } from '#dynamodb/table.ts';
import { uniqueValues } from '#dynamodb/unique-values.ts';
import { create, replace } from '#dynamodb/write.ts';
import { foldText } from '#schema/searched-text.ts';
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

const names = uniqueValues(holdNameRow, {
  markerOf: ({ id, name }: LegalHold) => ({ name: foldText(name), owner: id }),
  taken: 'NAME_TAKEN',
  message: ({ name }) => `An active hold named ${name} exists`,
});

export const placeWrites = (hold: LegalHold, heads: Heads) => [
  create(legalHoldRow, hold),
  names.claim(hold),
  incrementCount('legal holds', maxHolds),
  ...headWrites(hold.id, undefined, hold, heads),
];

export const changeWrites = (before: LegalHold, after: LegalHold, heads: Heads) => [
  replace(legalHoldRow, after, before),
  ...names.move(before, after),
  ...headWrites(after.id, before, after, heads),
];

export const releaseWrites = (before: LegalHold, after: LegalHold, heads: Heads) => [
  replace(legalHoldRow, after, before),
  names.release(before),
  decrementCount('legal holds'),
  ...headWrites(after.id, before, undefined, heads),
];

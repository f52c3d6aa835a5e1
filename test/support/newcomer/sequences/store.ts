import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import type { Table } from '#dynamodb/table.ts';
import { create, overwrite } from '#dynamodb/write.ts';
import type { sequences } from './contract.ts';
import { sequenceRow } from './row.ts';
import type { Sequence } from './sequence.ts';

export const sequenceStore = (table: Table<ReadName<EffectOf<typeof sequences>>>) => ({
  get: (name: string) => table.get(sequenceRow, { name }),
});

export const createWrites = (sequence: Sequence) => [
  create(sequenceRow, sequence, 'NAME_TAKEN', `A sequence named ${sequence.name} exists`),
];
export const updateWrites = (after: Sequence) => [overwrite(sequenceRow, after)];

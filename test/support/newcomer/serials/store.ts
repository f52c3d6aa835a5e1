import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import type { Table } from '#dynamodb/table.ts';
import { create, overwrite } from '#dynamodb/write.ts';
import type { serials } from './contract.ts';
import { serialRow } from './row.ts';
import type { Serial } from './serial.ts';

export const serialStore = (table: Table<ReadName<EffectOf<typeof serials>>>) => ({
  get: (name: string) => table.get(serialRow, { name }),
});

export const createWrites = (serial: Serial) => [
  create(serialRow, serial, 'NAME_TAKEN', `A serial number named ${serial.name} exists`),
];
export const updateWrites = (after: Serial) => [overwrite(serialRow, after)];

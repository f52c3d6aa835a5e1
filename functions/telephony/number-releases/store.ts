import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { numberRow, type NumberItem } from '#dynamodb/rows/number.ts';
import type { Table } from '#dynamodb/table.ts';
import { replace } from '#dynamodb/write.ts';
import type { numberReleases } from './contract.ts';
import { endQuarantine } from './quarantine.ts';

export const releaseStore = (table: Table<ReadName<EffectOf<typeof numberReleases>>>) => ({
  get: (number: string) => table.get(numberRow, { number }),
});

/** The number after its quarantine, and its write; undefined as for {@link endQuarantine}. */
export function endQuarantineWrite(number: NumberItem, now: string) {
  const after = endQuarantine(number, now);
  return after === undefined ? undefined : { number: after, write: replace(numberRow, after, number) };
}

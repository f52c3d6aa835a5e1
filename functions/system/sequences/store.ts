import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { decrementCount, incrementCount } from '#dynamodb/rows/count.ts';
import type { Store } from '#dynamodb/client.ts';
import type { Table } from '#dynamodb/table.ts';
import type { Condition } from '#dynamodb/update-expression.ts';
import { updateItem } from '#dynamodb/update-item.ts';
import { change, create, replace } from '#dynamodb/write.ts';
import type { sequences } from './contract.ts';
import { sequenceRow } from './row.ts';
import { latestFor, oppositeBound, sequenceErrors, type Sequence } from './sequence.ts';

/** Sequences of an organization, those that were deleted not counted. */
const maxSequences = 1_000;

export const sequenceStore = (table: Table<ReadName<EffectOf<typeof sequences>>>) => ({
  get: (name: string): Promise<Sequence | undefined> => table.get(sequenceRow, { name }),
});

/** @param deleted one of its name that was deleted, which it replaces */
export const createWrites = (sequence: Sequence, deleted: Sequence | undefined) => [
  deleted === undefined
    ? create(sequenceRow, sequence, sequenceErrors.SEQUENCE_EXISTS, `A sequence named ${sequence.name} exists`)
    : replace(sequenceRow, sequence, deleted),
  incrementCount('sequences', maxSequences),
];

/** Deletes a sequence. Numbers that others take at that time are kept too. @param pinned the version to delete */
export const deleteWrites = (sequence: Sequence, now: string, pinned: number | undefined) => [
  change(
    sequenceRow,
    { name: sequence.name },
    {
      set: { state: 'deleted', updated_at: now, generation: sequence.generation + 1 },
      add: { version: 1 },
      onlyIf: isStill(sequence, pinned === undefined ? {} : { version: pinned }),
    },
  ),
  decrementCount('sequences'),
];

/** Marks that the end of a sequence is reported. Stale if it was. */
export const exhaustedWrite = (sequence: Sequence) =>
  change(
    sequenceRow,
    { name: sequence.name },
    { set: { exhausted: true }, add: { version: 1 }, onlyIf: isStill(sequence, { exhausted: false }) },
  );

/** The sequence was neither deleted nor created again, and has these values. */
function isStill({ generation }: Sequence, more: Partial<Sequence>): Required<Condition> {
  const wanted = Object.entries({ generation, ...more });
  return {
    expression: wanted.map((_, at) => `#is${at} = :is${at}`).join(' AND '),
    names: Object.fromEntries(wanted.map(([name], at) => [`#is${at}`, name])),
    values: Object.fromEntries(wanted.map(([, value], at) => [`:is${at}`, value])),
  };
}

type Taking = { readonly organization: number; readonly count: number; readonly now: string };

/**
 * Takes the next block of a sequence, in one update that other callers do not disturb unless its end is near.
 * @param read the sequence, as it was a moment ago
 */
export function takeNext(store: Store, read: Sequence, { organization, count, now }: Taking) {
  const { expression, names, values } = isStill(read, { base: read.base });
  return updateItem(store, addressOf(read, organization), {
    set: { updated_at: now },
    add: { taken: count, issued: count, version: 1 },
    onlyIf: {
      expression: `${expression} AND taken <= :latest`,
      names,
      values: { ...values, ':latest': latestFor(read, count) },
    },
  });
}

/** Takes a block at the opposite bound, unless another caller was faster. */
export const takeAtOppositeBound = (store: Store, read: Sequence, { organization, count, now }: Taking) =>
  updateItem(store, addressOf(read, organization), {
    set: { updated_at: now, base: oppositeBound(read), taken: count },
    add: { issued: count, wraps: 1, version: 1 },
    onlyIf: isStill(read, { base: read.base, taken: read.taken }),
  });

const addressOf = ({ name }: Sequence, organization: number) => ({ organization, row: sequenceRow, key: { name } });

import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { heldRecordRow, legalHoldRow } from '#dynamodb/rows/legal-hold.ts';
import type { Table } from '#dynamodb/table.ts';
import type { Condition } from '#dynamodb/update-expression.ts';
import { change, create, overwrite, removeIf, type Write } from '#dynamodb/write.ts';
import type { RecordClass } from '#schema/record-class.ts';
import type { holdCounts } from './contract.ts';
import { isStored, type FactsPage, type HoldCount } from './hold-count.ts';
import { holdCountRow } from './row.ts';

/** Hidden records in one page. */
const hiddenAtOnce = 100;

export const holdCountStore = (table: Table<ReadName<EffectOf<typeof holdCounts>>>) => ({
  /** A hold, and its count. */
  read: async (id: string) => {
    const [hold, count] = await Promise.all([table.get(legalHoldRow, { id }), table.get(holdCountRow, { id })]);
    return { hold, count };
  },
  hold: (id: string) => table.get(legalHoldRow, { id }),
  /** Records of a class that their users have deleted. */
  hidden: async (of: RecordClass, after: string | null): Promise<FactsPage> => {
    const range = { limit: hiddenAtOnce, order: 'asc', ...(after === null ? {} : { after }) } as const;
    const { items, cursor = null } = await table.query(heldRecordRow, { class: of }, range);
    return { facts: items.map(({ facts }) => facts), cursor };
  },
});

/** The condition that a count still has the turn that was read. */
const sameTurn = ({ turn }: HoldCount): Condition => ({
  expression: '#turn = :turn',
  names: { '#turn': 'turn' },
  values: { ':turn': turn },
});

/** Saves a count under the turn that was read. Stale if another process has the turn. */
export const saveWrites = (read: HoldCount, after: HoldCount): Write<'holdcount'>[] => [
  isStored(read) ? overwrite(holdCountRow, after, sameTurn(read)) : create(holdCountRow, after),
];

/** Deletes a count that has ended or that nothing needs any more. */
export const removeWrites = (read: HoldCount): Write<'holdcount'>[] => [removeIf(holdCountRow, read, sameTurn(read))];

/** Sets the estimate of a hold that is as it was counted. It is no change of the hold: its version stays. */
export const estimateWrite = ({ id, version, counted }: HoldCount): Write<'hold'> =>
  change(
    legalHoldRow,
    { id },
    {
      set: { held_estimate: counted },
      onlyIf: {
        expression: '#version = :version AND #status = :active',
        names: { '#version': 'version', '#status': 'status' },
        values: { ':version': version, ':active': 'active' },
      },
    },
  );

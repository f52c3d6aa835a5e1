import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { all } from '../../../shared/dynamodb/all.ts';
import { packed } from '../../../shared/dynamodb/packed.ts';
import { indexAttributes } from '../../../shared/dynamodb/row.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { change, overwrite, remove } from '../../../shared/dynamodb/write.ts';
import {
  foldPartition,
  partsBefore,
  planChangeRow,
  planHeadRow,
  planPartRow,
  planSource,
} from '../dialplan-evaluator/row.ts';
import type { Plan } from '../dialplan-evaluator/plan.ts';
import type { planCompactor } from './contract.ts';

type CompactorTable = Table<ReadName<EffectOf<typeof planCompactor>>>;

/** A change with which its plan is to be folded. */
type Mark = { readonly org_id: number; readonly version: number };

/** Plans that one run folds; the next one goes on. */
const maxOfRun = 50;

export const marks = async (table: CompactorTable): Promise<readonly Mark[]> =>
  (await table.queryIndex(planChangeRow, 'GSI2', foldPartition, { order: 'asc', limit: maxOfRun })).items;

export const compactorStore = (table: CompactorTable) => ({
  source: planSource(table),
  foldedVersion: async () => (await table.get(planHeadRow, {}))?.snapshot?.version ?? 0,
  /** Parts of what was whole before: superseded, or never named by a head. */
  partsBefore: (version: number) =>
    all((after) => table.query(planPartRow, {}, { between: partsBefore(version), ...after })),
});

/** Bytes of a part: with its keys well below an item's 400 KB. */
const largestPart = 350_000;

/** A plan in the form in which it is stored whole. */
type FoldedPlan = { readonly version: number; readonly parts: readonly Uint8Array[] };

export function folded(plan: Plan): FoldedPlan {
  const bytes = packed(JSON.stringify(plan));
  const parts = Array.from({ length: Math.ceil(bytes.length / largestPart) }, (_, part) =>
    bytes.subarray(part * largestPart, (part + 1) * largestPart),
  );
  return { version: plan.version, parts };
}

/** One part at a time, as a transaction takes 4 MB only; nobody reads them before the head names them. */
export const partWrites = ({ version, parts }: FoldedPlan) =>
  parts.map((bytes, part) => [overwrite(planPartRow, { version, part, bytes })] as const);

/** The head names the plan as stored whole, unless it names a newer one. */
export const naming = ({ version, parts }: FoldedPlan) =>
  [
    change(
      planHeadRow,
      {},
      {
        set: { snapshot: { version, parts: parts.length, packed: true } },
        onlyIf: {
          expression: 'attribute_not_exists(#snapshot) OR #snapshot.#version < :version',
          names: { '#snapshot': 'snapshot', '#version': 'version' },
          values: { ':version': version },
        },
      },
    ),
  ] as const;

export const clearing = (parts: readonly { readonly version: number; readonly part: number }[]) =>
  parts.map((part) => remove(planPartRow, part));

const { partition, sort } = indexAttributes.GSI2;

/** The mark is gone from the index; the change stays. */
export const unmarking = ({ version }: Mark) =>
  [change(planChangeRow, { version }, { clear: [partition, sort] })] as const;

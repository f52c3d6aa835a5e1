import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { compressText } from '#dynamodb/compression.ts';
import { indexAttributes } from '#dynamodb/row.ts';
import type { Table } from '#dynamodb/table.ts';
import { change, overwrite, remove } from '#dynamodb/write.ts';
import { compactionPartition, partsBefore, planChangeRow, planHeadRow, planPartRow, planSource } from '../plan/row.ts';
import type { Plan } from '../plan/plan.ts';
import { splitIntoParts } from './compaction.ts';
import type { planCompactor } from './contract.ts';

type CompactorTable = Table<ReadName<EffectOf<typeof planCompactor>>>;

/** A change that makes its plan due for compaction. */
type MarkedChange = { readonly org_id: number; readonly version: number };

/** Plans of one run; the next run continues. */
const maxPlansPerRun = 50;

/** The marked changes of all organizations, oldest version first within each. */
export const markedChanges = async (table: CompactorTable): Promise<readonly MarkedChange[]> =>
  (await table.queryIndex(planChangeRow, 'GSI2', compactionPartition, { order: 'asc', limit: maxPlansPerRun })).items;

export const compactorStore = (table: CompactorTable) => ({
  source: planSource(table),
  /** Version of the present snapshot; 0 if there is none. */
  snapshotVersion: async () => (await table.get(planHeadRow, {}))?.snapshot?.version ?? 0,
  /** Parts of earlier snapshots, also of those that no head ever named. */
  partsBefore: (version: number) =>
    readToEnd((after) => table.query(planPartRow, {}, { between: partsBefore(version), ...after })),
});

/** A plan in the form in which it is stored. */
type PlanSnapshot = { readonly version: number; readonly parts: readonly Uint8Array[] };

export const planSnapshot = (plan: Plan): PlanSnapshot => ({
  version: plan.version,
  parts: splitIntoParts(compressText(JSON.stringify(plan))),
});

/** One transaction for each part, as a transaction takes 4 MB. No one reads a part before the head names it. */
export const partWrites = ({ version, parts }: PlanSnapshot) =>
  parts.map((bytes, part) => [overwrite(planPartRow, { version, part, bytes })] as const);

/** Names the snapshot in the head, unless the head names a newer one. */
export const headWrites = ({ version, parts }: PlanSnapshot) =>
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

export const deletePartWrites = (parts: readonly { readonly version: number; readonly part: number }[]) =>
  parts.map((part) => remove(planPartRow, part));

const { partition, sort } = indexAttributes.GSI2;

/** Removes the mark from the index; the change stays. */
export const unmarkWrites = ({ version }: MarkedChange) =>
  [change(planChangeRow, { version }, { clear: [partition, sort] })] as const;

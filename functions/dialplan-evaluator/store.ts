import type { ReadName } from '../../shared/contract/effects.ts';
import type { EffectOf } from '../../shared/contract/resource.ts';
import { fromAttributes, type Attributes } from '../../shared/dynamodb/row.ts';
import { userRow } from '../../shared/dynamodb/rows/user.ts';
import type { Slice, Table } from '../../shared/dynamodb/table.ts';
import type { PlanSource } from './compiled-plans.ts';
import type { dialplanEvaluator } from './contract.ts';
import { emptyPlan, type Plan } from './plan.ts';
import { behind, noHead, partsOf, planChangeRow, planHeadRow, planPartRow, type PlanHead } from './row.ts';

type EvaluatorTable = Table<ReadName<EffectOf<typeof dialplanEvaluator>>>;

/** Snapshots replaced while they were read, one after the other; more says that parts are missing. */
const mostReadings = 5;

/** The head as it came with the session. */
export const headOf = (alongside: Attributes | undefined): PlanHead => (alongside === undefined ? noHead : fromAttributes(planHeadRow, alongside));

export const evaluatorStore = (table: EvaluatorTable): PlanSource & { readonly groupsOf: (userId: string) => Promise<readonly string[] | undefined> } => ({
  groupsOf: async (userId) => (await table.get(userRow, { id: userId }))?.groups,
  snapshot: () => newestSnapshot(table),
  changesBehind: (version) => all((after) => table.query(planChangeRow, {}, { order: 'asc', between: behind(version), ...after })),
});

async function newestSnapshot(table: EvaluatorTable): Promise<Plan> {
  for (let reading = 1; reading <= mostReadings; reading += 1) {
    const { snapshot } = (await table.get(planHeadRow, {})) ?? noHead;
    if (snapshot === undefined) return emptyPlan;
    const parts = await all((after) => table.query(planPartRow, {}, { order: 'asc', prefix: partsOf(snapshot.version), ...after }));
    // What the folder wrote from a plan is a plan.
    if (parts.length === snapshot.parts) return JSON.parse(parts.map(({ text }) => text).join('')) as Plan;
  }
  throw new Error(`the plan of organization ${table.organization} lacks parts`);
}

async function all<Item>(read: (after: { after?: string }) => Promise<Slice<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  let slice: Slice<Item> | undefined;
  do {
    slice = await read(slice?.cursor === undefined ? {} : { after: slice.cursor });
    items.push(...slice.items);
  } while (slice.cursor !== undefined);
  return items;
}

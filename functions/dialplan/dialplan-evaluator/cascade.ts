import { remove } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import type { dialplanEvaluator } from './contract.ts';
import { planChangeRow, planHeadRow, planPartRow } from '../plan/row.ts';

/** Items of each kind in one slice. */
const limit = 40;

export const cascade: CascadeSteps<typeof dialplanEvaluator> = {
  'org.closed': [
    async (_organization, { table }) => {
      const [head, changes, parts] = await Promise.all([
        table.get(planHeadRow, {}),
        table.query(planChangeRow, {}, { limit }),
        table.query(planPartRow, {}, { limit }),
      ]);
      return [
        ...(head === undefined ? [] : [remove(planHeadRow, {})]),
        ...changes.items.map((change) => remove(planChangeRow, change)),
        ...parts.items.map((part) => remove(planPartRow, part)),
      ];
    },
  ],
};

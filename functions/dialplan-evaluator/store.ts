import type { ReadName } from '../../shared/contract/effects.ts';
import type { EffectOf } from '../../shared/contract/resource.ts';
import { fromAttributes, type Attributes } from '../../shared/dynamodb/row.ts';
import { userRow } from '../../shared/dynamodb/rows/user.ts';
import type { Table } from '../../shared/dynamodb/table.ts';
import type { dialplanEvaluator } from './contract.ts';
import { noHead, planHeadRow, planSource, type PlanHead } from './row.ts';

/** The head as it came with the session. */
export const headOf = (alongside: Attributes | undefined): PlanHead => (alongside === undefined ? noHead : fromAttributes(planHeadRow, alongside));

export const evaluatorStore = (table: Table<ReadName<EffectOf<typeof dialplanEvaluator>>>) => ({
  ...planSource(table),
  /** Ids or names of a user's groups; undefined: no such user. */
  groupsOf: async (userId: string) => (await table.get(userRow, { id: userId }))?.groups,
});

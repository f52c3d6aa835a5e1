import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import type { Table } from '#dynamodb/table.ts';
import type { PlanEdit } from '../plan/plan.ts';
import { readEditedPlan } from '../plan/row.ts';
import type { emergencyWarnings } from './contract.ts';

export const warningsStore = (table: Table<ReadName<EffectOf<typeof emergencyWarnings>>>) => ({
  /** The plan as an edit would leave it. */
  editedPlan: (edit: PlanEdit) => readEditedPlan(table, edit),
});

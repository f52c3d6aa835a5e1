import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readGatewaysNamed } from '#dynamodb/rows/gateway.ts';
import type { Table } from '#dynamodb/table.ts';
import { create, replace } from '#dynamodb/write.ts';
import type { PlanEdit } from '../plan/plan.ts';
import { planEditWrites, readEditedPlan, readPlan, type PlanBase, type Publisher } from '../plan/row.ts';
import { archiveRow } from '../dialplan-history/row.ts';
import { policyRow } from '../rows/policy.ts';
import type { dialplanTemplate } from './contract.ts';
import type { DialplanTemplate } from '../schema/dialplan-template.ts';
import { templateRow } from '../rows/dialplan-template.ts';
import type { TemplateSave } from './template-save.ts';

export const templateStore = (table: Table<ReadName<EffectOf<typeof dialplanTemplate>>>) => ({
  plan: (publish: Publisher) => readPlan(table, publish),
  /** The plan as an edit would leave it. */
  editedPlan: ({ head }: PlanBase, edit: PlanEdit) => readEditedPlan(table, edit, head),
  get: () => table.get(templateRow, {}),
  gatewaysNamed: (references: readonly string[]) => readGatewaysNamed(table, references),
  /** The ids that a policy has. */
  existingPolicies: async (ids: readonly string[]) => {
    const found = await table.getAll(
      policyRow,
      ids.map((id) => ({ id })),
    );
    return new Set(found.flatMap((policy) => (policy === undefined ? [] : [policy.id])));
  },
});

export const saveWrites = (
  plan: PlanBase,
  before: DialplanTemplate | undefined,
  { template, edit, entry }: TemplateSave,
) =>
  [
    before === undefined ? create(templateRow, template) : replace(templateRow, template, before),
    create(archiveRow, entry),
    ...planEditWrites(plan, edit),
  ] as const;

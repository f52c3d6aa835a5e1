import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { readGatewaysNamed } from '#dynamodb/rows/gateway.ts';
import { groupRow } from '#dynamodb/rows/group.ts';
import type { Table } from '#dynamodb/table.ts';
import { policyRow } from '../rows/policy.ts';
import { templateRow } from '../rows/dialplan-template.ts';
import type { dialplanDependencies } from './contract.ts';

export const dependencyStore = (table: Table<ReadName<EffectOf<typeof dialplanDependencies>>>) => ({
  policy: (id: string) => table.get(policyRow, { id }),
  template: () => table.get(templateRow, {}),
  group: (id: string) => table.get(groupRow, { id }),
  /** The policies that exist. */
  policies: async (ids: readonly string[]) =>
    (
      await table.getAll(
        policyRow,
        ids.map((id) => ({ id })),
      )
    ).filter((policy) => policy !== undefined),
  /** The groups that exist. */
  groups: async (ids: readonly string[]) =>
    (
      await table.getAll(
        groupRow,
        ids.map((id) => ({ id })),
      )
    ).filter((group) => group !== undefined),
  gateways: (references: readonly string[]) => readGatewaysNamed(table, references),
  allPolicies: () => readToEnd((after) => table.query(policyRow, {}, after)),
});

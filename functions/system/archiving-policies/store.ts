import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { countWrites, itemWrites, composeWrites } from '#dynamodb/rows/item-writes.ts';
import { readPages } from '#dynamodb/page.ts';
import { prefetchByPathId } from '#dynamodb/prefetch.ts';
import type { Table } from '#dynamodb/table.ts';
import { uniqueValues } from '#dynamodb/unique-values.ts';
import { foldText } from '#schema/searched-text.ts';
import { archivingRow } from '../archiving-provisioning/row.ts';
import { archivingPolicyErrors, isGeneral, type StoredPolicy } from '../schema/archiving-policy.ts';
import type { archivingPolicies } from './contract.ts';
import { archivingPolicyRow, generalPolicyRow, policyNameRow } from '../rows/archiving-policy.ts';

/** Policies of an organization. */
const maxPolicies = 100;

export const prefetch = prefetchByPathId(archivingPolicyRow);

export const policyStore = (table: Table<ReadName<EffectOf<typeof archivingPolicies>>>) => ({
  get: (id: string) => table.get(archivingPolicyRow, { id }),
  isProvisioned: async (): Promise<boolean> => (await table.get(archivingRow, {}))?.enabled === true,
  page: readPages((range) => table.query(archivingPolicyRow, {}, range)),
});

const names = uniqueValues(policyNameRow, {
  markerOf: ({ id, name }: StoredPolicy) => ({ name: foldText(name), owner: id }),
  taken: 'NAME_TAKEN',
  message: ({ name }) => `A policy named ${name} exists`,
});

/** The class of a policy that decides about all of its records, which no other has. */
const classes = uniqueValues(generalPolicyRow, {
  markerOf: (policy: StoredPolicy) => ({ class: policy.class, owner: policy.id }),
  taken: archivingPolicyErrors.POLICY_EXISTS,
  message: (policy) => `Another policy applies to all records of ${policy.class}`,
});
const ifGeneral = (policy: StoredPolicy | undefined) =>
  policy !== undefined && isGeneral(policy) ? policy : undefined;

export const policyWrites = composeWrites(
  itemWrites(archivingPolicyRow),
  names.writes,
  (before: StoredPolicy | undefined, after: StoredPolicy | undefined) =>
    classes.writes(ifGeneral(before), ifGeneral(after)),
  countWrites('archiving policies', maxPolicies),
);

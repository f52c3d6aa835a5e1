import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { prefetchByPathId } from '#dynamodb/prefetch.ts';
import { decrementCount, incrementCount } from '#dynamodb/rows/count.ts';
import type { Table } from '#dynamodb/table.ts';
import { uniqueValues } from '#dynamodb/unique-values.ts';
import { create, remove, replace, type Write } from '#dynamodb/write.ts';
import { foldText } from '#schema/searched-text.ts';
import { archivingRow } from '../archiving-provisioning/row.ts';
import { archivingPolicyErrors, isGeneral, type StoredPolicy } from './archiving-policy.ts';
import type { archivingPolicies } from './contract.ts';
import { archivingPolicyRow, generalPolicyRow, policyNameRow } from './row.ts';

/** Policies of an organization. */
const maxPolicies = 100;

export const prefetch = prefetchByPathId(archivingPolicyRow);

export const policyStore = (table: Table<ReadName<EffectOf<typeof archivingPolicies>>>) => ({
  get: (id: string) => table.get(archivingPolicyRow, { id }),
  isProvisioned: async (): Promise<boolean> => (await table.get(archivingRow, {}))?.enabled === true,
  page: (request: PageRequest, keep: (policy: StoredPolicy) => boolean) =>
    readPage(request, { read: (range) => table.query(archivingPolicyRow, {}, range), keep }),
});

const names = uniqueValues(policyNameRow, {
  markerOf: ({ id, name }: StoredPolicy) => ({ name: foldText(name), owner: id }),
  taken: 'NAME_TAKEN',
  message: ({ name }) => `A policy named ${name} exists`,
});

/** Claims the class of a policy that decides about all of its records. */
const claimClass = (policy: StoredPolicy): Write<'archivingpolicy-class'>[] =>
  isGeneral(policy)
    ? [
        create(
          generalPolicyRow,
          { class: policy.class, owner: policy.id },
          archivingPolicyErrors.POLICY_EXISTS,
          `Another policy decides about all records of ${policy.class}`,
        ),
      ]
    : [];
const releaseClass = (policy: StoredPolicy): Write<'archivingpolicy-class'>[] =>
  isGeneral(policy) ? [remove(generalPolicyRow, policy)] : [];

const keepsClass = (before: StoredPolicy, after: StoredPolicy): boolean =>
  isGeneral(before) === isGeneral(after) && before.class === after.class;

export const createWrites = (policy: StoredPolicy) => [
  create(archivingPolicyRow, policy),
  names.claim(policy),
  ...claimClass(policy),
  incrementCount('archiving policies', maxPolicies),
];

export const replaceWrites = (before: StoredPolicy, after: StoredPolicy) => [
  replace(archivingPolicyRow, after, before),
  ...names.move(before, after),
  ...(keepsClass(before, after) ? [] : [...claimClass(after), ...releaseClass(before)]),
];

export const deleteWrites = (policy: StoredPolicy) => [
  remove(archivingPolicyRow, policy, policy),
  names.release(policy),
  ...releaseClass(policy),
  decrementCount('archiving policies'),
];

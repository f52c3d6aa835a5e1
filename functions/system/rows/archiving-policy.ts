import { row } from '#dynamodb/row.ts';
import type { RecordClass } from '#schema/record-class.ts';
import type { StoredPolicy } from '../schema/archiving-policy.ts';

const kept = 'records of a closed organization are kept for the time that it has set';

/** `archivingpolicy#1001`, newest first by id. */
export const archivingPolicyRow = row<'archivingpolicy', StoredPolicy, { readonly id: string }>('archivingpolicy', {
  afterClosing: kept,
  sort: ({ id }) => id,
});

type PolicyName = { readonly name: string; readonly owner: string };

/** `archivingpolicy-name#1001`: the names, folded. */
export const policyNameRow = row<'archivingpolicy-name', PolicyName, { readonly name: string }>(
  'archivingpolicy-name',
  { afterClosing: kept, sort: ({ name }) => name },
);

type GeneralPolicy = { readonly class: RecordClass; readonly owner: string };

/** `archivingpolicy-class#1001`: the enabled policy without filter of each class. */
export const generalPolicyRow = row<'archivingpolicy-class', GeneralPolicy, { readonly class: RecordClass }>(
  'archivingpolicy-class',
  { afterClosing: kept, sort: (key) => key.class },
);

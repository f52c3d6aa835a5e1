import { row } from '#dynamodb/row.ts';
import type { Policy } from '../schema/policy.ts';

/** `policy#1001`, newest first by id. */
export const policyRow = row<'policy', Policy, { id: string }>('policy', { sort: ({ id }) => id });

/** Names are unique in an organization, case ignored. */
export const policyNameRow = row<'policy-name', { name: string; owner: string }, { name: string }>('policy-name', {
  sort: ({ name }) => name,
});

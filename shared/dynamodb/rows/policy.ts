import { row } from '../row.ts';

/** The key of `policy#1001`, newest first by id: for functions that only check whether a policy exists. */
export const policyKeyRow = row<'policy', { id: string }, { id: string }>('policy', { sort: ({ id }) => id });

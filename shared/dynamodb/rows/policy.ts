import { row } from '../row.ts';

/**
 * The key of `policy#1001`, newest first by id: for functions that ask whether a policy exists, and read nothing of it.
 */
export const policyKeyRow = row<'policy', { id: string }, { id: string }>('policy', { sort: ({ id }) => id });

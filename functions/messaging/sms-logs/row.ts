import { row } from '#dynamodb/row.ts';
import { expiryOf, type Search } from './search.ts';

/** `search#1001` by id. */
export const searchRow = row<'search', Search, { readonly id: string }>('search', {
  sort: ({ id }) => id,
  expires: expiryOf,
});

/** Name of the counter of an organization's unfinished searches. */
export const runningSearches = 'sms searches';

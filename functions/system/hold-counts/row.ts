import { row } from '#dynamodb/row.ts';
import type { HoldCount } from './hold-count.ts';

/** `holdcount#1001` by hold: a count that has not ended. Read and written by the hold's id only. */
export const holdCountRow = row<'holdcount', HoldCount, { readonly id: string }>('holdcount', {
  afterClosing: 'a hold outlives its organization; its count ends by itself',
  sort: ({ id }) => id,
});

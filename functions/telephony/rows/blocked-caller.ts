import { rowsOf } from '#dynamodb/rows/stored-rows.ts';

/** `blockedcaller#1001`, newest first by id. */
export const { row: blockedCallerRow } = rowsOf({ entity: 'blockedcaller' });

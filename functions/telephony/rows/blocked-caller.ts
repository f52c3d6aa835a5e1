import { rowsOf } from '#dynamodb/stored-rows.ts';

/** `blockedcaller#1001`, newest first by id. */
export const { row: blockedCallerRow } = rowsOf({ entity: 'blockedcaller' });

import { rowsOf } from '#dynamodb/rows/stored-rows.ts';

/** `ringgroup#1001`, newest first by id. */
export const { row: ringGroupRow } = rowsOf({ entity: 'ringgroup' });

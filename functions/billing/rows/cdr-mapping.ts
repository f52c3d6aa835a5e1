import { rowsOf } from '#dynamodb/rows/stored-rows.ts';

/** `cdrmapping#1001`, newest first by id. */
export const { row: cdrMappingRow } = rowsOf({ entity: 'cdrmapping' });

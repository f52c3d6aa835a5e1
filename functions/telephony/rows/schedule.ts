import { rowsOf } from '#dynamodb/rows/stored-rows.ts';

/** `schedule#1001`, newest first by id. */
export const { row: scheduleRow } = rowsOf({ entity: 'schedule' });

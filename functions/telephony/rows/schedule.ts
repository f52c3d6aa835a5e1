import { rowsOf } from '#dynamodb/stored-rows.ts';

/** `schedule#1001`, newest first by id. */
export const { row: scheduleRow } = rowsOf({ entity: 'schedule' });

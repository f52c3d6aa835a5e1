import { row } from '#dynamodb/row.ts';
import type { Serial } from './serial.ts';

/** `serial#1001`, by name. */
export const serialRow = row<'serial', Serial, { name: string }>('serial', { sort: ({ name }) => name });

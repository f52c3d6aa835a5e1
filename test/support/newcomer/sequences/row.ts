import { row } from '#dynamodb/row.ts';
import type { Sequence } from './sequence.ts';

/** `sequence#1001`, by name. */
export const sequenceRow = row<'sequence', Sequence, { name: string }>('sequence', { sort: ({ name }) => name });

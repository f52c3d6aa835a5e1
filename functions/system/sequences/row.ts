import { row } from '#dynamodb/row.ts';
import type { Sequence } from './sequence.ts';

/** `sequence#1001` by name, deleted ones too. */
export const sequenceRow = row<'sequence', Sequence, { readonly name: string }>('sequence', {
  sort: ({ name }) => name,
});

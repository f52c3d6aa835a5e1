import { row } from '#dynamodb/row.ts';

type HoldName = { readonly name: string; readonly owner: string };

/** `hold-name#1001`: the names of active holds, folded. */
export const holdNameRow = row<'hold-name', HoldName, { readonly name: string }>('hold-name', {
  afterClosing: 'a hold outlives its organization, until someone releases it',
  sort: ({ name }) => name,
});

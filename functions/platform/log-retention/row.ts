import { platformRow } from '../../../shared/dynamodb/row.ts';

/** The progress of a round over all organizations: the last one that is done; null at its end. */
type RoundItem = { readonly kind: 'retention'; readonly id: 'log'; readonly after: string | null };

/** `lease#retention`: one item. */
export const roundRow = platformRow<'lease', RoundItem, Pick<RoundItem, 'kind' | 'id'>, { readonly kind: 'retention' }>(
  'lease',
  { partition: ({ kind }) => [kind], sort: ({ id }) => id },
);

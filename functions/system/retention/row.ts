import { platformRow } from '#dynamodb/row.ts';
import type { Round } from './nightly.ts';

type RoundItem = Round & { readonly kind: 'retention'; readonly id: 'nightly' };

/** `lease#retention`: one item. */
export const roundRow = platformRow<'lease', RoundItem, Pick<RoundItem, 'kind' | 'id'>, { readonly kind: 'retention' }>(
  'lease',
  { partition: ({ kind }) => [kind], sort: ({ id }) => id },
);

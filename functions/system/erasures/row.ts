import { row } from '#dynamodb/row.ts';
import { overwrite, type Write } from '#dynamodb/write.ts';
import { expiryOf, type Erasure } from './erasure.ts';

/** `erasure#1001` by id: erasures with their progress. */
export const erasureRow = row<'erasure', Erasure, Pick<Erasure, 'id'>>('erasure', {
  sort: ({ id }) => id,
  expires: expiryOf,
});

/** Saves an erasure under the turn that was read. Stale if another process has the turn. */
export const saveWrites = ({ turn }: Erasure, after: Erasure): Write<'erasure'>[] => [
  overwrite(
    erasureRow,
    after,
    turn === ''
      ? { expression: 'attribute_not_exists(PK)' }
      : { expression: '#turn = :turn', names: { '#turn': 'turn' }, values: { ':turn': turn } },
  ),
];

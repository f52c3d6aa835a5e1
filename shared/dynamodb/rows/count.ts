import { AppError } from '../../errors.ts';
import { row } from '../row.ts';
import { change, type Write } from '../write.ts';

/** The number of an organization's resources of a kind, updated in the transactions that create and delete them. */
export const countRow = row<'count', { of: string; value: number }, { of: string }>('count', { sort: ({ of }) => of });

/** Increments a count. The transaction fails with `conflict` (422 `LIMIT_EXCEEDED` by default) at the limit. */
export const incrementCount = (
  of: string,
  limit: number,
  conflict = new AppError('LIMIT_EXCEEDED', `The organization has reached its limit of ${limit} ${of}`),
): Write<'count'> =>
  change(
    countRow,
    { of },
    {
      add: { value: 1 },
      onlyIf: {
        // Without an item there is none: the first one needs a limit above 0.
        expression: limit > 0 ? 'attribute_not_exists(#value) OR #value < :limit' : '#value < :limit',
        names: { '#value': 'value' },
        values: { ':limit': limit },
      },
      conflict,
    },
  );

/** Decrements a count, by the number of resources that are deleted. */
export const decrementCount = (of: string, by = 1): Write<'count'> => change(countRow, { of }, { add: { value: -by } });

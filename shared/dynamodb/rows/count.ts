import { AppError } from '../../errors.ts';
import { row } from '../row.ts';
import { change, type Write } from '../write.ts';

/** How many of a thing an organization has, kept in the transactions that make and remove them. */
export const countRow = row<'count', { of: string; value: number }, { of: string }>('count', { sort: ({ of }) => of });

/** One more, unless that is beyond the limit (422 `LIMIT_EXCEEDED`, unless told otherwise). */
export const oneMore = (
  of: string,
  limit: number,
  conflict = new AppError('LIMIT_EXCEEDED', `The organization may have ${limit} ${of}`),
): Write<'count'> =>
  change(
    countRow,
    { of },
    {
      add: { value: 1 },
      onlyIf: {
        expression: 'attribute_not_exists(#value) OR #value < :limit',
        names: { '#value': 'value' },
        values: { ':limit': limit },
      },
      conflict,
    },
  );

export const oneLess = (of: string): Write<'count'> => change(countRow, { of }, { add: { value: -1 } });

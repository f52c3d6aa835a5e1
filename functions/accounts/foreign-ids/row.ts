import { row } from '#dynamodb/row.ts';
import { countRow } from '#dynamodb/rows/count.ts';
import { change, type Write } from '#dynamodb/write.ts';
import { AppError } from '#errors.ts';
import { maxForeignIds, type ForeignId } from './foreign-id.ts';

/** `foreignid#1001#usr_…`, by type. */
export const foreignIdRow = row<'foreignid', ForeignId, { user_id: string; type: string }, { user_id: string }>(
  'foreignid',
  { partition: ({ user_id }) => [user_id], sort: ({ type }) => type },
);

/** `foreignid-value#1001#salesforce#003…`: the user of a foreign id. */
export const foreignIdValueRow = row<
  'foreignid-value',
  { type: string; value: string; owner: string },
  { type: string; value: string },
  { type: string; value: string }
>('foreignid-value', { partition: ({ type, value }) => [type, value], sort: () => 'foreignid' });

/** The count of a user's foreign ids. */
export const countOf = (user: string): string => `foreignids-${user}`;

/** Counts new foreign ids of a user. @throws AppError LIMIT_EXCEEDED when committed beyond the limit */
export const incrementForeignIds = (user: string, added: number): Write<'count'> =>
  change(
    countRow,
    { of: countOf(user) },
    {
      add: { value: added },
      onlyIf: {
        expression: 'attribute_not_exists(#value) OR #value <= :room',
        names: { '#value': 'value' },
        values: { ':room': maxForeignIds - added },
      },
      conflict: new AppError('LIMIT_EXCEEDED', `A user has at most ${maxForeignIds} foreign ids`),
    },
  );

import { row } from '../../../shared/dynamodb/row.ts';
import type { ForeignId } from './foreign-id.ts';

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

import { AppError } from '../../errors.ts';
import { checkReadCondition, type Write } from '../write.ts';
import { userRow } from './user.ts';

/** The condition that the user whom the field `user_id` names is of the organization: UNKNOWN_USER. */
export const userExists = (id: string): Write<'check:user'> =>
  checkReadCondition(
    userRow,
    { id },
    { expression: 'attribute_exists(PK)' },
    new AppError('UNKNOWN_USER', `There is no user ${id}`, {
      details: [{ path: 'user_id', message: 'is not a user of the organization' }],
    }),
  );

type Owned = { readonly user_id: string | null };

/** The same where the user changes. @param before undefined for a new resource */
export const newUserExists = (before: Owned | undefined, { user_id: id }: Owned): Write<'check:user'>[] =>
  id === null || id === before?.user_id ? [] : [userExists(id)];

import { AppError } from '#errors.ts';
import type { Write } from '#dynamodb/write.ts';
import { change } from '#dynamodb/write.ts';
import { countRow } from '#dynamodb/rows/count.ts';
import type { UserItem } from '#dynamodb/rows/user.ts';
import { accountsErrors } from '../errors.ts';

/** Administrators of an organization. Once it has one, it always keeps one (functions/accounts/README.md, "Users"). */

const administratorRoles: readonly string[] = ['operator', 'reseller', 'admin'];

type Person = Pick<UserItem, 'type' | 'status' | 'roles'>;

/** Whether a user is an active person with an administrator's role of its own; roles of groups do not count. */
const isAdministrator = ({ type, status, roles }: Person): boolean =>
  type === 'user' && status === 'active' && roles.some((role) => administratorRoles.includes(role));

const key = { of: 'administrators' };

/**
 * Counts administrators, in the transaction of the change. Undefined: the user does not exist yet, or no longer.
 * Fails with LAST_ADMIN if none would be left.
 */
export function countAdministrators(before: Person | undefined, after: Person | undefined): Write<'count'>[] {
  const was = before !== undefined && isAdministrator(before);
  const is = after !== undefined && isAdministrator(after);
  if (was === is) return [];
  if (is) return [change(countRow, key, { add: { value: 1 } })];
  return [
    change(countRow, key, {
      add: { value: -1 },
      onlyIf: { expression: '#value > :one', names: { '#value': 'value' }, values: { ':one': 1 } },
      conflict: new AppError(
        accountsErrors.LAST_ADMIN,
        'The organization would have no active administrator left; make another user an administrator first',
      ),
    }),
  ];
}

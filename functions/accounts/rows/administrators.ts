import { AppError } from '../../../shared/errors.ts';
import type { Write } from '../../../shared/dynamodb/write.ts';
import { change } from '../../../shared/dynamodb/write.ts';
import { countRow } from '../../../shared/dynamodb/rows/count.ts';
import type { UserItem } from '../../../shared/dynamodb/rows/user.ts';

/** People who administer their organization. There is always one left, once there was one (users.md, `LAST_ADMIN`). */

const administering: readonly string[] = ['operator', 'reseller', 'admin'];

type Person = Pick<UserItem, 'type' | 'status' | 'roles'>;

/** Whether somebody can log in and put everything right: a person, by a role of one's own. */
const isAdministrator = ({ type, status, roles }: Person): boolean =>
  type === 'user' && status === 'active' && roles.some((role) => administering.includes(role));

const key = { of: 'administrators' };

/** Keeps the count of administrators, in the transaction of the change. Undefined: not there (yet, or any more). */
export function administratorsCounted(before: Person | undefined, after: Person | undefined): Write<'count'>[] {
  const was = before !== undefined && isAdministrator(before);
  const is = after !== undefined && isAdministrator(after);
  if (was === is) return [];
  if (is) return [change(countRow, key, { add: { value: 1 } })];
  return [
    change(countRow, key, {
      add: { value: -1 },
      onlyIf: { expression: '#value > :one', names: { '#value': 'value' }, values: { ':one': 1 } },
      conflict: new AppError('LAST_ADMIN', 'The organization would have no active administrator left'),
    }),
  ];
}

import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { sessionRow, userRow, type SessionItem, type UserItem } from '#dynamodb/rows/user.ts';
import { change, create, inOrganization, remove, type Write } from '#dynamodb/write.ts';

export type NewSession = {
  readonly session: SessionItem;
  /** Sessions that the new one replaces. */
  readonly ended: readonly SessionItem[];
  readonly mustChangePassword: boolean;
};

type Account = { readonly user: UserItem; readonly organization: Pick<OrganizationItem, 'org_id'> };

/**
 * Creates a person's session and ends those that it replaces. Stale if the user logged in since it was read.
 * @param more what else changes of the user with the log-in
 */
export const newSessionWrites = (
  { user, organization }: Account,
  { session, ended, mustChangePassword }: NewSession,
  more: { readonly set?: Partial<UserItem>; readonly add?: Readonly<Record<string, number>> } = {},
): Write<'session' | 'user'>[] =>
  inOrganization(organization.org_id, [
    create(sessionRow, session),
    ...ended.map((each) => remove(sessionRow, each)),
    change(userRow, user, {
      set: {
        ...more.set,
        last_login_at: session.created_at,
        last_login_ip: session.ip,
        must_change_password: mustChangePassword,
      },
      add: { ...more.add, log_ins: 1 },
      onlyIf: {
        expression: '#before = :before AND #epoch = :epoch',
        names: { '#before': 'log_ins', '#epoch': 'session_epoch' },
        values: { ':before': user.log_ins, ':epoch': user.session_epoch },
      },
    }),
  ]);

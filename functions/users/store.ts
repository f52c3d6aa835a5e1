import type { ReadName } from '../../shared/contract/effects.ts';
import type { EffectOf } from '../../shared/contract/resource.ts';
import { lockoutRow } from '../../shared/dynamodb/rows/lockout.ts';
import { credentialRow, sessionRow, userRow, type CredentialItem, type SessionItem, type UserItem } from '../../shared/dynamodb/rows/user.ts';
import type { Table } from '../../shared/dynamodb/table.ts';
import { change, create, replace, type Write } from '../../shared/dynamodb/write.ts';
import type { users } from './contract.ts';

export const userStore = (table: Table<ReadName<EffectOf<typeof users>>>) => ({
  get: (id: string) => table.get(userRow, { id }),
  credential: (id: string) => table.get(credentialRow, { user_id: id }),
  lockout: (username: string) => table.get(lockoutRow, { username }),
  /** All of a user's, dead ones that nobody has removed yet among them. */
  sessions: async (id: string): Promise<SessionItem[]> => {
    const sessions: SessionItem[] = [];
    let after: string | undefined;
    do {
      const slice = await table.query<'session', SessionItem, { user_id: string }>(sessionRow, { user_id: id }, after === undefined ? {} : { after });
      sessions.push(...slice.items);
      after = slice.cursor;
    } while (after !== undefined);
    return sessions;
  },
});

type NewPassword = { readonly credential: CredentialItem; readonly mustChange: boolean; /** ISO 8601. */ readonly at: string };

/** A user's new password, which ends all sessions by a new epoch: also one that is being made with the old password just now. */
export const passwordSet = (user: UserItem, read: CredentialItem | undefined, { credential, mustChange, at }: NewPassword): Write<'user' | 'credential'>[] => [
  change(userRow, user, {
    set: { password_changed_at: at, must_change_password: mustChange, updated_at: at, ...(user.status === 'pending' ? { status: 'active' } : {}) },
    add: { version: 1, session_epoch: 1 },
    onlyIf: {
      expression: '#version = :version AND #epoch = :epoch', names: { '#version': 'version', '#epoch': 'session_epoch' },
      values: { ':version': user.version, ':epoch': user.session_epoch },
    },
  }),
  credentialSet(credential, read),
];

export const credentialSet = (credential: CredentialItem, read: CredentialItem | undefined): Write<'credential'> =>
  read === undefined ? create(credentialRow, credential) : replace(credentialRow, credential, read);

/** The session that goes on when all others end. */
export const sessionKept = (user: UserItem, session: string): Write<'session'> =>
  change(sessionRow, { user_id: user.id, id: session }, { set: { session_epoch: user.session_epoch + 1 }, onlyIf: { expression: 'attribute_exists(PK)' } });

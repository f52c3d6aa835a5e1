import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { ofPathId } from '../../../shared/dynamodb/early-reads.ts';
import { merged } from '../../../shared/dynamodb/merge.ts';
import { readPage, type PageRequest } from '../../../shared/dynamodb/page.ts';
import { countAdministrators } from '../rows/administrators.ts';
import { groupMemberRow, oneMemberLess } from '../../../shared/dynamodb/rows/group.ts';
import { lockoutRow } from '../rows/lockout.ts';
import { numberRow, numbersRoutedTo, routeTarget } from '../../../shared/dynamodb/rows/number.ts';
import {
  credentialRow,
  sessionRow,
  userRow,
  type CredentialItem,
  type SessionItem,
  type UserItem,
} from '../../../shared/dynamodb/rows/user.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { change, create, remove, replace, type Write } from '../../../shared/dynamodb/write.ts';
import type { users } from './contract.ts';

/** Of `usr_` and `svc_`. */
const prefixLength = 4;
/** Behind every id. */
const lastKey = '\uffff';

type OrderedRange = Parameters<Parameters<typeof merged<UserItem>>[0][number]>[0];

export const prefetch = ofPathId(userRow);

export const userStore = (table: Table<ReadName<EffectOf<typeof users>>>) => ({
  get: (id: string) => table.get(userRow, { id }),
  /** Newest first: people and service accounts merged by the ULIDs of their ids. */
  byTime: (request: PageRequest, prefixes: readonly string[], keep: (user: UserItem) => boolean) => {
    const sources = prefixes.map(
      (prefix) =>
        ({ limit, order, between: [from, to] = ['', lastKey] }: OrderedRange) =>
          table.query(
            userRow,
            {},
            {
              ...(limit === undefined ? {} : { limit }),
              ...(order === undefined ? {} : { order }),
              between: [`${prefix}${from}`, `${prefix}${to}`],
            },
          ),
    );
    return readPage(request, {
      read: merged<UserItem>(sources, {
        keyOf: ({ id }) => id.slice(prefixLength),
        order: 'desc',
        between: ['', lastKey],
      }),
      keep,
    });
  },
  byUsername: (request: PageRequest, keep: (user: UserItem) => boolean) =>
    readPage(request, {
      read: (range) =>
        table.queryIndex(userRow, 'GSI1', [String(table.organization), 'username'], { ...range, order: 'asc' }),
      keep,
    }),
  /** Numbers that lead to a user. */
  numbersTo: async (id: string) =>
    (await table.queryIndex(numberRow, 'GSI2', numbersRoutedTo(table.organization, routeTarget({ type: 'user', id }))))
      .items,
  credential: (id: string) => table.get(credentialRow, { user_id: id }),
  lockout: (username: string) => table.get(lockoutRow, { username }),
  /** All of a user's, dead ones that nobody has removed yet among them. */
  sessions: async (id: string): Promise<SessionItem[]> => {
    const sessions: SessionItem[] = [];
    let after: string | undefined;
    do {
      const slice = await table.query<'session', SessionItem, { user_id: string }>(
        sessionRow,
        { user_id: id },
        after === undefined ? {} : { after },
      );
      sessions.push(...slice.items);
      after = slice.cursor;
    } while (after !== undefined);
    return sessions;
  },
});

type NewPassword = {
  readonly credential: CredentialItem;
  readonly mustChange: boolean;
  /** ISO 8601. */ readonly at: string;
};

/**
 * A user's new password, which ends all sessions by a new epoch: also one that is being made with the old password just
 * now.
 */
export const passwordSet = (
  user: UserItem,
  read: CredentialItem | undefined,
  { credential, mustChange, at }: NewPassword,
): Write<'user' | 'credential' | 'count'>[] => [
  change(userRow, user, {
    set: {
      password_changed_at: at,
      must_change_password: mustChange,
      updated_at: at,
      ...(user.status === 'pending' ? { status: 'active' } : {}),
    },
    add: { version: 1, session_epoch: 1 },
    onlyIf: {
      expression: '#version = :version AND #epoch = :epoch',
      names: { '#version': 'version', '#epoch': 'session_epoch' },
      values: { ':version': user.version, ':epoch': user.session_epoch },
    },
  }),
  credentialSet(credential, read),
  ...countAdministrators(user, user.status === 'pending' ? { ...user, status: 'active' } : user),
];

export const credentialSet = (credential: CredentialItem, read: CredentialItem | undefined): Write<'credential'> =>
  read === undefined ? create(credentialRow, credential) : replace(credentialRow, credential, read);

/** The session that goes on when all others end. */
export const sessionKept = (user: UserItem, session: string): Write<'session'> =>
  change(
    sessionRow,
    { user_id: user.id, id: session },
    { set: { session_epoch: user.session_epoch + 1 }, onlyIf: { expression: 'attribute_exists(PK)' } },
  );

/** Group memberships that end in the transaction of their user; each takes two items of its 100. */
const maxAtOnce = 40;

/**
 * Takes a user that goes off its groups, those that there still are. Those beyond what one transaction holds, the
 * queued removal does.
 */
export const membershipsEnded = (id: string, groups: readonly string[]): Write<'group' | 'groupmember'>[] =>
  groups
    .slice(0, maxAtOnce)
    .flatMap((group) => [remove(groupMemberRow, { group_id: group, user_id: id }), oneMemberLess(group)]);

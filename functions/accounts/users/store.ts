import type { Lockouts } from '../schema/lockout.ts';
import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { prefetchByPathId } from '#dynamodb/prefetch.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { decrementMemberCount, groupMemberRow } from '#dynamodb/rows/group.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import { emailRow } from '#dynamodb/rows/email.ts';
import { mailboxOfUser, mailboxUserRow } from '#dynamodb/rows/mailbox.ts';
import { numberRow, numbersRoutedTo, routeTarget } from '#dynamodb/rows/number.ts';
import { credentialRow, sessionRow, userRow, type SessionItem, type UserItem } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { change, create, remove, type Write } from '#dynamodb/write.ts';
import type { Email } from '#schema/email.ts';
import type { Invitation } from '#schema/invitation.ts';
import { day, second } from '#schema/time.ts';
import { nameLockoutRow, networkLockoutRow } from '../rows/lockout.ts';
import { passwordResetRow } from '../rows/password-reset.ts';
import { readAccountsByTime } from '../rows/users-by-time.ts';
import type { users } from './contract.ts';

export const prefetch = prefetchByPathId(userRow);

type Users = Table<ReadName<EffectOf<typeof users>>>;

/** How long the mailbox of a deleted user is kept. */
const mailboxRetention = 30 * day;

export const userStore = (table: Users) => ({
  /** The end of a deleted user's memberships, and, in 30 days, of its mailbox. @param groups ids */
  departureWrites: async (user: UserItem, groups: readonly string[], now: Date) => {
    const [mailbox, named] = await Promise.all([
      mailboxOfUser(table, user),
      table.get(mailboxUserRow, { user_id: user.id }),
    ]);
    const at = new Date(now.getTime() + mailboxRetention).toISOString();
    const pointer = { kind: 'mailbox.abandoned', at, org_id: table.organization };
    const subject = named === undefined ? mailbox : `${named.mailbox}/${user.id}`;
    return [
      ...endMemberships(user.id, groups),
      ...(subject === undefined ? [] : [scheduleDue({ ...pointer, subject })]),
    ];
  },
  get: (id: string) => table.get(userRow, { id }),
  /** Newest first: accounts of several prefixes are merged. */
  byTime: (request: PageRequest, prefixes: readonly string[], keep: (user: UserItem) => boolean) =>
    readAccountsByTime(table, request, prefixes, keep),
  byUsername: (request: PageRequest, keep: (user: UserItem) => boolean) =>
    readPage(request, {
      read: (range) =>
        table.queryIndex(userRow, 'GSI1', [String(table.organization), 'username'], { ...range, order: 'asc' }),
      keep,
    }),
  /** Numbers that route to a user. */
  numbersTo: async (id: string) =>
    (await table.queryIndex(numberRow, 'GSI2', numbersRoutedTo(table.organization, routeTarget({ type: 'user', id }))))
      .items,
  credential: (id: string) => table.get(credentialRow, { user_id: id }),
  lockout: (username: string) => table.get(nameLockoutRow, { username }),
  lockouts: async (place: { readonly username: string; readonly network: string }): Promise<Lockouts> => {
    const [name, network] = await Promise.all([table.get(nameLockoutRow, place), table.get(networkLockoutRow, place)]);
    return { name, network };
  },
  /** All sessions of a user, dead ones that still exist included. */
  sessions: (id: string): Promise<SessionItem[]> =>
    readToEnd((after) => table.query<'session', SessionItem, { user_id: string }>(sessionRow, { user_id: id }, after)),
});

/** A link that sets the first password. */
type NewInvitation = {
  readonly invitation: Invitation;
  /** SHA-256 (hex) of its token. */
  readonly hash: string;
  readonly by: { readonly org_id: number; readonly user_id: string };
  /** The e-mail that has the link; undefined: the caller gets it. */
  readonly email: Email | undefined;
};

/** Stores the token of an invitation, and its e-mail. */
export const invitationWrites = (
  { id }: Pick<UserItem, 'id'>,
  organization: number,
  { invitation, hash, by, email }: NewInvitation,
): Write<'passwordreset' | 'email'>[] => [
  create(passwordResetRow, {
    hash,
    user_id: id,
    org_id: organization,
    invitation: { id: invitation.id, by },
    expires_at: Math.floor(Date.parse(invitation.expires_at) / second),
  }),
  ...(email === undefined ? [] : [create(emailRow, email)]),
];

/** Gives a user its next invitation, unless the user changed since it was read. */
export const inviteWrite = (user: UserItem, invitation: Invitation): Write<'user'> =>
  change(userRow, user, {
    set: { invitation, updated_at: invitation.sent_at },
    add: { version: 1 },
    onlyIf: {
      expression: '#version = :version',
      names: { '#version': 'version' },
      values: { ':version': user.version },
    },
  });

/** Moves a session into the next epoch, so that it continues when the others end. */
export const keepSession = (user: UserItem, session: string): Write<'session'> =>
  change(
    sessionRow,
    { user_id: user.id, id: session },
    { set: { session_epoch: user.session_epoch + 1 }, onlyIf: { expression: 'attribute_exists(PK)' } },
  );

/** Memberships that end in the transaction of their user: each takes two of its 100 items. */
const maxMemberships = 38;

/**
 * Removes a deleted user from its existing groups, as many as one transaction holds; the queued deletion does the
 * others.
 */
const endMemberships = (id: string, groups: readonly string[]): Write<'group' | 'groupmember'>[] =>
  groups
    .slice(0, maxMemberships)
    .flatMap((group) => [remove(groupMemberRow, { group_id: group, user_id: id }), decrementMemberCount(group)]);

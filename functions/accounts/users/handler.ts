import { AppError, notFound } from '../../../shared/errors.ts';
import { costIn, scryptPasswords, type Passwords } from '../../../shared/credentials/password-hash.ts';
import { randomSecret } from '../../../shared/credentials/random.ts';
import { countFailure, clearFailures, checkNoFailureSince } from '../rows/lockout.ts';
import { createUserWrites } from '../rows/new-user.ts';
import { organizationRow, rightsChanged } from '../../../shared/dynamodb/rows/organization.ts';
import { updateUserWrites, deleteUserWrites } from '../rows/user-change.ts';
import type { CredentialItem, UserItem } from '../../../shared/dynamodb/rows/user.ts';
import { commits, created, ok, page, rejects } from '../../../shared/http/answers/answer.ts';
import type { Caller } from '../../../shared/http/admission/caller.ts';
import type { Request, Context } from '../../../shared/http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../../../shared/runtime/dependencies.ts';
import {
  requireGrantable,
  requireGrantableRoles,
  requireKnownRoles,
  requireManageable,
} from '../../../shared/http/authorization/granting.ts';
import { pinned } from '../../../shared/http/pinned.ts';
import { backingOf, customRolesNamed, rightsOf, type Backing } from '../../../shared/http/authorization/rights.ts';
import { serve } from '../../../shared/http/serve.ts';
import {
  changedAccount,
  isListed,
  newAccount,
  presentAccount,
  rejectRouted,
  weakFirstPassword,
  type AccountChange,
} from './account.ts';
import { deleteUser, getUser, listUsers, postPassword, postUser, putUser, users } from './contract.ts';
import {
  afterWrongPassword,
  eventsOfLock,
  rejectWhileLocked,
  requiredField,
  reusedPassword,
  sessionsEnded,
  usedPasswords,
  weakNewPassword,
  withPassword,
  withSecret,
  wrongCurrentPassword,
  type PasswordChange,
} from './password-change.ts';
import { prefetch, credentialSet, membershipsEnded, passwordSet, sessionKept, userStore } from './store.ts';

type PasswordRequest = Request<typeof postPassword>;
type UsersContext = Context<typeof users>;

const entityOf = ({ id }: UserItem) => ({ type: 'user', id });

/** @throws AppError CANNOT_MANAGE_USER */
async function requireManageableUser(
  { caller }: { readonly caller: Caller },
  { table }: UsersContext,
  user: UserItem,
  moreRoles: readonly string[] = [],
): Promise<Backing> {
  const backing = await backingOf(table, [user], moreRoles);
  requireManageable(caller, rightsOf(user, backing));
  return backing;
}

type Change = {
  readonly user: UserItem;
  readonly credential: CredentialItem | undefined;
  readonly password: string;
  readonly mustChange: boolean;
  /** The caller's session, where the password is the caller's own. */
  readonly keeps: string | null;
};

/** The writes and the answer of a password that was found good. */
async function newPassword(
  request: PasswordRequest,
  context: UsersContext,
  passwords: Passwords,
  { user, credential, password, mustChange, keeps }: Change,
) {
  const { now, record } = request;
  const at = now.toISOString();
  const sessions = await userStore(context.table).sessions(user.id);
  const ended = sessionsEnded(sessions, { epoch: user.session_epoch, now, current: keeps });
  const blank: CredentialItem = { user_id: user.id, previous_passwords: [], version: 0 };
  const next = withPassword(credential ?? blank, await passwords.hash(password));
  return {
    writes: [
      ...passwordSet(user, credential, { credential: next, mustChange, at }),
      ...(keeps === null ? [] : [sessionKept(user, keeps)]),
      record('user.password_changed', {
        entity: entityOf(user),
        description: `Password of ${user.username} changed`,
        fields: { must_change: mustChange, sessions_terminated: ended },
      }),
    ],
    answer: ok(
      { id: user.id, password_changed_at: at, sessions_terminated: ended },
      { message: 'Password changed successfully' },
    ),
  };
}

/** Why a new password is refused, or null. One hash at a time: each takes 128 MiB. */
async function problemWith(
  request: PasswordRequest,
  passwords: Passwords,
  { user, credential, password }: Pick<Change, 'user' | 'credential' | 'password'>,
): Promise<AppError | null> {
  const weak = weakNewPassword(password, user, request.organization.name);
  if (weak !== null) return weak;
  for (const used of usedPasswords(credential))
    if (await passwords.verify(request, password, used)) return reusedPassword();
  return null;
}

/** One's own, by the present one, whose failures count to the lock-out. */
async function changeOwn(request: PasswordRequest, context: UsersContext, passwords: Passwords, user: UserItem) {
  const { body, caller, now, record } = request;
  const wanted = body();
  const [current, password] = [requiredField(wanted, 'current_password'), requiredField(wanted, 'new_password')];
  const store = userStore(context.table);
  const [credential, lockout] = await Promise.all([store.credential(user.id), store.lockout(user.username)]);
  rejectWhileLocked(lockout, now.getTime());
  const ofLock = (after?: typeof lockout) =>
    eventsOfLock(user.username, lockout, after).map(({ type, ...told }) =>
      record(type, { entity: entityOf(user), ...told }),
    );
  if (!(await passwords.verify(request, current, credential?.password))) {
    const next = afterWrongPassword(lockout, user.username, now.getTime());
    const failed = record('auth.login_failed', {
      entity: entityOf(user),
      severity: 'warning',
      description: `${user.username} gave a wrong current password`,
      fields: { reason: 'INVALID_CURRENT_PASSWORD' },
    });
    return rejects([countFailure(lockout, next), failed, ...ofLock(next)], wrongCurrentPassword());
  }
  const problem = await problemWith(request, passwords, { user, credential, password });
  if (problem !== null) return rejects([checkNoFailureSince(user.username, lockout)], problem);
  const { writes, answer } = await newPassword(request, context, passwords, {
    user,
    credential,
    password,
    mustChange: false,
    keeps: caller.credential.id,
  });
  return commits([...writes, clearFailures(user.username, lockout), ...ofLock()], answer);
}

async function changeAnothers(request: PasswordRequest, context: UsersContext, passwords: Passwords, user: UserItem) {
  const wanted = request.body();
  const password = requiredField(wanted, 'new_password');
  const credential = await userStore(context.table).credential(user.id);
  const problem = await problemWith(request, passwords, { user, credential, password });
  if (problem !== null) throw problem;
  const { writes, answer } = await newPassword(request, context, passwords, {
    user,
    credential,
    password,
    mustChange: wanted.must_change ?? true,
    keeps: null,
  });
  return commits(writes, answer);
}

/** A service account's new secret, told this once. */
async function rotateSecret(
  { record, now }: PasswordRequest,
  context: UsersContext,
  user: UserItem,
  { overlap_seconds: overlap = 0 }: PasswordChange,
) {
  const credential = await userStore(context.table).credential(user.id);
  const secret = `sk_${randomSecret()}`;
  const next: CredentialItem = withSecret(
    credential ?? { user_id: user.id, previous_passwords: [], version: 0 },
    secret,
    { now, overlap },
  );
  const event = record('user.secret_rotated', {
    entity: entityOf(user),
    description: `Secret of ${user.username} rotated`,
    fields: { overlap_seconds: overlap },
  });
  return commits(
    [credentialSet(next, credential), event],
    ok(
      { id: user.id, client_secret: secret, previous_valid_until: next.previous_secret?.valid_until ?? null },
      { message: 'Secret changed successfully' },
    ),
  );
}

const prefixes = { user: ['usr_'], service: ['svc_'] } as const;

const present = (user: UserItem | undefined): UserItem => {
  if (user === undefined) throw notFound('User');
  return user;
};

const blankCredential = (id: string): CredentialItem => ({ user_id: id, previous_passwords: [], version: 1 });

async function createAccount(request: Request<typeof putUser>, context: UsersContext, passwords: Passwords) {
  const { body, caller, organization, now, record } = request;
  const wanted = body();
  const weak = weakFirstPassword(wanted, organization.name);
  if (weak !== null) throw weak;
  const user: UserItem = newAccount(wanted, {
    id: context.nextId(wanted.type === 'service' ? 'svc' : 'usr'),
    now: now.toISOString(),
  });
  const customRoles = await customRolesNamed(context.table, user.roles);
  requireKnownRoles(user.roles, organization, customRoles);
  requireGrantableRoles(caller, user.roles, customRoles);
  const blank = blankCredential(user.id);
  const secret = user.type === 'service' ? `sk_${randomSecret()}` : undefined;
  const credential =
    secret !== undefined
      ? { ...withSecret(blank, secret, { now, overlap: 0 }), user_id: user.id, previous_passwords: [], version: 1 }
      : typeof wanted.password === 'string'
        ? { ...blank, password: await passwords.hash(wanted.password) }
        : undefined;
  return commits(
    [
      ...createUserWrites(user, credential, {
        organization: organization.org_id,
        limit: organization.limits.max_users,
        customRoles,
      }),
      record('user.created', { entity: entityOf(user), description: `User ${user.username} created`, after: user }),
    ],
    created(
      { ...presentAccount(user, organization), ...(secret === undefined ? {} : { client_secret: secret }) },
      { message: 'User created successfully', version: 1 },
    ),
  );
}

/** @throws AppError OWN_ACCOUNT */
function rejectOwnRights(
  { caller, organization }: { readonly caller: Caller; readonly organization: { readonly org_id: number } },
  { id }: UserItem,
  { roles, status }: AccountChange,
): void {
  const isOwn = id === caller.id && organization.org_id === caller.organization;
  if (isOwn && (roles !== undefined || status !== undefined))
    throw new AppError('OWN_ACCOUNT', "One's own roles and status are for others to change");
}

async function changeAccount(request: Request<typeof postUser>, context: UsersContext) {
  const { params, body, caller, organization, now, record, pinnedVersion } = request;
  const { table } = context;
  // First: what the rights of others are judged by is judged anew if it changes after this.
  const home = (await table.get(organizationRow, {})) ?? organization;
  const before = present(await userStore(table).get(params.id));
  const backing = await requireManageableUser(request, context, before);
  const wanted = body();
  rejectOwnRights(request, before, wanted);
  const after = changedAccount(before, wanted, now.toISOString());
  const added = after.roles.filter((role) => !before.roles.includes(role));
  const customRoles = new Map([...backing.roles, ...(await customRolesNamed(table, added))]);
  requireKnownRoles(added, organization, customRoles);
  requireGrantableRoles(caller, added, customRoles);
  requireGrantable(caller, rightsOf(after, { ...backing, roles: customRoles }), 'roles');
  pinned(before, pinnedVersion);
  const rolesChange = added.length > 0 || after.roles.length < before.roles.length;
  return commits(
    [
      ...updateUserWrites(before, after, { organization: organization.org_id, customRoles }),
      ...(rolesChange ? [rightsChanged(home)] : []),
      record('user.updated', { entity: entityOf(after), description: `User ${after.username} updated`, before, after }),
    ],
    ok(presentAccount(after, organization), { message: 'User updated successfully', version: after.version }),
  );
}

async function deleteAccount(request: Request<typeof deleteUser>, context: UsersContext) {
  const { params, query, caller, organization, now, record, pinnedVersion } = request;
  const store = userStore(context.table);
  const user = present(await store.get(params.id));
  if (user.id === caller.id && organization.org_id === caller.organization)
    throw new AppError('OWN_ACCOUNT', "One's own account is for others to delete");
  const { roles: customRoles, groups } = await requireManageableUser(request, context, user);
  if (query.force !== true) rejectRouted(await store.numbersTo(user.id));
  pinned(user, pinnedVersion);
  return commits(
    [
      ...deleteUserWrites(user, { organization: organization.org_id, customRoles }),
      ...membershipsEnded(user.id, [...groups.keys()]),
      record('user.deleted', { entity: entityOf(user), description: `User ${user.username} deleted`, before: user }),
    ],
    ok({ id: user.id, deleted_at: now.toISOString() }, { message: 'User deleted successfully' }),
  );
}

export const usersHandler = (
  dependencies: Dependencies = dependenciesFromEnvironment(),
  passwords: Passwords = scryptPasswords(costIn(dependencies.environment)),
) =>
  serve(
    users,
    {
      [listUsers.route]: async ({ query, page: request, organization }, { table }) => {
        const store = userStore(table);
        const keep = (user: UserItem): boolean => isListed(user, query);
        const found =
          query.sort === 'username'
            ? await store.byUsername(request(), keep)
            : await store.byTime(
                request(),
                query.type === undefined ? [...prefixes.user, ...prefixes.service] : prefixes[query.type],
                keep,
              );
        return page({ ...found, items: found.items.map((user) => presentAccount(user, organization)) });
      },

      [putUser.route]: (request, context) => createAccount(request, context, passwords),

      [getUser.route]: async ({ params, caller, organization }, { table, tableOf }) => {
        const isOwn = params.id === 'me';
        const user = present(
          await (isOwn ? userStore(tableOf(caller.organization)).get(caller.id) : userStore(table).get(params.id)),
        );
        const home = isOwn
          ? ((await tableOf(caller.organization).get(organizationRow, {})) ?? organization)
          : organization;
        return ok(presentAccount(user, home), { version: user.version });
      },

      [postUser.route]: changeAccount,
      [deleteUser.route]: deleteAccount,

      [postPassword.route]: async (request, context) => {
        const { caller, params, organization, pinnedVersion } = request;
        if (caller.credential.kind !== 'session') throw new AppError('USER_SESSION_REQUIRED', 'This needs a session');
        const isOwn = caller.type === 'user' && params.id === caller.id && organization.org_id === caller.organization;
        if (!isOwn && !caller.scopes.has('users:write'))
          throw new AppError('INSUFFICIENT_SCOPE', 'This needs the scope users:write', {
            details: [{ path: 'scope', message: 'users:write' }],
          });
        if (!isOwn && caller.mustChangePassword)
          throw new AppError('PASSWORD_CHANGE_REQUIRED', "One's own password must be changed first");
        const found = await userStore(context.table).get(params.id);
        if (found === undefined) throw notFound('User');
        const user = pinned(found, pinnedVersion);
        if (isOwn) return changeOwn(request, context, passwords, user);
        await requireManageableUser(request, context, user);
        if (user.type === 'service') return rotateSecret(request, context, user, request.body());
        return changeAnothers(request, context, passwords, user);
      },
    },
    { ...dependencies, prefetch },
  );

export const handler = usersHandler();

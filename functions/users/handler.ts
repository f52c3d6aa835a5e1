import { AppError, notFound } from '../../shared/errors.ts';
import { scryptPasswords, type Passwords } from '../../shared/credentials/password-hash.ts';
import { randomSecret } from '../../shared/credentials/random.ts';
import { failure, forgottenFailures, noFailureSince } from '../../shared/dynamodb/rows/lockout.ts';
import type { CredentialItem, UserItem } from '../../shared/dynamodb/rows/user.ts';
import { commits, ok, refuses } from '../../shared/http/answer.ts';
import type { Caller } from '../../shared/http/caller.ts';
import type { Request, World } from '../../shared/http/handlers.ts';
import { outsideFromEnvironment, type Outside } from '../../shared/http/outside.ts';
import { builtInRolesOf, covers, directPermissions, effective } from '../../shared/http/permissions.ts';
import { pinned } from '../../shared/http/pinned.ts';
import { serve } from '../../shared/http/serve.ts';
import { postPassword, users } from './contract.ts';
import { afterWrongPassword, refuseWhileLocked, requiredField, reusedPassword, sessionsEnded, usedPasswords, weakNewPassword, withPassword, withSecret, wrongCurrentPassword, type PasswordChange } from './password-change.ts';
import { credentialSet, passwordSet, sessionKept, userStore } from './store.ts';

type PasswordRequest = Request<typeof postPassword>;
type UsersWorld = World<typeof users>;

const entityOf = ({ id }: UserItem) => ({ type: 'user', id });

/** @throws AppError CANNOT_MANAGE_USER for somebody who may do more than the caller */
function requireManageable(caller: Caller, user: UserItem): void {
  const theirs = effective({ roles: builtInRolesOf(user.roles), ...directPermissions(user.permissions) });
  const mine = { scopes: [...caller.scopes], ownOnly: [...caller.ownOnly], reach: caller.reach };
  if (!covers(mine, theirs)) throw new AppError('CANNOT_MANAGE_USER', 'This user may do more than you');
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
async function newPassword(request: PasswordRequest, world: UsersWorld, passwords: Passwords, { user, credential, password, mustChange, keeps }: Change) {
  const { now, record } = request;
  const at = now.toISOString();
  const sessions = await userStore(world.table).sessions(user.id);
  const ended = sessionsEnded(sessions, { epoch: user.session_epoch, now, current: keeps });
  const blank: CredentialItem = { user_id: user.id, previous_passwords: [], version: 0 };
  const next = withPassword(credential ?? blank, await passwords.hash(password));
  return {
    writes: [
      ...passwordSet(user, credential, { credential: next, mustChange, at }),
      ...(keeps === null ? [] : [sessionKept(user, keeps)]),
      record('user.password_changed', { entity: entityOf(user), description: `Password of ${user.username} changed`, fields: { must_change: mustChange, sessions_terminated: ended } }),
    ],
    answer: ok({ id: user.id, password_changed_at: at, sessions_terminated: ended }, { message: 'Password changed successfully' }),
  };
}

/** Why a new password is refused, or null. One hash at a time: each takes 128 MiB. */
async function problemWith(request: PasswordRequest, passwords: Passwords, { user, credential, password }: Pick<Change, 'user' | 'credential' | 'password'>): Promise<AppError | null> {
  const weak = weakNewPassword(password, user, request.organization.name);
  if (weak !== null) return weak;
  for (const used of usedPasswords(credential)) if (await passwords.verify(request, password, used)) return reusedPassword();
  return null;
}

/** One's own, by the present one, whose failures count to the lock-out. */
async function changeOwn(request: PasswordRequest, world: UsersWorld, passwords: Passwords, user: UserItem) {
  const { body, caller, now, record } = request;
  const wanted = body();
  const [current, password] = [requiredField(wanted, 'current_password'), requiredField(wanted, 'new_password')];
  const store = userStore(world.table);
  const [credential, lockout] = await Promise.all([store.credential(user.id), store.lockout(user.username)]);
  refuseWhileLocked(lockout, now.getTime());
  if (!await passwords.verify(request, current, credential?.password)) {
    const { lockout: next, locks } = afterWrongPassword(lockout, user.username, now.getTime());
    const failed = record('auth.login_failed', { entity: entityOf(user), severity: 'warning', description: `${user.username} gave a wrong current password`, fields: { reason: 'INVALID_CURRENT_PASSWORD' } });
    const locked = record('auth.locked', { entity: entityOf(user), severity: 'warning', description: `${user.username} is locked after failed log-ins` });
    return refuses([failure(lockout, next), failed, ...(locks ? [locked] : [])], wrongCurrentPassword());
  }
  const problem = await problemWith(request, passwords, { user, credential, password });
  if (problem !== null) return refuses([noFailureSince(user.username, lockout)], problem);
  const { writes, answer } = await newPassword(request, world, passwords, { user, credential, password, mustChange: false, keeps: caller.credential.id });
  return commits([...writes, forgottenFailures(user.username, lockout)], answer);
}

async function changeAnothers(request: PasswordRequest, world: UsersWorld, passwords: Passwords, user: UserItem) {
  const wanted = request.body();
  const password = requiredField(wanted, 'new_password');
  const credential = await userStore(world.table).credential(user.id);
  const problem = await problemWith(request, passwords, { user, credential, password });
  if (problem !== null) throw problem;
  const { writes, answer } = await newPassword(request, world, passwords, { user, credential, password, mustChange: wanted.must_change ?? true, keeps: null });
  return commits(writes, answer);
}

/** A service account's new secret, told this once. */
async function rotateSecret({ record, now }: PasswordRequest, world: UsersWorld, user: UserItem, { overlap_seconds: overlap = 0 }: PasswordChange) {
  const credential = await userStore(world.table).credential(user.id);
  const secret = `sk_${randomSecret()}`;
  const next: CredentialItem = withSecret(credential ?? { user_id: user.id, previous_passwords: [], version: 0 }, secret, { now, overlap });
  const event = record('user.secret_rotated', { entity: entityOf(user), description: `Secret of ${user.username} rotated`, fields: { overlap_seconds: overlap } });
  return commits([credentialSet(next, credential), event], ok(
    { id: user.id, client_secret: secret, previous_valid_until: next.previous_secret?.valid_until ?? null },
    { message: 'Secret changed successfully' },
  ));
}

export const usersHandler = (outside: Outside = outsideFromEnvironment(), passwords: Passwords = scryptPasswords()) => serve(users, {
  [postPassword.route]: async (request, world) => {
    const { caller, params, organization, pinnedVersion } = request;
    if (caller.credential.kind !== 'session') throw new AppError('USER_SESSION_REQUIRED', 'This needs a session');
    const isOwn = caller.type === 'user' && params.id === caller.id && organization.org_id === caller.organization;
    if (!isOwn && !caller.scopes.has('users:write'))
      throw new AppError('INSUFFICIENT_SCOPE', 'This needs the scope users:write', { details: [{ path: 'scope', message: 'users:write' }] });
    if (!isOwn && caller.mustChangePassword) throw new AppError('PASSWORD_CHANGE_REQUIRED', 'One\'s own password must be changed first');
    const found = await userStore(world.table).get(params.id);
    if (found === undefined) throw notFound('User');
    const user = pinned(found, pinnedVersion);
    if (isOwn) return changeOwn(request, world, passwords, user);
    requireManageable(caller, user);
    if (user.type === 'service') return rotateSecret(request, world, user, request.body());
    return changeAnothers(request, world, passwords, user);
  },
}, outside);

export const handler = usersHandler();

import { found } from '#errors.ts';
import { costIn, scryptPasswords, type Passwords } from '#credentials/password-hash.ts';
import { randomSecret } from '#credentials/random.ts';
import { organizationRow, raisePermissionEpoch } from '#dynamodb/rows/organization.ts';
import type { CredentialItem, UserItem } from '#dynamodb/rows/user.ts';
import { commits, commitsThenThrows, created, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { assertGrantable, assertGrantableRoles, assertKnownRoles } from '#http/authorization/granting.ts';
import { assertMaySend, newBrake, windowsOfStore } from '#limits/brake.ts';
import { auditOf } from '#schema/audit.ts';
import { queuedDetails } from '#schema/email.ts';
import { secretHash } from '#schema/secret-hash.ts';
import { recordCreation } from '#runtime/change-events.ts';
import { recordAll } from '#runtime/event-record.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import {
  noSources,
  readCustomRoles,
  readRightsSources,
  rightsOf,
  type RightsSources,
} from '#http/authorization/rights.ts';
import { commitDeletion, commitUpdate, listOf } from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { checkNoFailureSince, clearFailures, countFailure, liftLocks } from '../rows/lockout.ts';
import { readRemainingAccess } from '../rows/remaining-access.ts';
import {
  createUserWrites,
  deleteUserWrites,
  passwordWrites,
  saveCredential,
  updateUserWrites,
} from '../rows/user-writes.ts';
import { numberOriginOf } from '#telephony/number-format.ts';
import { assertNoEmergencyExtensions } from '#telephony/own-extensions.ts';
import { presentAccount } from './account-answer.ts';
import {
  assertNotOwnAccount,
  assertNotOwnRights,
  assertNotRouted,
  changeAccount,
  idPrefixes,
  matches,
  newAccount,
  weakFirstPassword,
  type NewAccount,
} from './account.ts';
import {
  changePassword,
  createUser,
  deleteUser,
  getUser,
  inviteUser,
  listUsers,
  updateUser,
  users,
} from './contract.ts';
import {
  assertAttemptAllowed,
  assertMayChangePassword,
  attemptOf,
  blankCredential,
  countEndedSessions,
  failedAttempt,
  liftedLocks,
  passwordEvent,
  requiredField,
  reusedPassword,
  rightAttempt,
  secretEvent,
  usedPasswords,
  weakNewPassword,
  withPassword,
  withSecret,
  wrongCurrentPassword,
} from './password-change.ts';
import {
  addressOf,
  assertInvitable,
  assertPending,
  invitationEmail,
  invitationEvent,
  invitationLink,
  newInvitation,
} from './invitation.ts';
import { invitationWrites, inviteWrite, keepSession, prefetch, userStore } from './store.ts';

type PasswordRequest = Request<typeof changePassword>;
type UsersContext = Context<typeof users>;

const audit = auditOf('user', {
  noun: 'User',
  describe: ({ username }: UserItem, verb) => `User ${username} ${verb}`,
});

type Work = Pick<PasswordRequest, 'caller' | 'organization'>;
const isCaller = ({ caller, organization }: Work, id: string): boolean =>
  id === caller.id && organization.org_id === caller.organization;
const newSecret = (): string => `sk_${randomSecret()}`;

type Managing = Pick<PasswordRequest, 'assertManages'>;

/** What the user's rights come from. @throws AppError CANNOT_MANAGE_USER */
async function backingOfManageable(
  { assertManages }: Managing,
  { table }: UsersContext,
  user: UserItem,
): Promise<RightsSources> {
  const backing = await readRightsSources(table, [user]);
  assertManages([user], backing);
  return backing;
}

type NewPassword = {
  readonly user: UserItem;
  readonly credential: CredentialItem | undefined;
  readonly password: string;
  readonly mustChange: boolean;
  /** Id of the caller's session, if the password is its own. */
  readonly kept: string | null;
};

/** Writes and answer of an accepted password. */
async function setPassword(
  { now, record }: PasswordRequest,
  { table }: UsersContext,
  passwords: Passwords,
  { user, credential, password, mustChange, kept }: NewPassword,
) {
  const at = now.toISOString();
  const [sessions, remaining] = await Promise.all([
    userStore(table).sessions(user.id),
    readRemainingAccess(table, user.id, now),
  ]);
  const ended = countEndedSessions(sessions, { epoch: user.session_epoch, now, current: kept });
  const next = withPassword(credential ?? blankCredential(user.id), await passwords.hash(password));
  return {
    writes: [
      ...passwordWrites(user, credential, { credential: next, mustChange, at }),
      ...(kept === null ? [] : [keepSession(user, kept)]),
      record('user.password_changed', passwordEvent(user, mustChange, ended)),
    ],
    answer: ok(
      { id: user.id, password_changed_at: at, sessions_terminated: ended, still_valid: remaining },
      { message: 'Password changed successfully' },
    ),
  };
}

/** Why a new password is rejected, or null. Hashes one at a time: each takes 128 MiB. */
async function problemWith(
  request: PasswordRequest,
  passwords: Passwords,
  { user, credential, password }: Pick<NewPassword, 'user' | 'credential' | 'password'>,
) {
  const weak = await weakNewPassword(password, user, request.organization.name);
  if (weak !== null) return weak;
  for (const used of usedPasswords(credential))
    if (await passwords.verify(request, password, used)) return reusedPassword();
  return null;
}

/** Changes the caller's own password. Wrong current passwords count to the lock-out. */
async function changeOwn(request: PasswordRequest, context: UsersContext, passwords: Passwords, user: UserItem) {
  const { body, caller, record } = request;
  const wanted = body();
  const [current, password] = [requiredField(wanted, 'current_password'), requiredField(wanted, 'new_password')];
  const attempt = attemptOf(user, request);
  const store = userStore(context.table);
  const [credential, lockouts] = await Promise.all([store.credential(user.id), store.lockouts(attempt)]);
  assertAttemptAllowed(lockouts, attempt);
  if (!(await passwords.verify(request, current, credential?.password))) {
    const { next, events } = failedAttempt(user, lockouts, attempt);
    return commitsThenThrows([...countFailure(lockouts, next), ...recordAll(record, events)], wrongCurrentPassword());
  }
  const { place, next, events } = rightAttempt(user, lockouts, attempt);
  const problem = await problemWith(request, passwords, { user, credential, password });
  if (problem !== null) return commitsThenThrows(checkNoFailureSince(place, lockouts), problem);
  const change = { user, credential, password, mustChange: false, kept: caller.credential.id };
  const { writes, answer } = await setPassword(request, context, passwords, change);
  return commits([...writes, ...clearFailures(place, lockouts, next), ...recordAll(record, events)], answer);
}

/** Sets another user's password, which lifts the lock-out of its name. */
async function changeAnothers(request: PasswordRequest, context: UsersContext, passwords: Passwords, user: UserItem) {
  const wanted = request.body();
  const password = requiredField(wanted, 'new_password');
  const store = userStore(context.table);
  const [credential, lockout] = await Promise.all([store.credential(user.id), store.lockout(user.username)]);
  const problem = await problemWith(request, passwords, { user, credential, password });
  if (problem !== null) throw problem;
  const change = { user, credential, password, mustChange: wanted.must_change ?? true, kept: null };
  const { writes, answer } = await setPassword(request, context, passwords, change);
  const { next, events } = liftedLocks(user, lockout, request.now.getTime());
  return commits([...writes, liftLocks(next), ...recordAll(request.record, events)], answer);
}

async function rotateSecret(request: PasswordRequest, { table }: UsersContext, user: UserItem) {
  const { record, now } = request;
  const { overlap_seconds: overlap = 0 } = request.body();
  const credential = await userStore(table).credential(user.id);
  const secret = newSecret();
  const next: CredentialItem = withSecret(credential ?? blankCredential(user.id), secret, { now, overlap });
  return commits(
    [saveCredential(next, credential), record('user.secret_rotated', secretEvent(user, overlap))],
    ok(
      { id: user.id, client_secret: secret, previous_valid_until: next.previous_secret?.valid_until ?? null },
      { message: 'Secret changed successfully' },
    ),
  );
}

async function changeCredential(request: PasswordRequest, context: UsersContext, passwords: Passwords) {
  const { caller, params, pinnedVersion } = request;
  const isOwn = caller.type === 'user' && isCaller(request, params.id);
  assertMayChangePassword(caller, isOwn);
  const user = assertPinnedVersion(found(await userStore(context.table).get(params.id), 'User'), pinnedVersion);
  // One's own needs the current password instead.
  if (isOwn) request.assertManages([], noSources);
  if (isOwn) return changeOwn(request, context, passwords, user);
  await backingOfManageable(request, context, user);
  if (user.type === 'service') return rotateSecret(request, context, user);
  return changeAnothers(request, context, passwords, user);
}

/** The first credential of an account: a service account's secret, a person's password, or none yet. */
async function firstCredential({ id, type }: UserItem, { password }: NewAccount, now: Date, passwords: Passwords) {
  const blank = blankCredential(id);
  if (type === 'service') {
    const secret = newSecret();
    const credential: CredentialItem = withSecret(blank, secret, { now, overlap: 0 });
    return { secret, credential };
  }
  if (typeof password !== 'string') return {};
  return { credential: { ...blank, password: await passwords.hash(password), version: 1 } };
}

type Inviting = Pick<Request<typeof inviteUser>, 'caller' | 'organization' | 'now' | 'record'>;

/**
 * A new link for the first password of a user.
 * @param to the address that gets it; undefined: the caller does @throws AppError RATE_LIMITED
 */
async function invite(request: Inviting, context: UsersContext, user: UserItem, to: string | undefined) {
  const { caller, organization, now, record } = request;
  const { nextId, environment, dependencies } = context;
  const { org_id: number } = organization;
  const brake = newBrake(windowsOfStore(dependencies.store));
  if (to !== undefined) await assertMaySend(brake, 'invitation-email', { organization: number, target: to }, now);
  const invitation = newInvitation(user, nextId('inv'), now);
  const token = randomSecret();
  const link = invitationLink(environment, token);
  const email =
    to === undefined
      ? undefined
      : invitationEmail({ id: nextId('eml'), to, language: user.language, organization, link, now });
  const by = { org_id: caller.organization, user_id: caller.id };
  return {
    invitation,
    link,
    writes: [
      ...invitationWrites(user, number, { invitation, hash: secretHash(token), by, email }),
      record('user.invited', invitationEvent(user, invitation, to === undefined ? 'link' : 'email')),
      ...(email === undefined ? [] : [record('email.queued', queuedDetails(email))]),
    ],
  };
}

async function inviteAgain(request: Request<typeof inviteUser>, context: UsersContext) {
  const { params, body, pinnedVersion } = request;
  const user = found(await userStore(context.table).get(params.id), 'User');
  await backingOfManageable(request, context, user);
  assertPending(user);
  const { send } = body();
  const { invitation, link, writes } = await invite(request, context, user, send ? addressOf(user) : undefined);
  assertPinnedVersion(user, pinnedVersion);
  return commits(
    [inviteWrite(user, invitation), ...writes],
    ok(
      { id: user.id, invitation, ...(send ? {} : { link }) },
      { message: send ? 'The invitation is on its way' : 'Hand the link over to the user' },
    ),
  );
}

async function create(request: Request<typeof createUser>, context: UsersContext, passwords: Passwords) {
  const { body, caller, organization, now, record } = request;
  const wanted = body();
  if (wanted.invite === true) assertInvitable(wanted);
  const weak = await weakFirstPassword(wanted, organization.name);
  if (weak !== null) throw weak;
  const id = context.nextId(wanted.type === 'service' ? 'svc' : 'usr');
  const account: UserItem = newAccount(wanted, { id, now: now.toISOString() });
  assertNoEmergencyExtensions({}, { extension: account.extension }, numberOriginOf(organization));
  const customRoles = await readCustomRoles(context.table, account.roles);
  assertKnownRoles(account.roles, organization, customRoles);
  assertGrantableRoles(caller, account.roles, customRoles);
  const invited = wanted.invite === true ? await invite(request, context, account, addressOf(account)) : undefined;
  const user = invited === undefined ? account : { ...account, invitation: invited.invitation };
  const { credential, secret } = await firstCredential(user, wanted, now, passwords);
  const place = { organization: organization.org_id, limit: organization.limits.max_users, customRoles };
  return commits(
    [...createUserWrites(user, credential, place), recordCreation(audit, record, user), ...(invited?.writes ?? [])],
    created(
      { ...presentAccount(user, organization), ...(secret === undefined ? {} : { client_secret: secret }) },
      { message: 'User created successfully', version: 1 },
    ),
  );
}

async function update(request: Request<typeof updateUser>, context: UsersContext) {
  const { params, body, caller, organization, now } = request;
  const { table } = context;
  // First: if the rights of others change after this read, the write fails and the request is decided again.
  const home = (await table.get(organizationRow, {})) ?? organization;
  const before = found(await userStore(table).get(params.id), 'User');
  const backing = await backingOfManageable(request, context, before);
  const wanted = body();
  assertNotOwnRights(isCaller(request, before.id), wanted);
  const after = changeAccount(before, wanted, now.toISOString());
  assertNoEmergencyExtensions(
    { extension: before.extension },
    { extension: after.extension },
    numberOriginOf(organization),
  );
  const added = after.roles.filter((role) => !before.roles.includes(role));
  const customRoles = new Map([...backing.roles, ...(await readCustomRoles(table, added))]);
  assertKnownRoles(added, organization, customRoles);
  assertGrantableRoles(caller, added, customRoles);
  assertGrantable(caller, rightsOf(after, { ...backing, roles: customRoles }), 'roles');
  const rolesChange = added.length > 0 || after.roles.length < before.roles.length;
  return commitUpdate(
    audit,
    request,
    { before, after },
    {
      writes: [
        ...updateUserWrites(before, after, { organization: organization.org_id, customRoles }),
        ...(rolesChange ? [raisePermissionEpoch(home)] : []),
      ],
      shown: presentAccount(after, organization),
    },
  );
}

async function remove(request: Request<typeof deleteUser>, context: UsersContext) {
  const { params, query, organization, now, pinnedVersion } = request;
  const store = userStore(context.table);
  const user = found(await store.get(params.id), 'User');
  assertNotOwnAccount(isCaller(request, user.id));
  const { roles: customRoles, groups } = await backingOfManageable(request, context, user);
  if (query.force !== true) assertNotRouted(await store.numbersTo(user.id));
  assertPinnedVersion(user, pinnedVersion);
  return commitDeletion(audit, request, user, {
    writes: [
      ...deleteUserWrites(user, { organization: organization.org_id, customRoles }),
      ...(await store.departureWrites(user, [...groups.keys()], now)),
    ],
  });
}

const present = (user: UserItem, { organization }: Pick<PasswordRequest, 'organization'>) =>
  presentAccount(user, organization);

function read({ query, page: request }: Request<typeof listUsers>, { table }: UsersContext) {
  const store = userStore(table);
  const keep = (user: UserItem): boolean => matches(user, query);
  const ofType = query.type === undefined ? [...idPrefixes.user, ...idPrefixes.service] : idPrefixes[query.type];
  return query.sort === 'username' ? store.byUsername(request(), keep) : store.byTime(request(), ofType, keep);
}

/** The caller is read in the caller's own organization, whichever the request names. */
async function get(request: Request<typeof getUser>, { table, tableOf }: UsersContext) {
  const { params, caller, organization } = request;
  const isMe = params.id === caller.id;
  const own = tableOf(caller.organization);
  const user = found(await (isMe ? userStore(own) : userStore(table)).get(params.id), 'User');
  const home = isMe ? ((await own.get(organizationRow, {})) ?? organization) : organization;
  return ok(presentAccount(user, home), { version: user.version });
}

export const usersHandler = (
  dependencies: Dependencies = dependenciesFromEnvironment(),
  passwords: Passwords = scryptPasswords(costIn(dependencies.environment)),
) =>
  serve(
    users,
    {
      [listUsers.route]: listOf(read, present),
      [createUser.route]: (request, context) => create(request, context, passwords),
      [getUser.route]: get,
      [inviteUser.route]: inviteAgain,
      [updateUser.route]: update,
      [deleteUser.route]: remove,
      [changePassword.route]: (request, context) => changeCredential(request, context, passwords),
    },
    { ...dependencies, prefetch },
  );

export const handler = usersHandler();

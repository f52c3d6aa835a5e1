import type { NameLockout } from '../schema/lockout.ts';
import type { CredentialItem, SessionItem, UserItem } from '#dynamodb/rows/user.ts';
import { found } from '#errors.ts';
import { commits, ok } from '#http/answers/answer.ts';
import { assertGrantable, assertGrantableRoles, assertKnownRoles } from '#http/authorization/granting.ts';
import { isWithin } from '#http/authorization/networks.ts';
import { readRightsSources, rightsOf, roleNamesOf } from '#http/authorization/rights.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { serve } from '#http/serve.ts';
import { raisePermissionEpoch } from '#dynamodb/rows/organization.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { recordAll } from '#runtime/event-record.ts';
import { liftLocks } from '../rows/lockout.ts';
import { updateUserWrites } from '../rows/user-writes.ts';
import {
  actionsOf,
  assertNotLockedOut,
  assertNotOwn,
  assertNotOwnAccess,
  changeClient,
  changesAccount,
  changesSettings,
  revokeAccess,
  withoutShown,
} from './access.ts';
import { presentAccess, presentSummary } from './access-answer.ts';
import { accountIds, endedBy, liftedLocks, resetEvent, revokedEvent, updatedEvent } from './change.ts';
import {
  clientAccess,
  getClientAccess,
  listClientAccess,
  putClientAccess,
  revokeClientAccess,
  updateClientAccess,
} from './contract.ts';
import { accessStore, endSessionsWrites, removeFactorWrites } from './store.ts';

type AccessContext = Context<typeof clientAccess>;
type Saving = Request<typeof putClientAccess> | Request<typeof updateClientAccess>;
type Changing = Saving | Request<typeof revokeClientAccess>;

const storeOf = ({ table, tableOf }: AccessContext) => accessStore(table, tableOf(0));

const isCaller = ({ caller, organization }: Changing, { id }: UserItem): boolean =>
  id === caller.id && organization.org_id === caller.organization;

async function list(request: Request<typeof listClientAccess>, context: AccessContext) {
  const { query, organization } = request;
  const { items, ...figures } = await storeOf(context).page(
    request.page(),
    accountIds,
    ({ status }) => query.status === undefined || status === query.status,
  );
  const sources = await readRightsSources(context.table, items);
  const { total, limit, offset, nextToken } = figures;
  return ok(
    {
      clientAccess: items.map((user) => presentSummary(user, organization.org_id, roleNamesOf(user, sources))),
      pagination: { total, limit, offset, hasMore: nextToken !== '' },
    },
    { figures },
  );
}

async function get({ params, organization, now }: Request<typeof getClientAccess>, context: AccessContext) {
  const store = storeOf(context);
  const user = found(await store.user(params.entity), 'User');
  const [sessions, lockout, sources] = await Promise.all([
    store.sessions(user.id),
    store.lockout(user.username),
    readRightsSources(context.table, [user]),
  ]);
  return ok(presentAccess(user, organization, { roles: roleNamesOf(user, sources), sessions, lockout, now }));
}

/** The account of a change, and where its rights come from. @throws AppError NOT_FOUND, CANNOT_MANAGE_USER */
async function manageable(request: Changing, context: AccessContext) {
  const store = storeOf(context);
  // First: if the rights of others change after this read, the write fails and the request is decided again.
  const home = (await store.organization()) ?? request.organization;
  const user = found(await store.user(request.params.entity), 'User');
  const sources = await readRightsSources(context.table, [user], ['admin', 'agent', 'viewer']);
  request.assertManages([user], sources);
  return { home, user, sources, customRoles: sources.roles };
}

type Managed = Awaited<ReturnType<typeof manageable>>;

/** Checks the roles of a changed account. @throws AppError CANNOT_GRANT, UNKNOWN_ROLE */
function assertMayGrant({ caller, organization }: Saving, { user, sources }: Managed, after: UserItem): void {
  const added = after.roles.filter((role) => !user.roles.includes(role));
  assertKnownRoles(added, organization, sources.roles);
  assertGrantableRoles(caller, added, sources.roles);
  assertGrantable(caller, rightsOf(after, sources), 'accessLevel');
}

/** The account after a change that the caller may make. @throws AppError OWN_ACCOUNT, CANNOT_GRANT, WOULD_LOCK_OUT */
function changedAccount(request: Saving, managed: Managed): UserItem {
  const { organization, now, ip, pinnedVersion } = request;
  const { user, sources } = managed;
  const wanted = withoutShown(request.body(), { status: user.status, roles: roleNamesOf(user, sources) });
  const isOwn = isCaller(request, user);
  assertNotOwn(isOwn, wanted);
  if (!changesAccount(wanted)) return assertPinnedVersion(user, pinnedVersion);
  const timezone = user.timezone ?? organization.timezone;
  const after = changeClient(user, wanted, { now: now.toISOString(), timezone });
  assertMayGrant(request, managed, after);
  if (isOwn) assertNotLockedOut(after, { now, isWithin: (addresses) => isWithin(ip, addresses) });
  assertPinnedVersion(user, pinnedVersion);
  return after;
}

type Changed = {
  readonly after: UserItem;
  readonly resets: boolean;
  readonly credential: CredentialItem | undefined;
  /** Sessions that a lower maximum ends. */
  readonly ended: readonly SessionItem[];
};

/** Writes of a changed account, and their events. */
function accountWrites({ organization: { org_id: org }, record, body }: Saving, managed: Managed, changed: Changed) {
  const { user, home, customRoles } = managed;
  const { after, resets, credential, ended } = changed;
  const excludesLogIns = after.access.max_sessions < user.access.max_sessions;
  return [
    ...updateUserWrites(user, after, { organization: org, customRoles, endsSessions: resets, excludesLogIns }),
    ...endSessionsWrites(ended),
    ...(resets ? removeFactorWrites(org, credential) : []),
    ...(after.roles === user.roles ? [] : [raisePermissionEpoch(home)]),
    ...(changesSettings(body()) ? [record('access.updated', updatedEvent(user, after))] : []),
    ...(resets ? [record('access.2fa_reset', resetEvent(user))] : []),
  ];
}

/** Writes that lift the lock-out of the account's name, and their events. */
function unlockWrites({ record, now }: Saving, user: UserItem, lockout: NameLockout | undefined) {
  const { next, events } = liftedLocks(user, lockout, now.getTime());
  return [liftLocks(next), ...recordAll(record, events)];
}

async function save(request: Saving, context: AccessContext) {
  const { organization, now, body } = request;
  const managed = await manageable(request, context);
  const { user, sources } = managed;
  const after = changedAccount(request, managed);
  const { resets, unlocks } = actionsOf(body());
  const store = storeOf(context);
  const [lockout, sessions, credential] = await Promise.all([
    store.lockout(user.username),
    store.sessions(user.id),
    resets ? store.credential(user.id) : undefined,
  ]);
  const ended = endedBy(sessions, after, now);
  const areAllEnded = resets || after.status !== 'active';
  const shown = presentAccess(after, organization, {
    roles: roleNamesOf(after, sources),
    sessions: areAllEnded ? [] : sessions.filter((session) => !ended.includes(session)),
    lockout: unlocks ? undefined : lockout,
    now,
  });
  return commits(
    [
      ...(after === user ? [] : accountWrites(request, managed, { after, resets, credential, ended })),
      ...(unlocks ? unlockWrites(request, user, lockout) : []),
    ],
    ok(shown, { message: 'Client access updated successfully' }),
  );
}

async function revoke(request: Request<typeof revokeClientAccess>, context: AccessContext) {
  const { organization, now, record, pinnedVersion } = request;
  const { user, customRoles } = await manageable(request, context);
  assertNotOwnAccess(isCaller(request, user));
  assertPinnedVersion(user, pinnedVersion);
  const at = now.toISOString();
  const after = revokeAccess(user, at);
  return commits(
    [
      ...updateUserWrites(user, after, { organization: organization.org_id, customRoles }),
      record('access.revoked', revokedEvent(user, after)),
    ],
    ok(
      { userId: user.id, status: 'disabled' as const, revokedAt: at },
      { message: 'Client access revoked successfully' },
    ),
  );
}

export const clientAccessHandler = (dependencies: Dependencies = dependenciesFromEnvironment()) =>
  serve(
    clientAccess,
    {
      [listClientAccess.route]: list,
      [getClientAccess.route]: get,
      [putClientAccess.route]: save,
      [updateClientAccess.route]: save,
      [revokeClientAccess.route]: revoke,
    },
    dependencies,
  );

export const handler = clientAccessHandler();

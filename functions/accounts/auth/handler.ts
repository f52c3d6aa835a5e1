import * as z from 'zod';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import type { WriteName } from '../../../shared/contract/effects.ts';
import { AppError, notFound } from '../../../shared/errors.ts';
import { costIn, scryptPasswords, type Passwords } from '../../../shared/credentials/password-hash.ts';
import { randomSecret } from '../../../shared/credentials/random.ts';
import { commit } from '../../../shared/dynamodb/commit.ts';
import type { Write } from '../../../shared/dynamodb/write.ts';
import { failure, forgottenFailures, noFailureSince } from '../rows/lockout.ts';
import type { SessionItem, UserItem } from '../../../shared/dynamodb/rows/user.ts';
import { commits, ok, page, rejects } from '../../../shared/http/answers/answer.ts';
import { systemOrigin, type Origin } from '../../../shared/runtime/event-record.ts';
import type { Handlers, Request, Context } from '../../../shared/http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../../../shared/runtime/dependencies.ts';
import { isWithin } from '../../../shared/http/admission/networks.ts';
import type { Effective } from '../../../shared/http/authorization/permissions.ts';
import { backingOf, rightsOf, roleNamesOf } from '../../../shared/http/authorization/rights.ts';
import { serve } from '../../../shared/http/serve.ts';
import { organizationText } from '../../../shared/schema/values.ts';
import { secretsFromEnvironment } from '../../../shared/secrets/secrets.ts';
import { tokenSigner, type TokenSigner } from '../../../shared/signing/signing-keys.ts';
import {
  auth,
  deleteSession,
  deleteToken,
  getSession,
  getToken,
  listSessions,
  postLogIn,
  postToken,
} from './contract.ts';
import {
  administratorFrom,
  administratorName,
  operatorFrom,
  operatorNumber,
  type FirstAdministrator,
} from './first-start.ts';
import { afterFailure, lockEvents, rejectLocked, type Lockout } from './lockout.ts';
import {
  accountDisabled,
  addressRejected,
  basicCredentials,
  invalidCredentials,
  kindOf,
  permittedScopes,
  rejectionOf,
  serviceLogIn,
  simpleLogInLife,
  userLogIn,
  type LogInFields,
  type LogInKind,
  type ServiceLogIn,
  type UserLogIn,
} from './log-in.ts';
import { liveSessions, passwordHasExpired, sessionEnd, sessionsToEnd } from './session.ts';
import { secretMatches } from './service-secret.ts';
import {
  accountStore,
  logIn,
  logInOfService,
  logOut,
  logOutEverywhere,
  operatorCreation,
  rehashed,
  type Account,
} from './store.ts';

type AuthContext = Context<typeof auth>;
type LogInRequest = Request<typeof getToken> | Request<typeof postToken> | Request<typeof postLogIn>;
/** What log-ins use beside their world, made once per process. */
type Tools = { readonly passwords: Passwords; readonly sign: TokenSigner };

const actorOf = ({ id, type, username }: UserItem, credential: string | null = null): Origin['actor'] => ({
  id,
  type,
  name: username,
  credential,
});
const entityOf = ({ id }: UserItem) => ({ type: 'user', id });

type Standing = { readonly rights: Effective; /** Through groups too. */ readonly roles: readonly string[] };

/** Only asked about somebody who knows the secret. */
async function standingOf({ user, organization }: Account, { tableOf }: AuthContext): Promise<Standing> {
  const backing = await backingOf(tableOf(organization.org_id), [user]);
  return { rights: rightsOf(user, backing), roles: roleNamesOf(user, backing) };
}

const isLetIn = ({ organization: { security } }: Account, ip: string): boolean =>
  security.ip_whitelist.length === 0 || isWithin(ip, security.ip_whitelist);

type NewSession = {
  readonly client: SessionItem['client'];
  readonly rights: Effective;
  readonly ttl: number | undefined;
};

function newSession(
  { now, ip, userAgent }: LogInRequest,
  { nextId }: AuthContext,
  { user, organization }: Account,
  { client, rights, ttl }: NewSession,
): SessionItem {
  const at = now.toISOString();
  return {
    id: nextId('ses'),
    user_id: user.id,
    client,
    ip,
    user_agent: userAgent,
    scopes: rights.scopes,
    own_only: rights.ownOnly,
    reach: rights.reach,
    permission_epoch: organization.permission_epoch,
    session_epoch: user.session_epoch,
    created_at: at,
    last_seen_at: at,
    expires_at: sessionEnd(user.type, ttl, { longest: organization.security.session_ttl_max, now }),
  };
}

const tokenOf = (
  { sign }: Tools,
  { nextId }: AuthContext,
  session: SessionItem,
  { organization, now }: { readonly organization: number; readonly now: Date },
): Promise<string> =>
  sign(
    {
      user: session.user_id,
      organization,
      scopes: session.scopes,
      session: session.id,
      tokenId: nextId('jti'),
      expiresAt: session.expires_at,
    },
    now,
  );

const isoTime = (seconds: number): string => new Date(seconds * 1_000).toISOString();

/**
 * Events about a log-in that failed; of an unknown name in the operator's organization, and without the name: it may be
 * a password.
 */
function failureEvents({ recordIn }: LogInRequest, account: Account | undefined) {
  const record =
    account === undefined ? recordIn(operatorNumber) : recordIn(account.organization.org_id, actorOf(account.user));
  const entity = account === undefined ? { type: 'org', id: organizationText(operatorNumber) } : entityOf(account.user);
  const name = account?.user.username ?? 'an unknown name';
  return {
    failed: (reason: string) =>
      record('auth.login_failed', {
        entity,
        severity: 'warning',
        description: `Log-in of ${name} failed`,
        fields: { reason },
      }),
    ofLock: (before: Lockout | undefined, after?: Lockout) =>
      lockEvents(name, before, after)
        .filter(({ type }) => account !== undefined || type === 'auth.locked')
        .map(({ type, ...told }) => record(type, { entity, ...told })),
  };
}

const isOf = (account: Account | undefined, organization: number | undefined): account is Account =>
  account !== undefined && (organization === undefined || account.organization.org_id === organization);

/** Somebody who is in, for the form of the answer. */
type Opened = {
  readonly account: Account;
  readonly session: SessionItem;
  readonly token: string;
  readonly mustChangePassword: boolean;
};

async function userSession(request: LogInRequest, context: AuthContext, tools: Tools, asked: UserLogIn) {
  const { username, password } = asked;
  const store = accountStore(context.tableOf);
  const { account, lockout } = await store.byUsername(username);
  const now = request.now.getTime();
  rejectLocked(lockout, now);
  const events = failureEvents(request, account);
  const isRight = await tools.passwords.verify(request, password, account?.credential?.password);
  if (!isRight || !isOf(account, asked.organization)) {
    const next = afterFailure(lockout, username, now);
    return rejects(
      [failure(lockout, next), events.failed('INVALID_CREDENTIALS'), ...events.ofLock(lockout, next)],
      invalidCredentials(),
    );
  }
  const { rights, roles } = await standingOf(account, context);
  const rejection = rejectionOf({ ...account.user, roles }, { ...asked, isLetIn: isLetIn(account, request.ip) });
  if (rejection !== null) return rejects([noFailureSince(username, lockout), events.failed(rejection.code)], rejection);
  const outdated = tools.passwords.isOutdated(account.credential?.password);
  const { writes, opened } = await openSession(request, context, tools, { account, asked, rights });
  return {
    writes: [
      ...writes,
      forgottenFailures(username, lockout),
      ...events.ofLock(lockout),
      ...(outdated ? rehashed(account, await tools.passwords.hash(password)) : []),
    ],
    opened,
  };
}

async function openSession(
  request: LogInRequest,
  context: AuthContext,
  tools: Tools,
  { account, asked, rights }: { readonly account: Account; readonly asked: UserLogIn; readonly rights: Effective },
) {
  const { now } = request;
  const { user, organization } = account;
  const session = newSession(request, context, account, { client: asked.client, rights, ttl: asked.ttl });
  const sessions = await accountStore(context.tableOf).sessions(organization.org_id, user.id);
  const ended = sessionsToEnd(sessions, { most: user.access.max_sessions, epoch: user.session_epoch, now });
  const mustChangePassword =
    user.must_change_password ||
    passwordHasExpired(user.password_changed_at, organization.security.password_rotation_days, now);
  const token = await tokenOf(tools, context, session, { organization: organization.org_id, now });
  const opened: Opened = { account, session, token, mustChangePassword };
  return {
    writes: [...logIn(account, { session, ended, mustChangePassword }), loggedIn(request, account, session)],
    opened,
  };
}

const presentToken = ({ account: { user, organization }, session, token, mustChangePassword }: Opened) => ({
  token,
  expires_at: isoTime(session.expires_at),
  token_type: 'Bearer' as const,
  entity: { id: user.id, type: 'user' as const, org_id: organization.org_id },
  password_change_required: mustChangePassword,
});

const loggedIn = ({ recordIn }: LogInRequest, { user, organization }: Account, session: SessionItem) =>
  recordIn(organization.org_id, actorOf(user, session.id))('auth.login', {
    entity: entityOf(user),
    description: `${user.username} logged in`,
    fields: { session_id: session.id, client: session.client },
  });

/** Service accounts have no lock-out: 256 random bits are not guessed. */
async function serviceSession(request: LogInRequest, context: AuthContext, tools: Tools, asked: ServiceLogIn) {
  const account = await accountStore(context.tableOf).byClientId(asked.clientId);
  const isRight = secretMatches(account?.credential, asked.secret, request.now.toISOString());
  if (!isRight || !isOf(account, asked.organization))
    return rejects([failureEvents(request, account).failed('INVALID_CREDENTIALS')], invalidCredentials());
  const { user, organization } = account;
  const rejection =
    user.status === 'active' ? (isLetIn(account, request.ip) ? null : addressRejected()) : accountDisabled();
  if (rejection !== null) return rejects([failureEvents(request, account).failed(rejection.code)], rejection);
  const { rights } = await standingOf(account, context);
  const permitted = permittedScopes(asked.scopes, rights.scopes);
  const session = newSession(request, context, account, {
    client: 'api',
    rights: { ...rights, scopes: permitted, ownOnly: rights.ownOnly.filter((scope) => permitted.includes(scope)) },
    ttl: asked.ttl,
  });
  return commits(
    [...logInOfService(account, session), loggedIn(request, account, session)],
    ok({
      access_token: await tokenOf(tools, context, session, { organization: organization.org_id, now: request.now }),
      token_type: 'Bearer' as const,
      expires_in: session.expires_at - Math.floor(request.now.getTime() / 1_000),
      scope: permitted.join(','),
      service: { client_id: asked.clientId, name: user.display_name },
    }),
  );
}

const AdminSecret = z.object({ username: z.string(), password: z.string() });

/** The administrator that the environment names or, where it gives no password, the one of the generated secret. */
async function firstAdministrator({ environment, secrets }: AuthContext): Promise<FirstAdministrator> {
  const given = administratorFrom(environment);
  if (given !== undefined) return given;
  const { password } = AdminSecret.parse(JSON.parse(await secrets.read('operator-admin')));
  return { username: administratorName(environment), password, mustChange: true };
}

/** Makes the operator, unless it is there. Of processes that try at once one succeeds. */
async function ensureOperator(
  { recordIn, now }: LogInRequest,
  context: AuthContext,
  passwords: Passwords,
): Promise<void> {
  const store = accountStore(context.tableOf);
  if ((await store.organization(operatorNumber)) !== undefined) return;
  const administrator = await firstAdministrator(context);
  const { organization, user, profile } = operatorFrom(context.environment, administrator, {
    userId: context.nextId('usr'),
    profileId: context.nextId('bp'),
    pageKey: randomSecret(),
    now: now.toISOString(),
  });
  const record = recordIn(operatorNumber, systemOrigin.actor);
  const writes = [
    ...operatorCreation({ organization, user, profile, password: await passwords.hash(administrator.password) }),
    record('org.created', {
      entity: { type: 'org', id: organizationText(operatorNumber) },
      description: 'The operator was made on first start',
      after: organization,
    }),
    record('user.created', {
      entity: entityOf(user),
      description: `User ${user.username} was made on first start`,
      after: user,
    }),
  ] satisfies Write<WriteName<EffectOf<typeof auth>>>[];
  try {
    // Alone and at once: a log-in is judged by what is there.
    await commit(context.dependencies.store, operatorNumber, writes);
  } catch (error) {
    if ((await store.organization(operatorNumber)) === undefined) throw error;
  }
}

/** `work` once for the life of the process; a failure does not count. */
function onceDone(work: (request: LogInRequest, context: AuthContext) => Promise<void>): typeof work {
  let done: Promise<void> | undefined;
  return (request, context) => {
    done ??= work(request, context).catch((error: unknown) => {
      done = undefined;
      throw error;
    });
    return done;
  };
}

/** What somebody sees and ends of the own sessions. */
const ownSessions: Pick<Handlers<typeof auth>, typeof listSessions.route | typeof deleteSession.route> = {
  [listSessions.route]: async ({ caller, page: request, now }, { table, tableOf }) => {
    const store = accountStore(tableOf);
    const epoch = await store.sessionEpoch(table.organization, caller.id);
    const found = await store.sessionPage(
      table.organization,
      caller.id,
      request(),
      (session) => liveSessions([session], { epoch, now }).length > 0,
    );
    const lastUses = await store.lastUses(table.organization, found.items);
    return page({
      ...found,
      items: found.items.map((session, at) => presentSession(session, lastUses[at], caller.credential.id)),
    });
  },

  [deleteSession.route]: async ({ caller, params, record, now }, { table, tableOf }) => {
    const store = accountStore(tableOf);
    const [session, epoch] = await Promise.all([
      store.session(table.organization, caller.id, params.id),
      store.sessionEpoch(table.organization, caller.id),
    ]);
    if (session === undefined || liveSessions([session], { epoch, now }).length === 0) throw notFound('Session');
    const event = record('auth.logout', {
      entity: { type: 'user', id: caller.id },
      description: `${caller.username} ended a session`,
      fields: { session_id: session.id, sessions_terminated: 1 },
    });
    return commits(
      [...logOut({ organization: table.organization, user: caller.id }, session.id), event],
      ok({ id: session.id, deleted_at: now.toISOString() }, { message: 'Session deleted successfully' }),
    );
  },
};

export function authHandler(
  dependencies: Dependencies = dependenciesFromEnvironment({ secrets: secretsFromEnvironment() }),
  passwords: Passwords = scryptPasswords(costIn(dependencies.environment)),
) {
  const { store, secrets, environment } = dependencies;
  if (secrets === undefined) throw new Error('log-ins need secrets');
  const tools: Tools = { passwords, sign: tokenSigner(store, secrets, environment['PUBLIC_URL'] ?? '') };
  const firstStart = onceDone((request, context) => ensureOperator(request, context, passwords));

  const letIn = async (request: LogInRequest, context: AuthContext, asked: UserLogIn) => {
    await firstStart(request, context);
    return userSession(request, context, tools, asked);
  };

  const begin = async (
    request: LogInRequest,
    context: AuthContext,
    kind: LogInKind,
    sources: readonly LogInFields[],
  ) => {
    if (kind === 'service') return serviceSession(request, context, tools, serviceLogIn(sources));
    const result = await letIn(request, context, userLogIn(kind, sources));
    return 'opened' in result ? commits(result.writes, ok(presentToken(result.opened))) : result;
  };

  return serve(
    auth,
    {
      [getToken.route]: async (request, context) =>
        begin(request, context, kindOf(request.params.entity), [
          request.query,
          request.body(),
          basicCredentials(request.headers['authorization']),
        ]),

      [postToken.route]: async (request, context) =>
        begin(request, context, kindOf(request.params.entity), [
          request.body(),
          basicCredentials(request.headers['authorization']),
        ]),

      [postLogIn.route]: async (request, context) => {
        const asked = { ...userLogIn('user', [request.body()]), ttl: simpleLogInLife };
        const result = await letIn(request, context, asked);
        return 'opened' in result
          ? commits(result.writes, ok({ token: result.opened.token, username: result.opened.account.user.username }))
          : result;
      },

      [deleteToken.route]: async ({ caller, query, recordIn, now }, { tableOf }) => {
        const { id: user, organization, credential } = caller;
        const owner = { organization, user };
        const everywhere = query.all_sessions === true;
        if (!everywhere && credential.kind !== 'session')
          throw new AppError(
            'NOT_A_SESSION',
            'An access key is no session; all_sessions=true ends the sessions of its owner',
          );
        const count = everywhere ? await openSessions(accountStore(tableOf), owner, now) : 1;
        const event = recordIn(organization)('auth.logout', {
          entity: { type: 'user', id: user },
          description: `${caller.username} logged out`,
          fields: { sessions_terminated: count, all_sessions: everywhere },
        });
        return commits(
          [...(everywhere ? logOutEverywhere(owner) : logOut(owner, credential.id)), event],
          ok(
            { logged_out_at: now.toISOString(), sessions_terminated: count },
            { message: 'Token successfully invalidated' },
          ),
        );
      },

      [getSession.route]: async ({ caller }) =>
        ok({
          sub: caller.id,
          type: caller.type,
          credential: caller.credential.kind,
          username: caller.username,
          org_id: organizationText(caller.organization),
          reach: caller.reach,
          roles: [...caller.roles],
          scopes: [...caller.scopes],
          own_only: [...caller.ownOnly],
          session_id: caller.credential.kind === 'session' ? caller.credential.id : null,
          expires_at: isoTime(caller.credential.expiresAt),
          two_factor: caller.twoFactor,
          password_change_required: caller.mustChangePassword,
        }),
      ...ownSessions,
    },
    dependencies,
  );
}

const presentSession = (
  { id, client, ip, user_agent, created_at, last_seen_at, expires_at }: SessionItem,
  usedAt: string | undefined,
  current: string,
) => ({
  id,
  client,
  ip,
  user_agent,
  created_at,
  last_seen_at: usedAt ?? last_seen_at,
  expires_at: isoTime(expires_at),
  current: id === current,
});

async function openSessions(
  store: ReturnType<typeof accountStore>,
  { organization, user }: { readonly organization: number; readonly user: string },
  now: Date,
): Promise<number> {
  const [sessions, epoch] = await Promise.all([
    store.sessions(organization, user),
    store.sessionEpoch(organization, user),
  ]);
  return liveSessions(sessions, { epoch, now }).length;
}

export const handler = authHandler();

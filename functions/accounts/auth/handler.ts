import { AppError, found } from '../../../shared/errors.ts';
import { costIn, scryptPasswords, type Passwords } from '../../../shared/credentials/password-hash.ts';
import { randomSecret } from '../../../shared/credentials/random.ts';
import { commit } from '../../../shared/dynamodb/commit.ts';
import { checkNoFailureSince, countFailure } from '../rows/lockout.ts';
import type { SessionItem, UserItem } from '../../../shared/dynamodb/rows/user.ts';
import { commits, ok, page, commitsThenThrows } from '../../../shared/http/answers/answer.ts';
import { recordAll, systemOrigin, type Origin, type Recorder } from '../../../shared/runtime/event-record.ts';
import type { Handlers, Request, Context } from '../../../shared/http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../../../shared/runtime/dependencies.ts';
import { once } from '../../../shared/runtime/once.ts';
import { isWithin } from '../../../shared/http/authorization/networks.ts';
import { readRightsSources, rightsOf, roleNamesOf } from '../../../shared/http/authorization/rights.ts';
import { serve } from '../../../shared/http/serve.ts';
import { networkOf } from '../../../shared/schema/ip-address.ts';
import { secretsFromEnvironment } from '../../../shared/secrets/secrets.ts';
import { tokenSigner, type TokenSigner } from '../../../shared/signing/signing-keys.ts';
import { auth, createToken, deleteSession, getSession, getToken, listSessions, logIn, logOut } from './contract.ts';
import {
  administratorFromEnvironment,
  administratorFromSecret,
  newOperator,
  operatorEvents,
  operatorNumber,
} from './first-start.ts';
import { failedLogInEvent, lockoutEvents, logInEvent, logOutEvent, sessionEndEvent } from './log-in-events.ts';
import {
  basicCredentials,
  invalidCredentials,
  logInKind,
  permittedScopes,
  rejectionOf,
  serviceRejection,
  simpleLogInTtl,
  userLogIn,
  wantedLogIn,
  type ServiceLogIn,
  type UserLogIn,
} from './log-in.ts';
import { afterFailure, assertNotLocked, placeOf, type Attempt, type Lockouts } from './lockout.ts';
import { liveSessions, narrowedRights, newSession, openSession, presentCaller, presentSession } from './session.ts';
import { secretMatches } from './service-secret.ts';
import {
  accountStore,
  logInWrites,
  logOutEverywhereWrites,
  logOutWrites,
  operatorWrites,
  serviceLogInWrites,
  sessionStore,
  type Account,
} from './store.ts';
import { presentServiceToken, presentUserToken, tokenClaims } from './token.ts';

type AuthContext = Context<typeof auth>;
type LogInRequest = Request<typeof getToken> | Request<typeof createToken> | Request<typeof logIn>;
/** Made once per process. */
type Tools = { readonly passwords: Passwords; readonly sign: TokenSigner };

const actorOf = ({ id, type, username }: UserItem, credential: string | null = null): Origin['actor'] => ({
  id,
  type,
  name: username,
  credential,
});

/** Failures of an unknown name belong to the operator. */
const failureRecorder = ({ recordIn }: LogInRequest, account: Account | undefined): Recorder =>
  account === undefined ? recordIn(operatorNumber) : recordIn(account.organization.org_id, actorOf(account.user));

const basicOf = ({ headers }: LogInRequest) => basicCredentials(headers['authorization']);

const isAddressAllowed = ({ organization: { security } }: Account, ip: string): boolean =>
  security.ip_whitelist.length === 0 || isWithin(ip, security.ip_whitelist);

const isInOrganization = (account: Account | undefined, organization: number | undefined): account is Account =>
  account !== undefined && (organization === undefined || account.organization.org_id === organization);

/** Read only once the secret proved right. */
async function rightsOfAccount({ user, organization }: Account, { tableOf }: AuthContext) {
  const backing = await readRightsSources(tableOf(organization.org_id), [user]);
  return { rights: rightsOf(user, backing), roles: roleNamesOf(user, backing) };
}

const signToken = (
  { nextId }: AuthContext,
  { sign }: Tools,
  { organization }: Account,
  session: SessionItem,
): Promise<string> => sign(tokenClaims(session, organization.org_id, nextId('jti')), new Date(session.created_at));

const recordLogIn = ({ recordIn }: LogInRequest, { user, organization }: Account, session: SessionItem) =>
  recordAll(recordIn(organization.org_id, actorOf(user, session.id)), [logInEvent(user, session)]);

type Counted = { readonly attempt: Attempt; readonly lockouts: Lockouts };

/** Counts a failed log-in, and locks the name if it was the last that is allowed. */
function rejectCredentials(request: LogInRequest, account: Account | undefined, { attempt, lockouts }: Counted) {
  const next = afterFailure(lockouts, attempt);
  const events = [
    failedLogInEvent(account?.user, 'INVALID_CREDENTIALS'),
    ...lockoutEvents(account?.user, lockouts, attempt, next),
  ];
  const recorded = recordAll(failureRecorder(request, account), events);
  return commitsThenThrows([...countFailure(lockouts, next), ...recorded], invalidCredentials());
}

/** Checks a person's credentials and opens a session: its writes and its token, or a rejection. */
async function logInUser(request: LogInRequest, context: AuthContext, tools: Tools, wanted: UserLogIn) {
  const { now, ip, userAgent } = request;
  const { username, password, client, ttl } = wanted;
  const attempt: Attempt = { username, network: networkOf(ip), now: now.getTime() };
  const { account, lockouts } = await accountStore(context.tableOf).byUsername(attempt);
  assertNotLocked(lockouts, attempt.now);
  const hash = account?.credential?.password;
  const isRight = await tools.passwords.verify(request, password, hash);
  if (!isRight || !isInOrganization(account, wanted.organization))
    return rejectCredentials(request, account, { attempt, lockouts });
  const { user, organization } = account;
  const { rights, roles } = await rightsOfAccount(account, context);
  const conditions = { ...wanted, isAddressAllowed: isAddressAllowed(account, ip) };
  const rejection = rejectionOf({ ...user, roles }, conditions);
  const record = failureRecorder(request, account);
  if (rejection !== null) {
    const events = recordAll(record, [failedLogInEvent(user, rejection.code)]);
    return commitsThenThrows([...checkNoFailureSince(placeOf(attempt, lockouts), lockouts), ...events], rejection);
  }
  const sessions = await sessionStore(context.tableOf, { organization: organization.org_id, user: user.id }).all();
  const opened = openSession(account, sessions, { id: context.nextId('ses'), client, rights, ttl, ip, userAgent, now });
  const token = await signToken(context, tools, account, opened.session);
  const newHash = tools.passwords.isOutdated(hash) ? await tools.passwords.hash(password) : undefined;
  const writes = [
    ...logInWrites(account, { ...opened, attempt, lockouts, newHash }),
    ...recordLogIn(request, account, opened.session),
    ...recordAll(record, lockoutEvents(user, lockouts, attempt)),
  ];
  return { writes, opened: { account, token, ...opened } };
}

/** Service accounts have no lock-out: a secret of 256 random bits cannot be guessed. */
async function logInService(request: LogInRequest, context: AuthContext, tools: Tools, wanted: ServiceLogIn) {
  const { now, ip, userAgent } = request;
  const { clientId, ttl } = wanted;
  const account = await accountStore(context.tableOf).byClientId(clientId);
  const record = failureRecorder(request, account);
  const isRight = secretMatches(account?.credential, wanted.secret, now.toISOString());
  if (!isRight || !isInOrganization(account, wanted.organization))
    return commitsThenThrows(
      recordAll(record, [failedLogInEvent(account?.user, 'INVALID_CREDENTIALS')]),
      invalidCredentials(),
    );
  const { user } = account;
  const rejection = serviceRejection(user, isAddressAllowed(account, ip));
  if (rejection !== null)
    return commitsThenThrows(recordAll(record, [failedLogInEvent(user, rejection.code)]), rejection);
  const { rights: held } = await rightsOfAccount(account, context);
  const rights = narrowedRights(held, permittedScopes(wanted.scopes, held.scopes));
  const id = context.nextId('ses');
  const session: SessionItem = newSession(account, { id, client: 'api', rights, ttl, ip, userAgent, now });
  const token = await signToken(context, tools, account, session);
  const { scopes } = rights;
  const answer = { token, expiresAt: session.expires_at, scopes, clientId, name: user.display_name, now };
  return commits(
    [...serviceLogInWrites(account, session), ...recordLogIn(request, account, session)],
    ok(presentServiceToken(answer)),
  );
}

/** Creates the operator unless it exists. Of parallel attempts one succeeds. */
async function ensureOperator({ recordIn, now }: LogInRequest, context: AuthContext, passwords: Passwords) {
  const { environment, secrets, nextId } = context;
  const store = accountStore(context.tableOf);
  if ((await store.organization(operatorNumber)) !== undefined) return;
  const administrator =
    administratorFromEnvironment(environment) ??
    administratorFromSecret(environment, await secrets.read('operator-admin'));
  const ids = { userId: nextId('usr'), profileId: nextId('bp') };
  const operator = newOperator(environment, administrator, {
    ...ids,
    pageKey: randomSecret(),
    now: now.toISOString(),
  });
  const { secret } = administrator;
  const password = 'hash' in secret ? secret.hash : await passwords.hash(secret.password);
  const writes = [
    ...operatorWrites({ ...operator, password }),
    ...recordAll(recordIn(operatorNumber, systemOrigin.actor), operatorEvents(operator)),
  ];
  try {
    // In a transaction of its own, before the log-in reads accounts.
    await commit(context.dependencies.store, operatorNumber, writes);
  } catch (error) {
    if ((await store.organization(operatorNumber)) === undefined) throw error;
  }
}

type Sessions = Pick<
  Handlers<typeof auth>,
  typeof logOut.route | typeof getSession.route | typeof listSessions.route | typeof deleteSession.route
>;

/** The caller's own sessions. */
const ownSessions: Sessions = {
  [logOut.route]: async ({ caller, query, recordIn, now }, { tableOf }) => {
    const { id: user, organization, credential } = caller;
    const owner = { organization, user };
    const everywhere = query.all_sessions === true;
    if (!everywhere && credential.kind !== 'session')
      throw new AppError(
        'NOT_A_SESSION',
        'An access key is no session; all_sessions=true ends the sessions of its owner',
      );
    const store = sessionStore(tableOf, owner);
    const [sessions, epoch] = everywhere ? await Promise.all([store.all(), store.epoch()]) : [[], 0];
    const count = everywhere ? liveSessions(sessions, { epoch, now }).length : 1;
    const message = 'Token successfully invalidated';
    return commits(
      [
        ...(everywhere ? logOutEverywhereWrites(owner) : logOutWrites(owner, credential.id)),
        ...recordAll(recordIn(organization), [logOutEvent(caller, count, everywhere)]),
      ],
      ok({ logged_out_at: now.toISOString(), sessions_terminated: count }, { message }),
    );
  },

  [getSession.route]: async ({ caller }) => ok(presentCaller(caller)),

  [listSessions.route]: async ({ caller, page: request, now }, { table, tableOf }) => {
    const store = sessionStore(tableOf, { organization: table.organization, user: caller.id });
    const epoch = await store.epoch();
    const live = await store.page(request(), (session) => liveSessions([session], { epoch, now }).length > 0);
    const lastUses = await store.lastUses(live.items);
    const items = live.items.map((session, at) => presentSession(session, lastUses[at], caller.credential.id));
    return page({ ...live, items });
  },

  [deleteSession.route]: async ({ caller, params, record, now }, { table, tableOf }) => {
    const owner = { organization: table.organization, user: caller.id };
    const store = sessionStore(tableOf, owner);
    const [session, epoch] = await Promise.all([store.get(params.id), store.epoch()]);
    const [live] = liveSessions(session === undefined ? [] : [session], { epoch, now });
    const { id } = found(live, 'Session');
    return commits(
      [...logOutWrites(owner, id), ...recordAll(record, [sessionEndEvent(caller, id)])],
      ok({ id, deleted_at: now.toISOString() }, { message: 'Session deleted successfully' }),
    );
  },
};

type LogIns = Pick<Handlers<typeof auth>, typeof getToken.route | typeof createToken.route | typeof logIn.route>;

function logIns(tools: Tools): LogIns {
  const firstStart = once((request: LogInRequest, context: AuthContext) =>
    ensureOperator(request, context, tools.passwords),
  );
  const openUserSession = async (request: LogInRequest, context: AuthContext, wanted: UserLogIn) => {
    await firstStart(request, context);
    return logInUser(request, context, tools, wanted);
  };
  const logInAs = async (request: LogInRequest, context: AuthContext, wanted: UserLogIn | ServiceLogIn) => {
    if (wanted.kind === 'service') return logInService(request, context, tools, wanted);
    const result = await openUserSession(request, context, wanted);
    return 'opened' in result ? commits(result.writes, ok(presentUserToken(result.opened))) : result;
  };
  return {
    [getToken.route]: async (request, context) => {
      const kind = logInKind(request.params.entity);
      return logInAs(request, context, wantedLogIn(kind, [request.query, request.body(), basicOf(request)]));
    },

    [createToken.route]: async (request, context) => {
      const kind = logInKind(request.params.entity);
      return logInAs(request, context, wantedLogIn(kind, [request.body(), basicOf(request)]));
    },

    [logIn.route]: async (request, context) => {
      const wanted = { ...userLogIn('user', [request.body()]), ttl: simpleLogInTtl };
      const result = await openUserSession(request, context, wanted);
      if (!('opened' in result)) return result;
      const { token, account } = result.opened;
      return commits(result.writes, ok({ token, username: account.user.username }));
    },
  };
}

export function authHandler(
  dependencies: Dependencies = dependenciesFromEnvironment({ secrets: secretsFromEnvironment() }),
  passwords: Passwords = scryptPasswords(costIn(dependencies.environment)),
) {
  const { store, secrets, environment } = dependencies;
  if (secrets === undefined) throw new Error('log-ins need secrets');
  const sign = tokenSigner(store, secrets, environment['PUBLIC_URL'] ?? '');
  return serve(auth, { ...logIns({ passwords, sign }), ...ownSessions }, dependencies);
}

export const handler = authHandler();

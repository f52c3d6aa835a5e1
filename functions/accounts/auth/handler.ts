import { AppError, found } from '#errors.ts';
import { costIn, scryptPasswords, type Passwords } from '#credentials/password-hash.ts';
import { randomSecret } from '#credentials/random.ts';
import { commit } from '#dynamodb/commit.ts';
import { commits, commitsThenThrows, document, ok, page } from '#http/answers/answer.ts';
import { recordAll, systemOrigin } from '#runtime/event-record.ts';
import type { Handlers } from '#http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { once } from '#concurrency/once.ts';
import { serve } from '#http/serve.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { tokenSigner } from '#signing/signing-keys.ts';
import { logInPerson, logInService, type AuthContext, type LogInRequest, type Tools } from './authentication-steps.ts';
import { auth, createToken, deleteSession, getSession, getToken, listSessions, logIn, logOut } from './contract.ts';
import {
  administratorFromEnvironment,
  administratorFromSecret,
  newOperator,
  operatorEvents,
  operatorNumber,
} from './first-start.ts';
import { logOutEvent, sessionEndEvent } from './log-in-events.ts';
import {
  basicCredentials,
  factorRequired,
  logInErrors,
  logInKind,
  simpleLogInTtl,
  userLogIn,
  wantedLogIn,
  type UserLogIn,
  type WaitingLogIn,
} from './log-in.ts';
import { passwordShare } from './hashing-steps.ts';
import { presentPending } from './second-factor.ts';
import { liveSessions, presentCaller, presentSession } from '../schema/session.ts';
import {
  accountStore,
  endTokenWrites,
  logOutEverywhereWrites,
  logOutWrites,
  operatorWrites,
  sessionStore,
} from './store.ts';
import { presentUserToken } from './token.ts';

const basicOf = ({ headers }: LogInRequest) => basicCredentials(headers['authorization']);

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
    const message = 'Token successfully invalidated';
    if (credential.kind === 'temporary')
      return commits(
        [...endTokenWrites(credential.id), ...recordAll(recordIn(organization), [logOutEvent(caller, 0, false)])],
        ok({ logged_out_at: now.toISOString(), sessions_terminated: 0 }, { message }),
      );
    const everywhere = query.all_sessions === true;
    if (!everywhere && credential.kind !== 'session')
      throw new AppError(
        logInErrors.NOT_A_SESSION,
        'An access key is no session; all_sessions=true ends the sessions of its owner',
      );
    const store = sessionStore(tableOf, owner);
    const [sessions, epoch] = everywhere ? await Promise.all([store.all(), store.epoch()]) : [[], 0];
    const count = everywhere ? liveSessions(sessions, { epoch, now }).length : 1;
    return commits(
      [
        ...(everywhere ? logOutEverywhereWrites(owner) : logOutWrites(owner, credential.id)),
        ...recordAll(recordIn(organization), [logOutEvent(caller, count, everywhere)]),
      ],
      ok({ logged_out_at: now.toISOString(), sessions_terminated: count }, { message }),
    );
  },

  [getSession.route]: async ({ caller }, { tableOf }) => {
    const store = accountStore(tableOf);
    const [organization, user] = await Promise.all([store.organization(caller.organization), store.user(caller)]);
    return ok(presentCaller(caller, found(organization, 'Organization'), found(user, 'User')));
  },

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

/** The log-ins of people and service accounts. The first of a person creates the operator. */
function logInsWith(tools: Tools) {
  const firstStart = once((request: LogInRequest, context: AuthContext) =>
    ensureOperator(request, context, tools.passwords),
  );
  const ofPerson = async (request: LogInRequest, context: AuthContext, wanted: UserLogIn | WaitingLogIn) => {
    await firstStart(request, context);
    return logInPerson(request, context, tools, wanted);
  };
  const ofAny = async (request: LogInRequest, context: AuthContext, wanted: WantedLogIn) => {
    if (wanted.kind === 'service') return logInService(request, context, tools, wanted);
    const result = await ofPerson(request, context, wanted);
    if ('opened' in result) return commits(result.writes, ok(presentUserToken(result.opened)));
    if (!('waiting' in result)) return result;
    const { token, isSetUp } = result.waiting;
    return commits(result.writes, document('application/json', JSON.stringify(presentPending(token, isSetUp))));
  };
  return { ofPerson, ofAny };
}

type WantedLogIn = ReturnType<typeof wantedLogIn>;

function logIns(tools: Tools): LogIns {
  const { ofPerson, ofAny } = logInsWith(tools);
  return {
    [getToken.route]: async (request, context) => {
      const kind = logInKind(request.params.entity);
      return ofAny(request, context, wantedLogIn(kind, [request.query, request.body(), basicOf(request)]));
    },

    [createToken.route]: async (request, context) => {
      const kind = logInKind(request.params.entity);
      return ofAny(request, context, wantedLogIn(kind, [request.body(), basicOf(request)]));
    },

    [logIn.route]: async (request, context) => {
      const wanted = userLogIn('user', [request.body()]);
      const lasting = wanted.kind === 'waiting' ? wanted : { ...wanted, ttl: simpleLogInTtl };
      const result = await ofPerson(request, context, lasting);
      if ('waiting' in result)
        return commitsThenThrows(result.writes, factorRequired(result.waiting.token, result.waiting.isSetUp));
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
  const seals = sealsFrom(secrets, () => dependencies.clock().getTime());
  return serve(
    auth,
    { ...logIns({ passwords, share: passwordShare(dependencies), sign, seals }), ...ownSessions },
    dependencies,
  );
}

export const handler = authHandler();

import { randomSecret } from '#credentials/random.ts';
import { secretHash } from '#schema/secret-hash.ts';
import { tryCommit } from '#dynamodb/commit.ts';
import type { UserItem } from '#dynamodb/rows/user.ts';
import { inOrganization } from '#dynamodb/write.ts';
import { AppError } from '#errors.ts';
import { commits, commitsThenThrows, created, document, ok } from '#http/answers/answer.ts';
import { assertGrantableRoles, assertKnownRoles } from '#http/authorization/granting.ts';
import { allowsAddress } from '#http/authorization/networks.ts';
import { readCustomRoles, readRightsSources, rightsOf } from '#http/authorization/rights.ts';
import type { Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { outboundFromEnvironment, type Outbound } from '#outbound/outbound.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { second } from '#schema/time.ts';
import { sealsFrom, type Seals } from '#secrets/seals.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { tokenSigner, type TokenSigner } from '#signing/signing-keys.ts';
import { actorOf, findUser, type FinishRequest, type SingleSignOnContext, type Visitor } from './account-steps.ts';
import { finishSalesforceLogIn, getSalesforce, setSalesforce, singleSignOn, startSalesforceLogIn } from './contract.ts';
import { salesforceUserOf } from './identity.ts';
import {
  claimsOf,
  openedEvent,
  openedSession,
  presentPending,
  refusedEvent,
  rejectedEvent,
  rejection,
  stepOf,
  waitingLogIn,
} from './log-in.ts';
import { authorizationUrl, newFlow, newState, redeem, type Provider, type Redeemed } from './provider-steps.ts';
import {
  changeSetUp,
  configuredEvent,
  hostsIn,
  newSecretOf,
  notConfigured,
  presentSetUp,
  redirectUriOf,
  rightsOfSetUp,
  warningsOf,
  type Hosts,
} from './set-up.ts';
import { assertFree, matchingState, mismatch, stateEnd, stateText, stateTtl } from './state.ts';
import {
  consumeWrites,
  firstSessionWrites,
  openWrites,
  platformStore,
  saveSetUpWrites,
  singleSignOnStore,
  startWrites,
  waitWrites,
} from './store.ts';

/** Made once per process. */
type Tools = {
  readonly seals: Seals;
  readonly sign: TokenSigner;
  readonly hosts: Hosts;
  readonly outbound: Outbound;
  /** What a request has redeemed: its decision may be repeated, and its code cannot. */
  readonly redeemed: WeakMap<object, Promise<Redeemed>>;
};

const sealedFor = (organization: number) => ({ organization, id: 'salesforce', field: 'client_secret' });

async function set(request: Request<typeof setSalesforce>, { table }: SingleSignOnContext, { seals, hosts }: Tools) {
  const { body, caller, organization, now, record } = request;
  const { org_id: id } = organization;
  const store = singleSignOnStore(table);
  const [before, secret] = await Promise.all([store.setUp(), store.secret()]);
  const wanted = body();
  const after = changeSetUp(before, wanted, hosts, now.toISOString());
  const roles = rightsOfSetUp(after);
  const customRoles = await readCustomRoles(table, roles);
  assertKnownRoles([after.default_role], organization, customRoles);
  assertGrantableRoles(caller, roles, customRoles);
  const text = newSecretOf(wanted);
  const sealed = text === undefined ? undefined : await seals.seal(text, sealedFor(id));
  const message = 'Salesforce log-in configured successfully';
  const answer = presentSetUp(after, id);
  const extras = { message, warnings: warningsOf(after) };
  return commits(
    [
      ...saveSetUpWrites({ setUp: before, secret }, after, sealed),
      record('auth.sso.configured', configuredEvent(id, before, after, sealed !== undefined)),
    ],
    before === undefined ? created(answer, extras) : ok(answer, extras),
  );
}

async function get({ organization }: Request<typeof getSalesforce>, { table }: SingleSignOnContext) {
  const setUp = await singleSignOnStore(table).setUp();
  if (setUp === undefined) throw notConfigured();
  return ok(presentSetUp(setUp, organization.org_id));
}

/** An organization with a set-up that is on, and its provider. @throws AppError SSO_NOT_CONFIGURED */
async function configuredIn(id: number, { tableOf }: SingleSignOnContext, { seals, hosts, outbound }: Tools) {
  const store = singleSignOnStore(tableOf(id));
  const [organization, setUp, secret] = await Promise.all([store.organization(), store.setUp(), store.secret()]);
  if (organization === undefined || organization.status === 'closed') throw notConfigured();
  if (setUp === undefined || secret === undefined || !setUp.enabled) throw notConfigured();
  const { login_url: loginUrl, client_id: clientId } = setUp;
  const provider = async (): Promise<Provider> => ({
    loginUrl,
    clientId,
    hosts,
    outbound,
    secret: await seals.open(secret.client_secret, sealedFor(id)),
  });
  return { organization, setUp, provider };
}

async function start(request: Request<typeof startSalesforceLogIn>, context: SingleSignOnContext, tools: Tools) {
  const { query, now } = request;
  const { setUp, provider } = await configuredIn(query.org_id, context, tools);
  const redirect_uri = redirectUriOf(setUp, query.redirect_uri);
  const state = query.state ?? newState();
  const hash = secretHash(stateText(query.org_id, state));
  assertFree(await platformStore(context.tableOf(0)).state(hash), now);
  const flow = { ...newFlow(), redirect_uri };
  const url = await authorizationUrl(await provider(), { ...flow, state });
  const { login_url, client_id } = setUp;
  return commits(
    startWrites({ hash, ...flow, login_url, client_id, expires_at: stateEnd(now) }, Math.floor(now.getTime() / second)),
    ok({ authorization_url: url, state, expires_in: stateTtl }),
  );
}

type Configured = Awaited<ReturnType<typeof configuredIn>>;

/** Uses the state up, of parallel requests for one, and then redeems the code. */
async function redeemOnce(request: FinishRequest, context: SingleSignOnContext, { setUp, provider }: Configured) {
  const { body, now } = request;
  const { org_id: organization, code, redirect_uri, state, iss: issuer } = body();
  const hash = secretHash(stateText(organization, state));
  const { login_url, client_id } = setUp;
  const found = await platformStore(context.tableOf(0)).state(hash);
  const waiting = matchingState(found, { redirect_uri, login_url, client_id, issuer }, now);
  // In a transaction of its own: the code is sent once, whatever becomes of this request.
  const failed = await tryCommit(context.dependencies.store, organization, consumeWrites(waiting));
  if (failed.length > 0) throw mismatch();
  return redeem(await provider(), { ...waiting, state }, { code, issuer });
}

/** A rejected log-in is an event of the organization: no user is known yet. */
async function finish(request: FinishRequest, context: SingleSignOnContext, tools: Tools) {
  const configured = await configuredIn(request.body().org_id, context, tools);
  const { org_id: organization } = configured.organization;
  try {
    return await enter(request, context, tools, configured);
  } catch (error) {
    if (!(error instanceof AppError) || error.status >= 500) throw error;
    const { type, ...event } = refusedEvent(organization, error.code);
    return commitsThenThrows([request.recordIn(organization)(type, event)], error);
  }
}

async function enter(request: FinishRequest, context: SingleSignOnContext, tools: Tools, configured: Configured) {
  const redeeming = tools.redeemed.get(request) ?? redeemOnce(request, context, configured);
  tools.redeemed.set(request, redeeming);
  const redeemed = await redeeming;
  const { organization, setUp } = configured;
  const visitor = { organization, setUp, id: salesforceUserOf(redeemed.claims) };
  const { user, isNew, writes } = await findUser(request, context, redeemed, visitor);
  const account = { user, organization };
  const networks = [organization.security.ip_whitelist, user.access.ip_whitelist ?? []];
  const isAddressAllowed = networks.every((list) => allowsAddress(list, request.ip));
  const rejected = rejection(account, isAddressAllowed, request.now);
  const own = inOrganization(organization.org_id, writes);
  if (rejected !== null) {
    const { type, ...event } = rejectedEvent(user, rejected.code);
    const failure = request.recordIn(organization.org_id, actorOf(user))(type, event);
    return commitsThenThrows(isNew ? [] : [failure], rejected);
  }
  const step = stepOf(account, setUp);
  if (step !== 'open') {
    const token = `2fa_${randomSecret()}`;
    const challenge = waitingLogIn(account, secretHash(token), step === 'set-up', request.now);
    const pending = JSON.stringify(presentPending(token, step === 'set-up'));
    return commits([...own, ...waitWrites(challenge)], document('application/json', pending));
  }
  const { opened, answer } = await open(request, context, tools, { ...visitor, user, isNew, redeemed });
  return commits([...own, ...opened], ok(answer));
}

type Opening = Visitor & { readonly user: UserItem; readonly isNew: boolean; readonly redeemed: Redeemed };

/** The session of a user, and the answer. */
async function open(
  request: FinishRequest,
  context: SingleSignOnContext,
  { sign }: Tools,
  { organization, user, isNew, id, redeemed }: Opening,
) {
  const { now, ip, userAgent, recordIn } = request;
  const { org_id: number } = organization;
  const table = context.tableOf(number);
  const rights = rightsOf(user, await readRightsSources(table, [user]));
  const sessions = isNew ? [] : await singleSignOnStore(table).sessions(user.id);
  const logIn = { id: context.nextId('ses'), rights, ip, userAgent, now };
  const opened = openedSession({ user, organization }, sessions, logIn);
  const { session } = opened;
  const token = await sign(claimsOf(session, number, context.nextId('jti')), now);
  const { type, ...event } = openedEvent(user, session);
  return {
    opened: [
      ...(isNew ? firstSessionWrites(number, opened) : openWrites(user, organization, opened)),
      recordIn(number, actorOf(user, session.id))(type, event),
    ],
    answer: {
      token,
      token_type: 'Bearer' as const,
      expires_at: new Date(session.expires_at * second).toISOString(),
      user: { id: user.id, email: user.email, org_id: number, salesforce_user_id: id },
      salesforce: { instance_url: redeemed.instanceUrl, access_token: redeemed.accessToken },
    },
  };
}

/** @param dependencies what the function uses from outside; tests pass their own */
export function singleSignOnHandler(
  dependencies: Dependencies = dependenciesFromEnvironment({
    secrets: secretsFromEnvironment(),
    outbound: outboundFromEnvironment(),
  }),
) {
  const { store, secrets, outbound, environment } = dependencies;
  if (secrets === undefined || outbound === undefined) throw new Error('single sign-on needs secrets and outbound');
  const tools: Tools = {
    seals: sealsFrom(secrets, () => dependencies.clock().getTime()),
    sign: tokenSigner(store, secrets, environment['PUBLIC_URL'] ?? ''),
    hosts: hostsIn(environment['SALESFORCE_HOSTS']),
    outbound,
    redeemed: new WeakMap(),
  };
  return serve(
    singleSignOn,
    {
      [setSalesforce.route]: (request, context) => set(request, context, tools),
      [getSalesforce.route]: get,
      [startSalesforceLogIn.route]: (request, context) => start(request, context, tools),
      [finishSalesforceLogIn.route]: (request, context) => finish(request, context, tools),
    },
    dependencies,
  );
}

export const handler = singleSignOnHandler();

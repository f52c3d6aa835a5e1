import type { Lockouts } from '../schema/lockout.ts';
import { randomSecret } from '#credentials/random.ts';
import { secondFactorOf } from '#secrets/second-factor.ts';
import { secretHash } from '#schema/secret-hash.ts';
import type { ChallengeItem } from '#dynamodb/rows/challenge.ts';
import type { CredentialItem, SessionItem, UserItem } from '#dynamodb/rows/user.ts';
import { commits, commitsThenThrows, ok } from '#http/answers/answer.ts';
import { recordAll, type Origin, type Recorder } from '#runtime/event-record.ts';
import { networkOf } from '#schema/ip-address.ts';
import type { Passwords } from '#credentials/password-hash.ts';
import type { Context, Request } from '#http/handlers.ts';
import { allowsAddress } from '#http/authorization/networks.ts';
import { readRightsSources, rightsOf, roleNamesOf } from '#http/authorization/rights.ts';
import { isWithinHours } from '#schema/hours.ts';
import type { Macs, Seals } from '#secrets/seals.ts';
import type { TokenSigner } from '#signing/signing-keys.ts';
import { checkNoFailureSince, countFailure } from '../rows/lockout.ts';
import { failedLogInEvent, lockoutEvents, logInEvent, recoveryEvent } from './log-in-events.ts';
import {
  invalidCode,
  invalidCredentials,
  permittedScopes,
  rejectionOf,
  serviceRejection,
  type ServiceLogIn,
  type UserLogIn,
  type WaitingLogIn,
} from './log-in.ts';
import { afterFailure, assertNotLocked, originOf, type Attempt } from '../schema/lockout-rules.ts';
import { afterWrongCode, isWaiting, newChallenge, nextStep, type FactorCode } from './second-factor.ts';
import { narrowedRights, newSession, openSession } from '../schema/session.ts';
import {
  accountStore,
  challengeWrites,
  logInWrites,
  serviceLogInWrites,
  sessionStore,
  wrongCodeWrites,
  type Account,
} from './store.ts';
import type { auth, createToken, getToken, logIn } from './contract.ts';
import { operatorNumber } from './first-start.ts';
import type { PasswordShare } from './hashing-steps.ts';
import { presentServiceToken, tokenClaims } from './token.ts';
import { secretMatches } from '../schema/service-secret.ts';

/** Log-ins of people and of service accounts. */

export type AuthContext = Context<typeof auth>;
export type LogInRequest = Request<typeof getToken> | Request<typeof createToken> | Request<typeof logIn>;

/** Made once per process. */
export type Tools = {
  readonly passwords: Passwords;
  readonly share: PasswordShare;
  readonly sign: TokenSigner;
  readonly seals: Seals & Macs;
};

const actorOf = ({ id, type, username }: UserItem, credential: string | null = null): Origin['actor'] => ({
  id,
  type,
  name: username,
  credential,
});

/** Failures of an unknown name belong to the operator. */
const failureRecorder = ({ recordIn }: LogInRequest, account: Account | undefined): Recorder =>
  account === undefined ? recordIn(operatorNumber) : recordIn(account.organization.org_id, actorOf(account.user));

/** Whether organization and user allow a log-in from here and now. */
export const circumstancesOf = (
  { organization: { security }, user: { access } }: Account,
  { ip, now }: Pick<LogInRequest, 'ip' | 'now'>,
) => ({
  isAddressAllowed: [security.ip_whitelist, access.ip_whitelist ?? []].every((list) => allowsAddress(list, ip)),
  isInHours: isWithinHours(access.hours, now),
});

export const isInOrganization = (account: Account | undefined, organization: number | undefined): account is Account =>
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

/** Log-ins of people: password, then the second factor, then a session. */

type Counted = { readonly attempt: Attempt; readonly lockouts: Lockouts };

/** Whose first secret proved right, now or when the pending log-in began. */
type Proven = {
  readonly account: Account;
  readonly counted: Counted;
  readonly wanted: Pick<UserLogIn, 'kind' | 'client' | 'ttl'>;
  readonly code: FactorCode | undefined;
  /** The log-in that waited for the code. */
  readonly challenge: ChallengeItem | undefined;
  /** The hash of the password with the current cost, if the stored one has another. */
  readonly newHash: string | undefined;
};

/** Counts a failed log-in, and locks the name if it was the last that is allowed. */
function rejectCredentials(request: LogInRequest, account: Account | undefined, { attempt, lockouts }: Counted) {
  const error = invalidCredentials();
  return commitsThenThrows(failureWrites(request, account, { attempt, lockouts }, error.code), error);
}

function failureWrites(
  request: LogInRequest,
  account: Account | undefined,
  { attempt, lockouts }: Counted,
  reason: string,
) {
  const next = afterFailure(lockouts, attempt);
  const events = [failedLogInEvent(account?.user, reason), ...lockoutEvents(account?.user, lockouts, attempt, next)];
  return [...countFailure(lockouts, next), ...recordAll(failureRecorder(request, account), events)];
}

/** A wrong code counts as a wrong password does, and to the pending log-in. */
function rejectCode(request: LogInRequest, { account, counted, challenge }: Proven) {
  const error = invalidCode();
  return commitsThenThrows(
    [...failureWrites(request, account, counted, error.code), ...wrongCodeWrites(challenge, afterWrongCode(challenge))],
    error,
  );
}

/**
 * The account of a name, and whether the password is its own. Nothing of the account is read before the share of the
 * attempt permits the hash, so that guesses that are rejected cost little. @throws AppError UNAVAILABLE
 */
async function comparePassword(
  request: LogInRequest,
  { tableOf }: AuthContext,
  { share, passwords }: Tools,
  { attempt, password, isKnown }: { readonly attempt: Attempt; readonly password: string; readonly isKnown: boolean },
) {
  const giveBack = await share.enter(request, attempt, isKnown);
  try {
    const account = await accountStore(tableOf).byUsername(attempt.username);
    return { account, isRight: await passwords.verify(request, password, account?.credential?.password) };
  } finally {
    await giveBack();
  }
}

/** Checks username and password; a rejection if they are wrong. */
async function provePassword(request: LogInRequest, context: AuthContext, tools: Tools, wanted: UserLogIn) {
  const { username, password, code } = wanted;
  const attempt: Attempt = { username, network: networkOf(request.ip), now: request.now.getTime() };
  const lockouts = await accountStore(context.tableOf).lockouts(attempt);
  assertNotLocked(lockouts, attempt.now);
  const { isKnown } = originOf(attempt, lockouts);
  const { account, isRight } = await comparePassword(request, context, tools, { attempt, password, isKnown });
  const counted = { attempt, lockouts };
  if (!isRight || !isInOrganization(account, wanted.organization)) return rejectCredentials(request, account, counted);
  const newHash = tools.passwords.isOutdated(account.credential?.password)
    ? await tools.passwords.hash(password)
    : undefined;
  return { account, counted, wanted, code, challenge: undefined, newHash };
}

/** Finds the log-in that waits for a code. @throws AppError INVALID_CREDENTIALS, ACCOUNT_LOCKED */
async function findWaiting(request: LogInRequest, context: AuthContext, { token, code }: WaitingLogIn) {
  const network = networkOf(request.ip);
  const found = await accountStore(context.tableOf).byChallenge(secretHash(token), network);
  if (found === undefined || !isWaiting(found.challenge, found.account.user, request.now)) throw invalidCredentials();
  const { challenge, account, lockouts } = found;
  const attempt: Attempt = { username: challenge.username, network, now: request.now.getTime() };
  assertNotLocked(lockouts, attempt.now);
  const { kind, client, session_ttl: ttl } = challenge;
  return {
    account,
    counted: { attempt, lockouts },
    wanted: { kind, client, ttl },
    code,
    challenge,
    newHash: undefined,
  };
}

/** The log-in waits for its code, or for the set-up of a second factor. Does not clear the failures of the name. */
function wait(request: LogInRequest, proven: Proven, isSetUp: boolean) {
  const { account, counted, wanted } = proven;
  const { attempt, lockouts } = counted;
  const token = `2fa_${randomSecret()}`;
  const { user, organization } = account;
  const challenge: ChallengeItem = newChallenge({
    hash: secretHash(token),
    user,
    organization: organization.org_id,
    username: attempt.username,
    kind: wanted.kind,
    client: wanted.client,
    ttl: wanted.ttl,
    isSetUp,
    now: request.now,
  });
  const writes = [...checkNoFailureSince(originOf(attempt, lockouts), lockouts), ...challengeWrites(challenge)];
  return { writes, waiting: { token, isSetUp } };
}

/** The credential after a code was used; undefined if it is wrong. */
async function useCode({ account, code }: Proven, { seals }: Tools, now: Date): Promise<CredentialItem | undefined> {
  const { user, organization, credential } = account;
  if (credential?.totp === undefined || code === undefined) return undefined;
  const factor = secondFactorOf(seals, { organization: organization.org_id, id: user.id });
  const totp = await factor.use(credential.totp, code, now);
  return totp === undefined ? undefined : { ...credential, totp };
}

/** The session of a log-in that has all it needs. @param used the credential after its code was used */
async function open(request: LogInRequest, context: AuthContext, tools: Tools, proven: Proven & Rights & Used) {
  const { now, ip, userAgent } = request;
  const { account, counted, wanted, rights, used, newHash, challenge, code } = proven;
  const { user, organization } = account;
  const { attempt, lockouts } = counted;
  const sessions = await sessionStore(context.tableOf, { organization: organization.org_id, user: user.id }).all();
  const { client, ttl } = wanted;
  const byProvider = challenge?.by_provider === true;
  const logIn = { id: context.nextId('ses'), client, rights, ttl, ip, userAgent, now, byProvider };
  const opened = openSession(account, sessions, logIn);
  const token = await signToken(context, tools, account, opened.session);
  const changed = newHash === undefined ? used : { ...(used ?? account.credential), password: newHash };
  const credential = changed === undefined ? undefined : nextVersion(changed, account);
  const events = [
    ...lockoutEvents(user, lockouts, attempt),
    ...(code?.kind === 'recovery' && used !== undefined
      ? [recoveryEvent(user, used.totp?.recovery_codes.length ?? 0)]
      : []),
  ];
  const writes = [
    ...logInWrites(account, { ...opened, attempt, lockouts, credential, challenge }),
    ...recordLogIn(request, account, opened.session),
    ...recordAll(failureRecorder(request, account), events),
  ];
  return { writes, opened: { account, token, ...opened } };
}

type Rights = Pick<Awaited<ReturnType<typeof rightsOfAccount>>, 'rights'>;
type Used = { readonly used: CredentialItem | undefined };

const nextVersion = (changed: Partial<CredentialItem>, { user, credential }: Account): CredentialItem => ({
  previous_passwords: [],
  ...changed,
  user_id: user.id,
  version: (credential?.version ?? 0) + 1,
});

/** A session, a log-in that waits, or a rejection; each with its writes. */
export async function logInPerson(
  request: LogInRequest,
  context: AuthContext,
  tools: Tools,
  wanted: UserLogIn | WaitingLogIn,
) {
  const proven: Proven | ReturnType<typeof rejectCredentials> =
    wanted.kind === 'waiting'
      ? await findWaiting(request, context, wanted)
      : await provePassword(request, context, tools, wanted);
  if (!('account' in proven)) return proven;
  const { account, counted, challenge, code } = proven;
  const { user, organization } = account;
  const { rights, roles } = await rightsOfAccount(account, context);
  const conditions = { ...proven.wanted, ...circumstancesOf(account, request) };
  const rejection = rejectionOf({ ...user, roles }, conditions);
  if (rejection !== null) {
    const { attempt, lockouts } = counted;
    const events = recordAll(failureRecorder(request, account), [failedLogInEvent(user, rejection.code)]);
    return commitsThenThrows([...checkNoFailureSince(originOf(attempt, lockouts), lockouts), ...events], rejection);
  }
  const isEnabled = user.two_factor_enabled || challenge !== undefined;
  const step = nextStep({ isEnabled, isRequired: organization.security.require_2fa, code });
  if (step === 'wait' || step === 'set-up') return wait(request, proven, step === 'set-up');
  if (step === 'open') return open(request, context, tools, { ...proven, rights, used: undefined });
  const used = await useCode(proven, tools, request.now);
  return used === undefined ? rejectCode(request, proven) : open(request, context, tools, { ...proven, rights, used });
}

/** Service accounts have no lock-out: a secret of 256 random bits cannot be guessed. */
export async function logInService(request: LogInRequest, context: AuthContext, tools: Tools, wanted: ServiceLogIn) {
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
  const rejection = serviceRejection(user, circumstancesOf(account, request));
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

import { randomBase32 } from '#credentials/random.ts';
import { secondFactorOf } from '#secrets/second-factor.ts';
import { provisioningUri, stepOfCode, totpIssuer, totpSecretLength } from '#credentials/totp.ts';
import { found } from '#errors.ts';
import { prefersJson } from '#http/answers/accept.ts';
import { commits, commitsThenThrows, document, ok } from '#http/answers/answer.ts';
import { readRightsSources, rightsOf } from '#http/authorization/rights.ts';
import type { Context, Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { imageTypes, qrCode } from '#images/qr-code.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { recordAll } from '#runtime/event-record.ts';
import { networkOf } from '#schema/ip-address.ts';
import { sealsFrom, type Macs, type Seals } from '#secrets/seals.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { tokenSigner, type TokenSigner } from '#signing/signing-keys.ts';
import { clearFailures, countFailure } from '../rows/lockout.ts';
import { disableTwoFactor, enableTwoFactor, getTwoFactorBarcode, getTwoFactorSecret, twoFactor } from './contract.ts';
import {
  accountName,
  assertCodeAllowed,
  assertMayDisable,
  assertNotEnabled,
  assertPerson,
  claimsOf,
  disabledEvent,
  enabledEvent,
  failedCode,
  finishLogIn,
  givenCode,
  logInEventOf,
  newSetUp,
  pendingSetUp,
  presentRecoveryCode,
  presentSecret,
  recoveryCodeCount,
  recoveryCodeLength,
  recoveryUsedEvent,
  rightCode,
  setUpOfSession,
  wrongCode,
} from './set-up.ts';
import { disableWrites, enableAtLogInWrites, enableWrites, setUpWrites, twoFactorStore } from './store.ts';

type TwoFactorContext = Context<typeof twoFactor>;
type Beginning = Request<typeof getTwoFactorSecret> | Request<typeof getTwoFactorBarcode>;
/** Made once per process. */
type Tools = { readonly seals: Seals & Macs; readonly sign: TokenSigner };

/** A second factor belongs to the caller, whichever organization the request names. */
const ownOf = (caller: Beginning['caller'], { tableOf }: TwoFactorContext, { seals }: Tools) => ({
  store: twoFactorStore(tableOf(caller.organization), tableOf(0)),
  factor: secondFactorOf(seals, { organization: caller.organization, id: caller.id }),
});

/** The secret of the caller's set-up, which begins if none is pending, and the writes of that. */
async function begin({ caller, query, now }: Beginning, context: TwoFactorContext, tools: Tools) {
  assertPerson(caller);
  const { store, factor } = ownOf(caller, context, tools);
  const [user, credential] = await Promise.all([store.user(caller.id), store.credential(caller.id)]);
  const owner = found(user, 'User');
  assertNotEnabled(owner);
  const session = caller.credential.id;
  const pending = pendingSetUp(credential?.totp_setup, { session, restart: query.restart === true, now });
  const account = accountName(owner);
  if (pending !== undefined) {
    const secret = await factor.open(pending.sealed);
    return { secret, account, expiresAt: pending.expires_at, uri: provisioningUri(account, secret), writes: [] };
  }
  const secret = randomBase32(totpSecretLength);
  const setUp = newSetUp(await factor.seal(secret), session, now);
  const writes = setUpWrites({ organization: caller.organization, user: caller.id }, credential, setUp);
  return { secret, account, expiresAt: setUp.expires_at, uri: provisioningUri(account, secret), writes };
}

async function showSecret(request: Request<typeof getTwoFactorSecret>, context: TwoFactorContext, tools: Tools) {
  const { writes, ...begun } = await begin(request, context, tools);
  return commits(writes, ok(presentSecret(begun, { issuer: totpIssuer, account: begun.account, uri: begun.uri })));
}

async function showBarcode(request: Request<typeof getTwoFactorBarcode>, context: TwoFactorContext, tools: Tools) {
  const { format, size } = request.query;
  const { writes, secret, expiresAt, uri, account } = await begin(request, context, tools);
  const image = await qrCode(uri, format, { size, margin: 4, errorCorrection: 'M' });
  if (!prefersJson(request.headers['accept'])) return commits(writes, document(imageTypes[format], image));
  const { expires_at, provisioning_uri } = presentSecret({ secret, expiresAt }, { issuer: totpIssuer, account, uri });
  const url = `data:${imageTypes[format]};base64,${Buffer.from(image).toString('base64')}`;
  return commits(writes, ok({ barcode_url: url, provisioning_uri, expires_at }));
}

type Enabling = Request<typeof enableTwoFactor>;

/** Ten recovery codes, as shown and as stored. */
async function newRecoveryCodes(factor: ReturnType<typeof secondFactorOf>) {
  const codes = Array.from({ length: recoveryCodeCount }, () => presentRecoveryCode(randomBase32(recoveryCodeLength)));
  return { codes, stored: await factor.hashCodes(codes) };
}

async function enable(request: Enabling, context: TwoFactorContext, tools: Tools) {
  const { caller, body, now } = request;
  assertPerson(caller);
  const { store, factor } = ownOf(caller, context, tools);
  const [read, credential] = await Promise.all([store.user(caller.id), store.credential(caller.id)]);
  const user = found(read, 'User');
  const { totp_code: code } = body();
  assertNotEnabled(user);
  const session = caller.credential.id;
  const setUp = setUpOfSession(credential?.totp_setup, session, now);
  const step = stepOfCode(await factor.open(setUp.sealed), code, { now });
  if (step === undefined) throw wrongCode();
  const { codes, stored } = await newRecoveryCodes(factor);
  const at = now.toISOString();
  const totp = { sealed: setUp.sealed, last_step: step, enabled_at: at, recovery_codes: stored };
  const enabled = { user, credential: found(credential, 'User'), totp };
  const answer = { enabled: true as const, enabled_at: at, recovery_codes: codes };
  const event = request.recordIn(caller.organization)('auth.2fa.enabled', enabledEvent(user));
  if (caller.credential.kind !== 'pending')
    return commits([...enableWrites(caller.organization, { ...enabled, session }), event], ok(answer));
  const challenge = found(await store.challenge(session), 'Log-in');
  const { writes, ...opened } = await completeLogIn(request, context, tools, { ...enabled, challenge });
  return commits([...writes, event], ok({ ...answer, ...opened }));
}

type Completed = Parameters<typeof enableAtLogInWrites>[1];

/** Opens the session of the log-in that required the set-up. */
async function completeLogIn(
  request: Enabling,
  context: TwoFactorContext,
  tools: Tools,
  enabled: Omit<Completed, 'opened'>,
) {
  const { caller, now, ip, userAgent, recordIn } = request;
  const { organization: org } = caller;
  const { user, challenge } = enabled;
  const table = context.tableOf(org);
  const { store } = ownOf(caller, context, tools);
  const organization = found(await store.organization(), 'Organization');
  const [backing, sessions] = await Promise.all([readRightsSources(table, [user]), store.sessions(user.id)]);
  const rights = rightsOf(user, backing);
  const id = context.nextId('ses');
  const opened = finishLogIn({ user, organization }, sessions, { id, rights, ip, userAgent, now, challenge });
  const { session } = opened;
  const token = await tools.sign(claimsOf(session, org, context.nextId('jti')), now);
  const actor = { id: user.id, type: user.type, name: user.username, credential: session.id };
  return {
    token,
    expires_at: new Date(session.expires_at * 1_000).toISOString(),
    writes: [
      ...enableAtLogInWrites(org, { ...enabled, opened }),
      ...recordAll(recordIn(org, actor), [logInEventOf(user, session)]),
    ],
  };
}

async function disable(request: Request<typeof disableTwoFactor>, context: TwoFactorContext, tools: Tools) {
  const { caller, query, body, now, ip, recordIn } = request;
  assertPerson(caller);
  const { store, factor } = ownOf(caller, context, tools);
  const attempt = { username: caller.username, network: networkOf(ip), now: now.getTime() };
  const [read, credential, organization, lockouts] = await Promise.all([
    store.user(caller.id),
    store.credential(caller.id),
    store.organization(),
    store.lockouts(attempt),
  ]);
  const user = found(read, 'User');
  const code = givenCode(query, body());
  assertMayDisable(user, organization?.security.require_2fa === true);
  assertCodeAllowed(lockouts, attempt);
  const record = recordIn(caller.organization);
  const used = credential?.totp === undefined ? undefined : await factor.use(credential.totp, code, now);
  if (credential === undefined || used === undefined) {
    const { next, events } = failedCode(user, lockouts, attempt);
    return commitsThenThrows([...countFailure(lockouts, next), ...recordAll(record, events)], wrongCode());
  }
  const { place, next, events } = rightCode(user, lockouts, attempt);
  return commits(
    [
      ...disableWrites(caller.organization, user, credential, now),
      ...clearFailures(place, lockouts, next),
      ...recordAll(record, events),
      ...(code.kind === 'recovery'
        ? [record('auth.2fa.recovery_used', recoveryUsedEvent(user, used.recovery_codes.length))]
        : []),
      record('auth.2fa.disabled', disabledEvent(user)),
    ],
    ok(
      { enabled: false as const, disabled_at: now.toISOString() },
      { message: 'Two-factor authentication disabled successfully' },
    ),
  );
}

export function twoFactorHandler(
  dependencies: Dependencies = dependenciesFromEnvironment({ secrets: secretsFromEnvironment() }),
) {
  const { store, secrets, environment } = dependencies;
  if (secrets === undefined) throw new Error('second factors need secrets');
  const tools: Tools = {
    seals: sealsFrom(secrets, () => dependencies.clock().getTime()),
    sign: tokenSigner(store, secrets, environment['PUBLIC_URL'] ?? ''),
  };
  return serve(
    twoFactor,
    {
      [getTwoFactorSecret.route]: (request, context) => showSecret(request, context, tools),
      [getTwoFactorBarcode.route]: (request, context) => showBarcode(request, context, tools),
      [enableTwoFactor.route]: (request, context) => enable(request, context, tools),
      [disableTwoFactor.route]: (request, context) => disable(request, context, tools),
    },
    dependencies,
  );
}

export const handler = twoFactorHandler();

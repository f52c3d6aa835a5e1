import { endpoint } from '#contract/endpoint.ts';
import { sameHash } from '#schema/secret-hash.ts';
import type { Store } from '#dynamodb/client.ts';
import { AppError } from '#errors.ts';
import { authenticator } from '#http/admission/authenticate.ts';
import { credentialVerifier } from '#http/admission/credential.ts';
import { rateLimiter } from '#limits/rate-limits.ts';
import { tokenVerifier } from '#signing/token.ts';
import { authorize } from '#http/admission/authorize.ts';
import { second } from '#schema/time.ts';
import { ha1Of } from '#telephony/ha1.ts';
import { anyAccountRow, type PhoneAccountItem } from '../../telephony/rows/sip-account.ts';
import type { SidecarContext } from '../leases/membership.ts';
import type { GuessLimits } from '../registrar/guess-limits.ts';
import type { MayRegister } from '../registrar/permissions.ts';
import type { Credentials } from './credentials.ts';
import type { Subscription } from './subscription.ts';

/** What the token of a listener must be good for, as that of `GET /events/{entity+}`. */
const listening = endpoint('GET /ws', {
  summary: 'Listen to events',
  scope: 'system:read',
  answers: {},
  errors: [],
  effects: [],
  rate: 'none',
});

export type AuthenticationDependencies = {
  readonly store: Store;
  readonly context: Pick<SidecarContext, 'tableOf' | 'clock' | 'environment' | 'random'>;
  readonly guesses: Pick<GuessLimits, 'begin' | 'succeed'>;
  readonly mayRegister: MayRegister;
};

/** Who listens. @throws AppError of status 401, 403 or 429 */
export type AuthenticateListener = (credentials: Credentials, address: string) => Promise<Subscription>;

const invalid = (): AppError => new AppError('INVALID_CREDENTIALS', 'The user name or the password is wrong');

/** Compared with for an unknown line, so that the comparison takes the same time. */
const unknownHa1 = '0'.repeat(64);

/** Authenticates phone lines by their password, and callers of the API by their token. */
export function listenerAuthenticator(dependencies: AuthenticationDependencies): AuthenticateListener {
  const { store, context, guesses, mayRegister } = dependencies;
  const { environment, clock } = context;
  const verify = credentialVerifier(store, tokenVerifier(store, environment['PUBLIC_URL'] ?? ''));
  const authenticate = authenticator(store, rateLimiter(store, environment, context.random));

  async function lineOf(username: string, password: string, address: string): Promise<Subscription> {
    if (guesses.begin(username, address) > 0) throw new AppError('RATE_LIMITED', 'Too many wrong passwords');
    const account = await context.tableOf(0).get(anyAccountRow, { sip_username: username });
    const line: PhoneAccountItem | undefined = account?.kind === 'line' ? account : undefined;
    const given = ha1Of({ username, realm: line?.domain ?? '', password }).sha256;
    const isRight = sameHash(given, line?.ha1[0]?.sha256 ?? unknownHa1);
    if (!isRight || line === undefined || !(await mayRegister(line, { transport: 'ws' }))) throw invalid();
    guesses.succeed(username, address);
    return { organization: line.org_id, user_id: line.user_id, line: { username } };
  }

  async function organizationOf(token: string, ip: string): Promise<Subscription> {
    const now = clock();
    const request = {
      routeKey: listening.route,
      method: 'GET',
      path: listening.path,
      params: {},
      query: {},
      body: '',
      headers: { authorization: `Bearer ${token}` },
      bodyBytes: 0,
      requestId: '',
      host: '',
      ip,
      userAgent: '',
    };
    const credential = verify(request, now);
    const authenticated = await authenticate({
      endpoint: listening,
      request,
      credential,
      now,
      organization: undefined,
      prefetch: [],
    });
    const { id, credential: presented } = authenticated.caller;
    return {
      organization: authorize(listening, authenticated, { ...request, now }).org_id,
      user_id: id,
      expiresAt: presented.expiresAt * second,
    };
  }

  return (credentials, address) =>
    credentials.kind === 'token'
      ? organizationOf(credentials.token, address)
      : lineOf(credentials.username, credentials.password, address);
}

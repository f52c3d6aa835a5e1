import { Fault } from '../fault.ts';
import { Headers } from '../headers.ts';
import type { SipRequest } from '../message.ts';
import { type Algorithm, algorithmOf, digest, isSameDigest } from './algorithms.ts';
import { type Authentication, authentication, isDigest, type Side } from './authentication.ts';
import type { Nonces } from './nonces.ts';

/**
 * Algorithms of our challenges, strongest first (RFC 8760 §2.3). No auth-int and no userhash: phones support neither.
 */
export const offeredAlgorithms = ['SHA-256', 'MD5'] as const satisfies readonly Algorithm[];

export type OfferedAlgorithm = (typeof offeredAlgorithms)[number];

/** Credentials of a request for one realm. The caller looks up `username`; `verify` then checks the rest. */
export type Credentials = {
  readonly username: string;
  readonly realm: string;
  /** The algorithm whose HA1 `verify` needs. */
  readonly algorithm: OfferedAlgorithm;
  readonly uri: string;
  readonly nonce: string;
  readonly response: string;
  readonly qop: { readonly count: string; readonly cnonce: string } | undefined;
};

/** The result of comparing credentials. */
export type Verdict =
  | 'right'
  | 'wrong'
  /**
   * The password is right, but the nonce is too old, not ours, or was already used with this count. After a challenge
   * with `stale` the client retries without asking its user.
   */
  | 'stale';

/** What a nonce is bound to. `source`: who it was sent to; by default it is valid for everyone. */
type Binding = { readonly source?: string };

type ChallengeOptions = Binding & {
  readonly side?: Side;
  readonly stale?: boolean;
  readonly algorithms?: readonly OfferedAlgorithm[];
};

const scopeOf = (realm: string, source?: string): string => (source === undefined ? realm : `${source} ${realm}`);

/** The challenges of a 401 or 407: one field per algorithm. */
export function challenge(
  nonces: Nonces,
  realm: string,
  { side = 'user', stale = false, algorithms = offeredAlgorithms, source }: ChallengeOptions = {},
): Headers {
  const nonce = nonces.issue(scopeOf(realm, source));
  const common = [
    ['realm', realm],
    ['nonce', nonce],
    ['qop', 'auth'],
    ...(stale ? [['stale', 'true'] as const] : []),
  ] as const;
  const kind = authentication[side].challenge;
  return algorithms.reduce(
    (headers: Headers, algorithm) =>
      headers.append(kind, { scheme: 'Digest', parameters: new Map([...common, ['algorithm', algorithm]]) }),
    Headers.none,
  );
}

/**
 * The credentials of a request for a realm. Undefined if it has none of this scheme, realm and algorithm, or only with
 * a malformed count: challenge it. A fault: answer 400.
 */
export function credentialsOf(
  request: SipRequest,
  realm: string,
  side: Side = 'user',
): Credentials | Fault | undefined {
  const all = request.headers.all(authentication[side].credentials);
  if (all instanceof Fault) return all;
  const ours = all
    .filter((each) => isDigest(each) && each.parameters.get('realm') === realm)
    .map((each) => readCredentials(each, realm));
  return ours.find((each) => each !== undefined && !(each instanceof Fault)) ?? ours.find((each) => each !== undefined);
}

function readCredentials({ parameters }: Authentication, realm: string): Credentials | Fault | undefined {
  const algorithm = offeredAlgorithms.find((name) => name === algorithmOf(parameters.get('algorithm')));
  const [username, uri, nonce, response] = ['username', 'uri', 'nonce', 'response'].map((name) => parameters.get(name));
  if (username === undefined || uri === undefined || nonce === undefined || response === undefined)
    return new Fault('Credentials: Incomplete');
  const qop = readQop(parameters);
  if (algorithm === undefined || qop === 'unsupported') return undefined;
  return qop instanceof Fault ? qop : { username, realm, algorithm, uri, nonce, response, qop };
}

function readQop(parameters: Authentication['parameters']): Credentials['qop'] | Fault | 'unsupported' {
  const [qop, count, cnonce] = ['qop', 'nc', 'cnonce'].map((name) => parameters.get(name));
  if (qop === undefined) return undefined;
  if (qop.toLowerCase() !== 'auth') return 'unsupported';
  if (count === undefined || cnonce === undefined || cnonce === '') return new Fault('Credentials: Incomplete');
  return /^[0-9A-Fa-f]{8}$/.test(count) ? { count, cnonce } : 'unsupported';
}

/**
 * Whether the nonce of credentials may be used by their source. Credentials with another nonce prove nothing, whatever
 * the password is: challenge them as stale without a look-up.
 */
export const hasLiveNonce = (nonces: Nonces, { nonce, realm }: Credentials, { source }: Binding): boolean =>
  nonces.isLive(nonce, scopeOf(realm, source));

/**
 * Compares credentials with the HA1 of the user. For an unknown user pass any HA1, so that duration and response are
 * the same. `uri` is not compared with the Request-URI, which proxies may rewrite; replaying credentials for another
 * URI is useless, as a count is never accepted twice. A client without qop can use a nonce once.
 */
export function verify(
  nonces: Nonces,
  credentials: Credentials,
  { ha1, method, source }: Binding & { readonly ha1: string; readonly method: string },
): Verdict {
  const expected = digest(credentials.algorithm, { ...credentials, ha1, method });
  if (!isSameDigest(expected, credentials.response)) return 'wrong';
  const count = credentials.qop === undefined ? 1 : parseInt(credentials.qop.count, 16);
  return nonces.use(credentials.nonce, scopeOf(credentials.realm, source), count) ? 'right' : 'stale';
}

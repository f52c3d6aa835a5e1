import { Fault } from '../fault.ts';
import { Headers } from '../headers.ts';
import type { SipRequest } from '../message.ts';
import { type Algorithm, algorithmOf, digest, sameDigest } from './algorithms.ts';
import { type Authentication, authentication, isDigest, type Side } from './authentication.ts';
import type { Nonces } from './nonces.ts';

/** What is offered, the better first (RFC 8760 §2.3). No auth-int, no userhash: phones have neither. */
export const offered = ['SHA-256', 'MD5'] as const satisfies readonly Algorithm[];

export type OfferedAlgorithm = (typeof offered)[number];

/**
 * Credentials of a request for one realm. Who they claim to be is to be looked up; `verify` then tells whether they
 * are.
 */
export type Credentials = {
  readonly username: string;
  readonly realm: string;
  /** Which HA1 is to be compared. */
  readonly algorithm: OfferedAlgorithm;
  readonly uri: string;
  readonly nonce: string;
  readonly response: string;
  readonly qop: { readonly count: string; readonly cnonce: string } | undefined;
};

export type Verdict =
  | 'right'
  | 'wrong'
  /**
   * The password is right, the nonce is too old, not ours, or was used with this count before: a challenge with `stale`
   * brings the client back by itself.
   */
  | 'stale';

type ChallengeOptions = {
  readonly side?: Side;
  readonly stale?: boolean;
  readonly algorithms?: readonly OfferedAlgorithm[];
};

/** The challenges of a 401 or 407, one field for each algorithm. */
export function challenge(
  nonces: Nonces,
  realm: string,
  { side = 'user', stale = false, algorithms = offered }: ChallengeOptions = {},
): Headers {
  const nonce = nonces.issue(realm);
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
 * The credentials that a request has for a realm, undefined where it has none that can be compared (of another scheme,
 * realm or algorithm): it is to be challenged. A fault is answered 400.
 */
export function credentialsOf(
  request: SipRequest,
  realm: string,
  side: Side = 'user',
): Credentials | Fault | undefined {
  const all = request.headers.all(authentication[side].credentials);
  if (all instanceof Fault) return all;
  const ours = all.find((each) => isDigest(each) && each.parameters.get('realm') === realm);
  return ours === undefined ? undefined : readCredentials(ours, realm);
}

function readCredentials({ parameters }: Authentication, realm: string): Credentials | Fault | undefined {
  const algorithm = offered.find((name) => name === algorithmOf(parameters.get('algorithm')));
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
  if (count === undefined || !/^[0-9A-Fa-f]{8}$/.test(count) || cnonce === undefined || cnonce === '')
    return new Fault('Credentials: Incomplete');
  return { count, cnonce };
}

/**
 * Compares credentials with what is known of the user (for an unknown one, any HA1: the work and the answer are the
 * same). Their `uri` is not compared with the Request-URI, which proxies may
 * rewrite; replaying them for another one is no use, as no count is taken twice. A client without qop has one try for
 * each nonce.
 */
export function verify(
  nonces: Nonces,
  credentials: Credentials,
  { ha1, method }: { readonly ha1: string; readonly method: string },
): Verdict {
  const expected = digest(credentials.algorithm, { ...credentials, ha1, method });
  if (!sameDigest(expected, credentials.response)) return 'wrong';
  const count = credentials.qop === undefined ? 1 : parseInt(credentials.qop.count, 16);
  return nonces.use(credentials.nonce, credentials.realm, count) ? 'right' : 'stale';
}

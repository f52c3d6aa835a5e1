import { hash, randomBytes } from 'node:crypto';
import {
  storedAccountRow,
  validHa1,
  type AnyAccountItem,
  type TrunkAccountItem,
} from '../../telephony/rows/sip-account.ts';
import { hour, second } from '#schema/time.ts';
import { Nonces } from '#sip/digest/nonces.ts';
import {
  challenge,
  credentialsOf,
  hasLiveNonce,
  verify,
  type Credentials,
  type OfferedAlgorithm,
  type Verdict,
} from '#sip/digest/server.ts';
import type { Side } from '#sip/digest/authentication.ts';
import { Fault } from '#sip/fault.ts';
import type { Headers } from '#sip/headers.ts';
import { isIpv4, normalizeHost } from '#sip/host.ts';
import type { SipRequest } from '#sip/message.ts';
import { isSipUri } from '#sip/uri.ts';
import { newBatcher } from '#concurrency/batcher.ts';
import { cacheResults } from '#concurrency/cache.ts';
import type { SidecarContext } from '../leases/membership.ts';
import type { Flow } from '../transport/flow.ts';
import { AlgorithmOffers, clientOf } from './algorithm-offers.ts';
import { GuessLimits } from './guess-limits.ts';

/** Lifetime of a nonce in milliseconds, and nonces whose counts are stored. */
const nonceTtl = hour;
const maxNonces = 100_000;

/**
 * Phones behind NAT register every 30 s, so most lookups hit the cache. A deleted account can register until its entry
 * expires, unless its binding is new. Unknown accounts are not cached, as strangers choose their names.
 */
const accountCache = {
  ttl: 40 * second,
  max: 20_000,
  keeps: ({ account }: Lookup): boolean => account !== undefined,
} as const;

/** Account lookups: accounts per batch, and concurrent batches. */
const lookups = { max: 100, concurrency: 3 } as const;

/** A text of the message would keep the message in memory. */
const hashOf = (username: string): string => hash('sha256', username);

/** The result of authenticating a request. */
export type AuthenticationOutcome =
  | { readonly kind: 'authenticated'; readonly account: AnyAccountItem }
  /** A trunk, which may only call. */
  | { readonly kind: 'trunk'; readonly account: TrunkAccountItem }
  /** No credentials for the realm, or a stale nonce. */
  | { readonly kind: 'challenged'; readonly headers: Headers }
  | { readonly kind: 'rejected'; readonly status: 400 | 403; readonly reason: string }
  /** Too many wrong passwords; the client may try again after these seconds. */
  | { readonly kind: 'delayed'; readonly seconds: number };

/** Where a request comes from. */
export type Origin = Pick<Flow, 'transport' | 'remote' | 'isProven'>;

/** Authenticates a request. @param side `proxy`: by 407 and Proxy-Authorization, for calls. Default: `user` */
export type Authenticate = (request: SipRequest, origin: Origin, side?: Side) => Promise<AuthenticationOutcome>;

/**
 * What a nonce is bound to, from its first use on: the address that it was sent to. Who has seen one can use it nowhere
 * else. The source of a packet may be forged, so a nonce of a connection is worth nothing in packets.
 */
const sourceOf = ({ transport, remote }: Origin): string =>
  `${transport === 'udp' ? 'udp' : 'connection'}:${remote.address}`;

/** HA1 that is compared for an unknown user, so that duration and response do not reveal that the user is unknown. */
const unknownUserHa1 = { md5: '0'.repeat(32), sha256: '0'.repeat(64) } as const;

/**
 * The host of the Request-URI (RFC 3261 §22.1), or the platform's domain if that is an IP address, or our own name,
 * which requests within dialogs have.
 */
export function realmOf({ uri }: Pick<SipRequest, 'uri'>, platformDomain: string, own?: string): string {
  const host = isSipUri(uri) ? normalizeHost(uri.host) : '';
  return host === '' || host === own || isIpv4(host) || host.includes(':') ? platformDomain : host;
}

/** What a response of credentials depends on, besides the credentials. */
type Attempt = { readonly method: string; readonly source: string };

type StoredAccount = AnyAccountItem | TrunkAccountItem;
type Lookup = { readonly account: StoredAccount | undefined };
type Verification = Lookup & { readonly verdict: Verdict };

/** Reads the accounts of user names; undefined for an unknown one. */
export type ReadAccounts = (usernames: readonly string[]) => Promise<readonly (StoredAccount | undefined)[]>;

/** The dependencies of authentication. */
export type AuthenticationDependencies = {
  readonly readAccounts: ReadAccounts;
  readonly clock: () => Date;
  /** Realm of requests to an IP address, or to our own host. */
  readonly platformDomain: string;
  /** The host of our Contact. */
  readonly ownHost?: string;
  readonly memory?: ClientMemory;
};

/** What is remembered of clients that are not authenticated. */
export type ClientMemory = {
  readonly offers: AlgorithmOffers;
  readonly guesses: GuessLimits;
  /** The size, which is constant. */
  readonly bytes: number;
};

/** @param now milliseconds */
export function newClientMemory(now: () => number): ClientMemory {
  const [offers, guesses] = [new AlgorithmOffers(now), new GuessLimits(now)];
  return { offers, guesses, bytes: offers.bytes + guesses.bytes };
}

/** Reads accounts from the store. */
export const storedAccounts =
  ({ tableOf }: Pick<SidecarContext, 'tableOf'>): ReadAccounts =>
  (usernames) =>
    tableOf(0).getAll(
      storedAccountRow,
      usernames.map((sip_username) => ({ sip_username })),
    );

/** Digest authentication of SIP user names (RFC 7616, RFC 8760). */
export function authenticator(dependencies: AuthenticationDependencies): Authenticate {
  const instance = new Authenticator(dependencies);
  return (request, origin, side) =>
    origin.isProven === true ? instance.identify(request, side) : instance.authenticate(request, origin, side);
}

class Authenticator {
  readonly #dependencies: AuthenticationDependencies;
  readonly #nonces: Nonces;
  readonly #memory: ClientMemory;
  readonly #lookup: (username: string) => Promise<Lookup>;
  readonly #cachedLookup: (username: string) => Promise<Lookup>;

  constructor(dependencies: AuthenticationDependencies) {
    const { readAccounts, clock } = dependencies;
    const now = (): number => clock().getTime();
    this.#dependencies = dependencies;
    this.#nonces = new Nonces({ secret: randomBytes(32), now, randomBytes, lifetime: nonceTtl, max: maxNonces });
    this.#memory = dependencies.memory ?? newClientMemory(now);
    this.#lookup = newBatcher<string, Lookup>(
      async (usernames) => (await readAccounts(usernames)).map((account) => ({ account })),
      lookups,
    );
    this.#cachedLookup = cacheResults(this.#lookup, accountCache, now, hashOf);
  }

  /** The nonce is judged first: with one that its source was not given, nothing is looked up and no failure counts. */
  async authenticate(request: SipRequest, origin: Origin, side: Side = 'user'): Promise<AuthenticationOutcome> {
    const { platformDomain, ownHost } = this.#dependencies;
    const realm = realmOf(request, platformDomain, ownHost);
    const { address } = origin.remote;
    const source = sourceOf(origin);
    const to = { realm, source, address, side };
    const credentials = credentialsOf(request, realm, side);
    if (credentials === undefined) return this.#challenge(request, to);
    if (credentials instanceof Fault) return { kind: 'rejected', status: 400, reason: credentials.reason };
    if (!hasLiveNonce(this.#nonces, credentials, { source })) return this.#challenge(request, to, true);
    const { username, algorithm } = credentials;
    const { guesses, offers } = this.#memory;
    const before = guesses.delayOf(username, address);
    if (before > 0) return { kind: 'delayed', seconds: before };
    const cached = await this.#cachedLookup(username);
    // From here to its success a right attempt waits for nothing, so that those at the same time do not count.
    const seconds = guesses.begin(username, address);
    if (seconds > 0) return { kind: 'delayed', seconds };
    const attempt = { method: request.method, source };
    const first = this.#compare(credentials, cached, attempt);
    const { account, verdict } =
      first === 'wrong' ? await this.#verifyStored(credentials, attempt) : { ...cached, verdict: first };
    if (verdict === 'wrong' || account === undefined) return { kind: 'rejected', status: 403, reason: 'Forbidden' };
    guesses.succeed(username, address);
    offers.recordSuccess(clientOf(request, address), algorithm);
    if (verdict === 'stale') return this.#challenge(request, to, true);
    return account.kind === 'trunk' ? { kind: 'trunk', account } : { kind: 'authenticated', account };
  }

  /** Whose a request is whose credentials another task has verified, by a nonce of its own. */
  async identify(request: SipRequest, side: Side = 'user'): Promise<AuthenticationOutcome> {
    const { platformDomain, ownHost } = this.#dependencies;
    const credentials = credentialsOf(request, realmOf(request, platformDomain, ownHost), side);
    const isReadable = credentials !== undefined && !(credentials instanceof Fault);
    const { account } = isReadable ? await this.#cachedLookup(credentials.username) : {};
    if (account === undefined) return { kind: 'rejected', status: 403, reason: 'Forbidden' };
    return account.kind === 'trunk' ? { kind: 'trunk', account } : { kind: 'authenticated', account };
  }

  #challenge(
    request: SipRequest,
    { realm, source, address, side }: Record<'realm' | 'source' | 'address', string> & { readonly side: Side },
    stale = false,
  ): AuthenticationOutcome {
    const algorithms = this.#memory.offers.offerTo(clientOf(request, address));
    return { kind: 'challenged', headers: challenge(this.#nonces, realm, { side, stale, algorithms, source }) };
  }

  /** Retries a wrong password with the stored account, which may be newer than the cached one. */
  async #verifyStored(credentials: Credentials, attempt: Attempt): Promise<Verification> {
    const stored = await this.#lookup(credentials.username);
    return { ...stored, verdict: this.#compare(credentials, stored, attempt) };
  }

  /** An account may have several valid passwords while its credentials are rotated. */
  #compare(credentials: Credentials, { account }: Lookup, attempt: Attempt): Verdict {
    const field = hashField[credentials.algorithm];
    const known = account === undefined ? [] : validHa1(account, credentials.realm, this.#dependencies.clock());
    const verdicts = (known.length === 0 ? [unknownUserHa1] : known).map((hashes) =>
      verify(this.#nonces, credentials, { ha1: hashes[field], ...attempt }),
    );
    return verdicts.find((verdict) => verdict !== 'wrong') ?? 'wrong';
  }
}

/** The HA1 of an account by algorithm. */
const hashField = { MD5: 'md5', 'SHA-256': 'sha256' } as const satisfies Record<OfferedAlgorithm, string>;

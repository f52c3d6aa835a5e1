import { randomBytes } from 'node:crypto';
import { sipAccountRow, validHa1, type SipAccountItem } from '../../telephony/rows/sip-account.ts';
import { Nonces } from '../../../shared/sip/digest/nonces.ts';
import {
  challenge,
  credentialsOf,
  offeredAlgorithms,
  verify,
  type Credentials,
  type OfferedAlgorithm,
} from '../../../shared/sip/digest/server.ts';
import { Fault } from '../../../shared/sip/fault.ts';
import { header } from '../../../shared/sip/header-kinds.ts';
import type { Headers } from '../../../shared/sip/headers.ts';
import { isIpv4, normalizeHost } from '../../../shared/sip/host.ts';
import type { SipRequest } from '../../../shared/sip/message.ts';
import { isSipUri, userOf } from '../../../shared/sip/uri.ts';
import type { SidecarContext } from '../leases/membership.ts';
import { remembering } from '../remembering.ts';
import { together } from '../together.ts';

/** Milliseconds for which a nonce may be used, and of how many the counts are remembered. */
const nonceLife = 3_600_000;
const maxNonces = 100_000;

/** Phones that keep a NAT open register each half minute. An account that has gone registers no more after so long. */
const accountMemory = { life: 40_000, most: 20_000 } as const;

/** Batches of accounts that are looked up at the same time. */
const lookUps = 3;

export type Judgement =
  | { readonly kind: 'proven'; readonly account: SipAccountItem }
  /** Without credentials, or with such as only need a new nonce. */
  | { readonly kind: 'challenged'; readonly headers: Headers }
  | { readonly kind: 'refused'; readonly status: 400 | 403; readonly reason: string };

export type Authenticate = (request: SipRequest) => Promise<Judgement>;

/** What a user that does not exist is compared with: the same work, and the same answer. */
const nobody = { md5: '0'.repeat(32), sha256: '0'.repeat(64) } as const;

/** RFC 3261 §22.1: the domain of the request, or the platform's where it is asked for by its address. */
function realmOf({ uri }: SipRequest, platformDomain: string): string {
  const host = isSipUri(uri) ? normalizeHost(uri.host) : '';
  return host === '' || isIpv4(host) || host.includes(':') ? platformDomain : host;
}

/** Of how many phones it is remembered that they were challenged. */
const maxPhones = 100_000;

/** A user name as it is claimed, with the software that claims it. */
function phoneOf({ to, headers }: SipRequest): string {
  const agent = headers.one(header.userAgent);
  return `${isSipUri(to.uri) ? (userOf(to.uri) ?? '') : ''} ${typeof agent === 'string' ? agent : ''}`;
}

/**
 * Which algorithms phones are offered. There are some (libre's before 2.0) that give up at a challenge of an algorithm
 * that they do not know, though it stands beside MD5: who was offered both, and did not prove itself by the better one,
 * is offered MD5 alone.
 */
class Offers {
  readonly #challenged = new Set<string>();

  to(phone: string): readonly OfferedAlgorithm[] {
    if (this.#challenged.has(phone)) return ['MD5'];
    const [oldest] = this.#challenged;
    if (oldest !== undefined && this.#challenged.size >= maxPhones) this.#challenged.delete(oldest);
    this.#challenged.add(phone);
    return offeredAlgorithms;
  }

  proven(phone: string, algorithm: OfferedAlgorithm): void {
    if (algorithm !== 'MD5') this.#challenged.delete(phone);
  }
}

/** Digest authentication of SIP user names (RFC 7616, RFC 8760). */
export function authenticator(
  context: Pick<SidecarContext, 'tableOf' | 'clock'>,
  platformDomain: string,
): Authenticate {
  const now = (): number => context.clock().getTime();
  const nonces = new Nonces({ secret: randomBytes(32), now, randomBytes, lifetime: nonceLife, max: maxNonces });
  const offers = new Offers();
  const challenged = (realm: string, request: SipRequest, stale = false): Judgement => ({
    kind: 'challenged',
    headers: challenge(nonces, realm, { stale, algorithms: offers.to(phoneOf(request)) }),
  });

  const judge = (credentials: Credentials, account: SipAccountItem | undefined, method: string) => {
    const field = credentials.algorithm === 'MD5' ? 'md5' : 'sha256';
    const known = account === undefined ? [] : validHa1(account, credentials.realm, context.clock());
    const verdicts = (known.length === 0 ? [nobody] : known).map((each) =>
      verify(nonces, credentials, { ha1: each[field], method }),
    );
    return verdicts.find((verdict) => verdict !== 'wrong') ?? 'wrong';
  };

  const accountsOf = async (usernames: readonly string[]) =>
    (
      await context.tableOf(0).getAll(
        sipAccountRow,
        usernames.map((sip_username) => ({ sip_username })),
      )
    ).map((account) => ({ account }));
  const asked = together<string, { readonly account: SipAccountItem | undefined }>(accountsOf, {
    most: 100,
    atOnce: lookUps,
  });
  const accountOf = async (username: string) => (await asked(username)).account;
  const rememberedAccount = remembering(accountOf, accountMemory, now);
  const verdictOn = async (credentials: Credentials, method: string) => {
    const remembered = await rememberedAccount(credentials.username);
    const verdict = judge(credentials, remembered, method);
    if (verdict !== 'wrong') return { account: remembered, verdict };
    // The account may have been made or changed since.
    const account = await accountOf(credentials.username);
    return { account, verdict: judge(credentials, account, method) };
  };

  return async (request) => {
    const realm = realmOf(request, platformDomain);
    const credentials = credentialsOf(request, realm);
    if (credentials === undefined) return challenged(realm, request);
    if (credentials instanceof Fault) return { kind: 'refused', status: 400, reason: credentials.reason };
    const { account, verdict } = await verdictOn(credentials, request.method);
    if (verdict === 'wrong' || account === undefined) return { kind: 'refused', status: 403, reason: 'Forbidden' };
    offers.proven(phoneOf(request), credentials.algorithm);
    return verdict === 'stale' ? challenged(realm, request, true) : { kind: 'proven', account };
  };
}

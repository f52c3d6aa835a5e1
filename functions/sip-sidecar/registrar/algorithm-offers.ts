import { offeredAlgorithms, type OfferedAlgorithm } from '#sip/digest/server.ts';
import { header } from '#sip/header-kinds.ts';
import type { SipRequest } from '#sip/message.ts';
import { isSipUri, userOf } from '#sip/uri.ts';
import { hour } from '#schema/time.ts';
import { HashedTable } from '../tables/hashed-table.ts';

/** Clients that are remembered, at most. */
const maxClients = 32_768;
/** Time for which a client is remembered, in milliseconds, by what it has shown. */
const ttl = { challenged: hour, authenticated: 24 * hour } as const;

/** What is known of a client: it was offered both algorithms, or has authenticated with one. */
const known = { challenged: 1, md5: 2, sha256: 3 } as const;

/**
 * Identifies a phone before it is authenticated: its address, the claimed user name and its User-Agent. What is asked
 * elsewhere in its name is another client's. Only in a REGISTER is To the phone, in others it is the callee.
 */
export function clientOf(
  { method, from, to, headers }: Pick<SipRequest, 'method' | 'from' | 'to' | 'headers'>,
  address: string,
): string {
  const agent = headers.one(header.userAgent);
  const { uri } = method === 'REGISTER' ? to : from;
  return `${address} ${isSipUri(uri) ? (userOf(uri) ?? '') : ''} ${typeof agent === 'string' ? agent : ''}`;
}

/**
 * The algorithms to offer to a phone. Some stacks (libre before 2.0) give up at a challenge of an algorithm that they
 * do not know, even if MD5 is offered too. A phone that was offered both algorithms, and did not authenticate with
 * SHA-256, is therefore offered MD5 only at its next attempts. This ends, because the phone may learn SHA-256; and a
 * phone that has authenticated with SHA-256 is always offered both, because its address may be forged.
 */
export class AlgorithmOffers {
  readonly #now: () => number;
  readonly #clients: HashedTable<'known'>;

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.#now = now;
    this.#clients = new HashedTable(['known'], maxClients, now);
  }

  /** The size of what is stored, which is constant. */
  get bytes(): number {
    return this.#clients.bytes;
  }

  offerTo(client: string): readonly OfferedAlgorithm[] {
    const before = this.#clients.read(client)?.known;
    if (before === undefined) this.#clients.write(client, { known: known.challenged }, this.#now() + ttl.challenged);
    return before === undefined || before === known.sha256 ? offeredAlgorithms : ['MD5'];
  }

  /** The phone authenticated with an algorithm. */
  recordSuccess(client: string, algorithm: OfferedAlgorithm): void {
    const before = this.#clients.read(client)?.known;
    if (algorithm === 'MD5' && (before === known.md5 || before === known.sha256)) return;
    const after = algorithm === 'MD5' ? known.md5 : known.sha256;
    this.#clients.write(client, { known: after }, this.#now() + ttl.authenticated);
  }
}

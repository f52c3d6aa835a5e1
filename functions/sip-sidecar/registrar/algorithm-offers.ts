import { offeredAlgorithms, type OfferedAlgorithm } from '../../../shared/sip/digest/server.ts';
import { header } from '../../../shared/sip/header-kinds.ts';
import type { SipRequest } from '../../../shared/sip/message.ts';
import { isSipUri, userOf } from '../../../shared/sip/uri.ts';
import { hour } from '../../../shared/schema/time.ts';
import { HashedTable } from '../hashed-table.ts';

/** Challenged clients that are stored, at most, and for how long, in milliseconds. */
const maxClients = 32_768;
const ttl = hour;

/** Identifies a phone before it is authenticated: the claimed user name and its User-Agent. */
export function clientOf({ to, headers }: Pick<SipRequest, 'to' | 'headers'>): string {
  const agent = headers.one(header.userAgent);
  return `${isSipUri(to.uri) ? (userOf(to.uri) ?? '') : ''} ${typeof agent === 'string' ? agent : ''}`;
}

/**
 * The algorithms to offer to a phone. Some stacks (libre before 2.0) give up at a challenge of an algorithm that they
 * do not know, even if MD5 is offered too. A phone that was offered both algorithms, and did not authenticate with
 * SHA-256, is therefore offered MD5 only at its next attempt.
 */
export class AlgorithmOffers {
  readonly #now: () => number;
  readonly #clients: HashedTable<'isChallenged'>;

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.#now = now;
    this.#clients = new HashedTable(['isChallenged'], maxClients, now);
  }

  /** The size of what is stored, which is constant. */
  get bytes(): number {
    return this.#clients.bytes;
  }

  offerTo(client: string): readonly OfferedAlgorithm[] {
    if (this.#clients.read(client)?.isChallenged === 1) return ['MD5'];
    this.#clients.write(client, { isChallenged: 1 }, this.#now() + ttl);
    return offeredAlgorithms;
  }

  /** The phone authenticated with an algorithm. */
  recordSuccess(client: string, algorithm: OfferedAlgorithm): void {
    if (algorithm !== 'MD5') this.#clients.write(client, { isChallenged: 0 }, this.#now() + ttl);
  }
}

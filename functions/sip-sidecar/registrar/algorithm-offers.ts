import { offeredAlgorithms, type OfferedAlgorithm } from '../../../shared/sip/digest/server.ts';
import { header } from '../../../shared/sip/header-kinds.ts';
import type { SipRequest } from '../../../shared/sip/message.ts';
import { isSipUri, userOf } from '../../../shared/sip/uri.ts';

/** Challenged clients that are stored, at most. */
const maxClients = 100_000;

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
  readonly #challenged = new Set<string>();

  offerTo(client: string): readonly OfferedAlgorithm[] {
    if (this.#challenged.has(client)) return ['MD5'];
    const [oldest] = this.#challenged;
    if (oldest !== undefined && this.#challenged.size >= maxClients) this.#challenged.delete(oldest);
    this.#challenged.add(client);
    return offeredAlgorithms;
  }

  /** The phone authenticated with an algorithm. */
  recordSuccess(client: string, algorithm: OfferedAlgorithm): void {
    if (algorithm !== 'MD5') this.#challenged.delete(client);
  }
}

import type { Uri } from '#sip/uri.ts';
import { remoteKey } from '../../stack/transaction-flow.ts';
import { isSameAddress, type Flow } from '../../transport/flow.ts';
import type { Phone } from '../directory/directory.ts';

/** From where the peer of a dialog speaks (functions/sip-sidecar/calls/entry/README.md, "Who speaks in a dialog"). */

/** Where a peer may be: on the flows of a phone, at the addresses of a gateway or trunk. */
export type Places = { readonly flows: readonly Flow[]; readonly addresses: readonly string[] };

/**
 * Whether a source is one of the places of a peer. A phone is only on its flows, as others may be behind its NAT; a
 * gateway or trunk may use any port of its addresses.
 */
export const speaksFrom = (source: Flow, { flows, addresses }: Places): boolean =>
  flows.some((flow) => remoteKey(flow) === remoteKey(source)) || isAt(source, addresses);

/** As `speaksFrom` for an ACK, which cannot be challenged (RFC 3261 §22.1): a phone may send it from another port. */
export const acknowledgesFrom = (source: Flow, { flows, addresses }: Places): boolean =>
  isAt(source, [...addresses, ...flows.map(({ remote }) => remote.address)]);

const isAt = ({ remote }: Flow, addresses: readonly string[]): boolean =>
  addresses.some((address) => isSameAddress(address, remote.address));

/** What is known of a peer. */
export type SpeakerParts = {
  /** Its places, without a look-up. */
  readonly known: () => Places;
  /** Further places, looked up. @param nextHop where the requests of the dialog go, by the word of the peer */
  readonly lookUp: (nextHop: Uri) => Promise<Places>;
  /** A phone may prove by its password that it is at another place. */
  readonly phone?: Phone;
};

/** The peer of a dialog, as the source of requests. */
export class Speaker {
  readonly phone: Phone | undefined;
  readonly #parts: SpeakerParts;
  /** Where it was found, or has proven to be. */
  readonly #found: Flow[] = [];
  /** Where its last request within the dialog came from. */
  last: Flow | undefined;

  constructor(parts: SpeakerParts) {
    this.#parts = parts;
    this.phone = parts.phone;
  }

  get places(): Places {
    const { flows, addresses } = this.#parts.known();
    return this.phone === undefined
      ? { flows, addresses: [...addresses, ...this.#found.map(({ remote }) => remote.address)] }
      : { flows: [...flows, ...this.#found], addresses };
  }

  lookUp(nextHop: Uri): Promise<Places> {
    return this.#parts.lookUp(nextHop);
  }

  /** It speaks from this place, too, from now on. */
  accept(flow: Flow): void {
    if (this.#found.push(flow) > maxFound) this.#found.shift();
  }
}

/** Places of a peer that moves again and again. */
const maxFound = 8;

import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import type { SipRequest, SipResponse } from '../message.ts';
import type { DialogClient } from './dialog-client.ts';

/** Our PRACKs of the reliable provisional responses of one early dialog (RFC 3262 §4). */
export class AcknowledgedProgress {
  readonly #client: DialogClient;
  #last: number | undefined;

  constructor(client: DialogClient) {
    this.#client = client;
  }

  /**
   * Acknowledges a response that is reliable.
   * @returns 'unreliable', 'next' for one that is to be processed, or 'ignored' for a repeated one, or one that comes
   * before an earlier one: that will be repeated
   */
  receive(response: SipResponse, invite: SipRequest): 'unreliable' | 'next' | 'ignored' {
    const number = rseqOf(response);
    if (number === undefined) return 'unreliable';
    if (this.#last !== undefined && number !== this.#last + 1) return 'ignored';
    this.#last = number;
    const headers = Headers.none.append(header.rack, { number, invite: invite.cseq });
    // A PRACK without response does not matter: the peer repeats its own response, or gives up.
    this.#client.request({ method: 'PRACK', headers }, () => undefined);
    return 'next';
  }
}

function rseqOf({ headers }: SipResponse): number | undefined {
  const [tags, number] = [headers.all(header.require), headers.one(header.rseq)];
  if (tags instanceof Fault || number === undefined || number instanceof Fault) return undefined;
  return tags.some((tag) => tag.toLowerCase() === '100rel') ? number : undefined;
}

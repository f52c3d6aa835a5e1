import { Field, Headers } from '../headers.ts';
import { header } from '../header-kinds.ts';
import { Parameters } from '../parameters.ts';
import { type DialogClient, type Final, statusOf } from './dialog-client.ts';
import { phraseOf } from '../build.ts';

/** Seconds that a subscription of a REFER lasts, as its NOTIFYs say. */
const ttl = 180;

const sipfrag = Field.of(header.contentType, {
  value: 'message/sipfrag',
  parameters: new Parameters([['version', '2.0']]),
});

/**
 * The NOTIFYs by which we report what became of a REFER (RFC 3515 §2.4.4). One at a time, so that they arrive in order;
 * of statuses that wait only the last one is sent.
 */
export class ReferenceReports {
  readonly #client: DialogClient;
  readonly #event: Field;
  #next: number | undefined;
  #isBusy = false;
  #isOver = false;

  /** @param id CSeq number of the REFER; undefined for the first one of the dialog */
  constructor(client: DialogClient, id: number | undefined) {
    this.#client = client;
    const parameters = id === undefined ? Parameters.none : new Parameters([['id', String(id)]]);
    this.#event = Field.of(header.event, { value: 'refer', parameters });
  }

  /** Reports a status; 200 or more is the last one. */
  report(status: number): void {
    if (this.#isOver) return;
    this.#next = status;
    this.#isOver = status >= 200;
    if (!this.#isBusy) this.#send();
  }

  /** Sends nothing more. */
  finish(): void {
    this.#isOver = true;
    this.#next = undefined;
  }

  #send(): void {
    const status = this.#next;
    this.#next = undefined;
    this.#isBusy = status !== undefined;
    if (status === undefined) return;
    const state =
      status >= 200
        ? { value: 'terminated', parameters: new Parameters([['reason', 'noresource']]) }
        : { value: 'active', parameters: new Parameters([['expires', String(ttl)]]) };
    const headers = new Headers([this.#event, Field.of(header.subscriptionState, state), sipfrag]);
    const body = Buffer.from(`SIP/2.0 ${status} ${phraseOf(status)}\r\n`);
    this.#client.request({ method: 'NOTIFY', headers, body }, (final) => this.#receive(final));
  }

  /** The peer that rejects a NOTIFY wants no others (RFC 6665 §4.2.2). */
  #receive(final: Final): void {
    if (statusOf(final) >= 300) this.finish();
    this.#send();
  }
}

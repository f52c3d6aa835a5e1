import type { Uri } from '../uri.ts';
import { address } from '../address.ts';
import type { DigestClient } from '../digest/client.ts';
import { ackOf2xx, type Dialog, type InDialog, receiveResponse, requestIn } from '../dialog/dialog.ts';
import { authentication } from '../digest/authentication.ts';
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import type { SipRequest, SipResponse } from '../message.ts';
import type { SentRequest, RequestSender } from './session.ts';

/** The final outcome of a request. */
export type Final = SipResponse | 'timeout' | 'transport error';

/** What the requests of a dialog need besides it. */
export type DialogClientParts = {
  readonly sender: RequestSender;
  readonly contact: Uri;
  /** Answers the challenges of the peer. */
  readonly digest?: Pick<DigestClient, 'answer'> | undefined;
  /** Called for each response. */
  readonly onSign?: () => void;
};

/** Requests that are sent again with credentials: after the challenge of a proxy and of the peer. */
const maxChallenges = 2;

/** The status that a request without response counts as (RFC 3261 §8.1.3.1). */
export const statusOf = (final: Final): number => {
  if (final === 'timeout') return 408;
  return final === 'transport error' ? 503 : final.status;
};

/** Sends our requests within a dialog, and has its current state. */
export class DialogClient {
  dialog: Dialog;
  readonly contact: Uri;
  readonly #parts: DialogClientParts;

  constructor(dialog: Dialog, parts: DialogClientParts) {
    this.dialog = dialog;
    this.contact = parts.contact;
    this.#parts = parts;
  }

  /**
   * Sends a request with our Contact.
   * @param onFinal called once; for an INVITE again for each repeated 2xx, with the request that it answers
   */
  request(parts: InDialog, onFinal: (final: Final, request: SipRequest) => void): SentRequest {
    let challenges = 0;
    let sent: SentRequest = { cancel: () => undefined };
    const send = (request: SipRequest): void => {
      sent = this.#parts.sender.request(request, {
        onResponse: (response) => {
          this.#parts.onSign?.();
          if (response.status < 200) return;
          const again = challenges < maxChallenges ? this.#answerChallenge(request, response) : undefined;
          challenges += 1;
          if (again === undefined) this.#finish(response, request, onFinal);
          else send(again);
        },
        onFailure: (reason) => onFinal(reason, request),
      });
    };
    send(
      this.#next({ ...parts, headers: (parts.headers ?? Headers.none).append(header.contact, address(this.contact)) }),
    );
    return { cancel: (headers) => sent.cancel(headers) };
  }

  /** Builds the ACK of a 2xx. It has the credentials of its INVITE (RFC 3261 §22.1). */
  ackOf(invite: SipRequest, parts: Pick<InDialog, 'headers' | 'body'>): SipRequest {
    const credentials = Object.values(authentication).flatMap((side) => invite.headers.fields(side.credentials));
    return ackOf2xx(this.dialog, invite, {
      ...parts,
      headers: new Headers([...credentials, ...(parts.headers ?? [])]),
    });
  }

  /** Sends an ACK, also again. */
  acknowledge(ack: SipRequest): void {
    this.#parts.sender.acknowledge(ack);
  }

  #next(parts: InDialog): SipRequest {
    const { dialog, request } = requestIn(this.dialog, parts);
    this.dialog = dialog;
    return request;
  }

  #finish(response: SipResponse, request: SipRequest, onFinal: (final: Final, request: SipRequest) => void): void {
    this.dialog = receiveResponse(this.dialog, response);
    onFinal(response, request);
  }

  /** Other requests may have been sent since: the number is the next one of the dialog. */
  #answerChallenge(request: SipRequest, response: SipResponse): SipRequest | undefined {
    const { digest, sender } = this.#parts;
    if (digest === undefined || (response.status !== 401 && response.status !== 407)) return undefined;
    const answered = digest.answer(request, response, sender.isAtPeer?.() === true);
    if (answered instanceof Fault) return undefined;
    const sequence = (this.dialog.localSequence ?? 0) + 1;
    this.dialog = { ...this.dialog, localSequence: sequence };
    return answered.with(answered.headers.with(header.cseq, { sequence, method: request.method }));
  }
}

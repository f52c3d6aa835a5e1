import type { Headers } from '../headers.ts';
import { serialize, type SipRequest, type SipResponse } from '../message.ts';
import type { Flow, LayerParts } from './layer.ts';
import { machines, responseEvent, type State } from './machines.ts';
import { newAck } from './requests.ts';
import { Run } from './run.ts';
import { withFirst } from './timers.ts';

/** The transaction user that sent the request. */
export type ClientListener = {
  /** Called for provisional responses, then for the final one; for each 2xx if the INVITE forked. */
  readonly onResponse: (response: SipResponse) => void;
  /**
   * No final response in time (treat as 408), or the request could not be sent (treat as 503): RFC 3261 §8.1.3.1. Of an
   * INVITE that was given up a 2xx may still follow.
   */
  readonly onFailure: (reason: 'timeout' | 'transport error') => void;
  /** An INVITE that is not given up has had no response for 4 s. */
  readonly onSilence?: () => void;
};

type Parts<Path extends Flow> = Pick<LayerParts<Path>, 'send' | 'setTimer' | 'timers'> & {
  readonly listener: ClientListener;
  /** Seconds without any response after which an INVITE is given up, as there are other servers; undefined: never. */
  readonly failover: number | undefined;
  readonly sendCancel: (headers: Headers | undefined) => void;
  readonly ended: () => void;
};

/** A client transaction (RFC 3261 §17.1). */
export class ClientTransaction<Path extends Flow> {
  readonly request: SipRequest;
  readonly flow: Path;
  readonly #run: Run<SipResponse>;
  readonly #parts: Parts<Path>;
  /** Headers of the CANCEL. */
  #reason: Headers | undefined;
  #isReported = false;

  constructor(request: SipRequest, flow: Path, parts: Parts<Path>) {
    this.request = request;
    this.flow = flow;
    this.#parts = parts;
    const bytes = serialize(request);
    const send = (sent: Buffer): void => parts.send(sent, flow, () => this.#run.on('transport error'));
    this.#run = new Run<SipResponse>(
      request.method === 'INVITE' ? machines.inviteClient : machines.client,
      {
        perform: (action, response) => {
          if (action === 'send') send(bytes);
          else if (action === 'acknowledge' && response !== undefined) send(serialize(newAck(request, response)));
          else if (action === 'pass' && response !== undefined) this.#pass(response);
          else if (action === 'send CANCEL') parts.sendCancel(this.#reason);
          else if (action === 'report timeout') this.#report('timeout');
          else if (action === 'report silence') parts.listener.onSilence?.();
          else if (action === 'report transport error') this.#report('transport error');
        },
        ended: parts.ended,
      },
      {
        reliable: flow.reliable,
        setTimer: parts.setTimer,
        timers: parts.failover === undefined ? parts.timers : withFirst(parts.timers, parts.failover),
        without: parts.failover === undefined ? 'first' : 'silence',
      },
    );
  }

  get state(): State {
    return this.#run.state;
  }

  /** Sends the request. */
  begin(): void {
    this.#run.begin();
  }

  /** Goes on with an INVITE that another task has sent, and that has no final response: nothing is sent. */
  resume(): void {
    this.#run.resume('proceeding');
  }

  /** Ends at once, without notifying the listener. */
  abandon(): void {
    this.#run.abandon();
  }

  /**
   * Cancels an INVITE: at once if it got a provisional response, else when it gets one (RFC 3261 §9.1). Without effect
   * after a final response, and on other requests.
   * @param headers of the CANCEL, such as Reason
   */
  cancel(headers?: Headers): void {
    this.#reason ??= headers;
    this.#run.on('cancel');
  }

  /** Processes a response that matches this transaction. */
  receive(response: SipResponse): void {
    this.#run.on(responseEvent(response.status), response);
  }

  /** After a failure the user has gone on: only a 2xx concerns it still, as it must end that dialog. */
  #pass(response: SipResponse): void {
    if (!this.#isReported || (response.status >= 200 && response.status < 300))
      this.#parts.listener.onResponse(response);
  }

  #report(reason: 'timeout' | 'transport error'): void {
    if (this.#isReported) return;
    this.#isReported = true;
    this.#parts.listener.onFailure(reason);
  }
}

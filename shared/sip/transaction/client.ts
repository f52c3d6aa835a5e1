import { serialize, type SipRequest, type SipResponse } from '../message.ts';
import type { Flow, LayerParts } from './layer.ts';
import { machines, responseEvent, type State } from './machines.ts';
import { newAck } from './requests.ts';
import { Run } from './run.ts';

/** The transaction user that sent the request. */
export type ClientListener = {
  /** Called for provisional responses, then for the final one; for each 2xx if the INVITE forked. */
  readonly onResponse: (response: SipResponse) => void;
  /** No final response in time (treat as 408), or the request could not be sent (treat as 503): RFC 3261 §8.1.3.1. */
  readonly onFailure: (reason: 'timeout' | 'transport error') => void;
};

type Parts<Path extends Flow> = Pick<LayerParts<Path>, 'send' | 'setTimer'> & {
  readonly listener: ClientListener;
  readonly ended: () => void;
};

/** A client transaction (RFC 3261 §17.1). */
export class ClientTransaction<Path extends Flow> {
  readonly request: SipRequest;
  readonly flow: Path;
  readonly #run: Run<SipResponse>;

  constructor(request: SipRequest, flow: Path, parts: Parts<Path>) {
    this.request = request;
    this.flow = flow;
    const bytes = serialize(request);
    const send = (sent: Buffer): void => parts.send(sent, flow, () => this.#run.on('transport error'));
    this.#run = new Run<SipResponse>(
      request.method === 'INVITE' ? machines.inviteClient : machines.client,
      {
        perform: (action, response) => {
          if (action === 'send') send(bytes);
          else if (action === 'acknowledge' && response !== undefined) send(serialize(newAck(request, response)));
          else if (action === 'pass' && response !== undefined) parts.listener.onResponse(response);
          else if (action === 'report timeout') parts.listener.onFailure('timeout');
          else if (action === 'report transport error') parts.listener.onFailure('transport error');
        },
        ended: parts.ended,
      },
      { reliable: flow.reliable, setTimer: parts.setTimer },
    );
  }

  get state(): State {
    return this.#run.state;
  }

  /** Sends the request. */
  begin(): void {
    this.#run.begin();
  }

  /** Ends at once, without notifying the listener. */
  abandon(): void {
    this.#run.abandon();
  }

  /** Processes a response that matches this transaction. */
  receive(response: SipResponse): void {
    this.#run.on(responseEvent(response.status), response);
  }
}

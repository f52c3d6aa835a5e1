import { newResponse, type ResponseParts } from '../build.ts';
import { serialize, type SipRequest, type SipResponse } from '../message.ts';
import { isProportionate } from './amplification.ts';
import type { Flow, LayerParts } from './layer.ts';
import { machines, responseEvent, type State } from './machines.ts';
import { Run } from './run.ts';

type Parts<Path extends Flow> = LayerParts<Path> & {
  /** Called after a 401 or 407: the client may send the same request again with credentials. */
  readonly challenged: () => void;
  readonly ended: () => void;
};

/** A server transaction (RFC 3261 §17.2). */
export class ServerTransaction<Path extends Flow> {
  readonly flow: Path;
  /** Tag of To in our responses: the request's own, or a new one. */
  readonly toTag: string;
  readonly #run: Run<SipRequest>;
  readonly #parts: Parts<Path>;
  /** Stored until the final response; afterwards only the bytes of the response are. */
  #request: SipRequest | undefined;
  #latest: Buffer | undefined;
  #isStateful = false;
  /** Whether the client of an INVITE waits for a provisional response. */
  #isSlow = false;

  constructor(request: SipRequest, flow: Path, parts: Parts<Path>) {
    this.flow = flow;
    this.toTag = request.toTag ?? parts.newTag(request);
    this.#request = request;
    this.#parts = parts;
    this.#run = new Run<SipRequest>(
      request.method === 'INVITE' ? machines.inviteServer : machines.server,
      {
        perform: (action, ack) => {
          if (action === 'send') this.#send();
          else if (action === 'send 100') this.#sendTrying();
          else if (action === 'pass' && ack !== undefined) parts.user.onAck(ack, flow);
          else if (action === 'report timeout') parts.user.onServerFailure(this, 'timeout');
          else if (action === 'report transport error') parts.user.onServerFailure(this, 'transport error');
        },
        ended: parts.ended,
      },
      { reliable: flow.reliable, setTimer: parts.setTimer, timers: parts.timers },
    );
  }

  get state(): State {
    return this.#run.state;
  }

  /** Enters the first state. */
  begin(): void {
    this.#run.begin();
  }

  /**
   * Says that the user answers the request, and does not reject it unseen: its responses are repeated, and the client
   * of an INVITE hears 100. Until then it hears none, as it would not send its INVITE again after that, and wait for
   * ever for a response that is lost (RFC 3261 §8.2.7).
   */
  beStateful(): void {
    this.#isStateful = true;
    if (this.#isSlow) this.#sendTrying();
  }

  /** Sends 100 to the client of an INVITE that has had no response: its request is stored. It repeats it no more. */
  trying(): void {
    this.#sendTrying();
  }

  /** Ends at once, without notifying the user. */
  abandon(): void {
    this.#run.abandon();
  }

  /** Answers the request. @returns the response, or undefined after a final response, when nothing more is sent */
  respond(parts: ResponseParts): SipResponse | undefined {
    if (this.#request === undefined) return undefined;
    const response = newResponse(this.#request, parts.status === 100 ? parts : { toTag: this.toTag, ...parts });
    this.#latest = serialize(response);
    if (response.status >= 200) this.#request = undefined;
    if (response.status === 401 || response.status === 407) this.#parts.challenged();
    this.#run.on(responseEvent(response.status));
    return response;
  }

  /**
   * Answers an unauthenticated request like a stateless server (RFC 3261 §8.2.7): the transaction ends, the response is
   * never repeated, and a retransmission of the request is a new one. One that is stateful is answered as such.
   * @param responses the first that is proportionate to the request is sent, or none
   */
  respondOnce(responses: readonly ResponseParts[]): void {
    const request = this.#request;
    if (request === undefined) return;
    const [first] = responses;
    if (this.#isStateful && first !== undefined) {
      this.respond(first);
      return;
    }
    this.#request = undefined;
    const fitting = responses
      .map((parts) => ({
        status: parts.status,
        bytes: serialize(newResponse(request, { ...parts, toTag: this.toTag })),
      }))
      .find(({ status, bytes }) => isProportionate(bytes, status, this.flow));
    if (fitting !== undefined) this.#parts.send(fitting.bytes, this.flow, () => undefined);
    this.#run.abandon();
    this.#parts.ended();
  }

  /** Retransmits the 2xx of an INVITE. The user repeats it until the ACK arrives (RFC 3261 §13.3.1.4). */
  repeat(): void {
    if (this.#run.state === 'accepted') this.#run.on('2xx');
  }

  /** Processes a retransmission of the request, or the ACK of an INVITE. */
  receive(request: SipRequest): void {
    this.#run.on(request.method === 'ACK' ? 'ack' : 'request', request);
  }

  #send(): void {
    if (this.#latest !== undefined) this.#parts.send(this.#latest, this.flow, () => this.#run.on('transport error'));
  }

  #sendTrying(): void {
    this.#isSlow = true;
    if (this.#isStateful && this.#latest === undefined) this.respond({ status: 100 });
  }
}

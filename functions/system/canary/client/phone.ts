import { randomBytes } from 'node:crypto';
import { address } from '#sip/address.ts';
import { newRequest } from '#sip/build.ts';
import { DigestClient } from '#sip/digest/client.ts';
import { Fault } from '#sip/fault.ts';
import { header } from '#sip/header-kinds.ts';
import { Field, Headers } from '#sip/headers.ts';
import { parseMessage, serialize, type SipRequest, type SipResponse } from '#sip/message.ts';
import { Parameters } from '#sip/parameters.ts';
import type { RequestSender } from '#sip/session/session.ts';
import { Sessions } from '#sip/session/sessions.ts';
import { silentListener } from '#sip/session/silent-listener.ts';
import { TransactionLayer, type Flow } from '#sip/transaction/layer.ts';
import { defaultTimers } from '#sip/transaction/timers.ts';
import { sipUri } from '#sip/uri.ts';
import { branchCookie, newVia } from '#sip/via.ts';
import { patience } from './patience.ts';
import { openVoice } from './voice.ts';
import type { Wire } from './wire.ts';

/** A phone of the canary, at one connection to its server. */

/** The credentials of a line. */
export type Line = { readonly username: string; readonly password: string; readonly domain: string };

const token = (): string => randomBytes(8).toString('hex');

const setTimer = (milliseconds: number, fire: () => void): (() => void) => {
  const timer = setTimeout(fire, milliseconds);
  return () => clearTimeout(timer);
};

/** Resolves, or rejects with a reason when it takes longer than a client would wait. */
const inTime = <T>(work: Promise<T>, what: string): Promise<T> => {
  const late = new Promise<never>((_, reject) => {
    AbortSignal.timeout(patience).addEventListener('abort', () => reject(new Error(`${what} is not answered in time`)));
  });
  return Promise.race([work, late]);
};

/** Seconds of a registration: it ends by itself where it is not removed. */
const lifetime = 60;

export class CanaryPhone implements Disposable {
  readonly #line: Line;
  readonly #wire: Wire;
  readonly #layer: TransactionLayer<Flow>;
  readonly #sessions: Sessions<Flow>;
  readonly #digest: DigestClient;
  readonly #callId = token();
  #sequence = 0;

  private constructor(line: Line, wire: Wire) {
    [this.#line, this.#wire] = [line, wire];
    this.#digest = new DigestClient({ ...line, realm: null, host: line.domain }, token);
    const parts = { setTimer, timers: defaultTimers, newTag: token, max: 100 };
    this.#sessions = new Sessions<Flow>({ ...parts, random: Math.random, headers: Headers.none });
    this.#layer = new TransactionLayer<Flow>({
      ...parts,
      send: (bytes) => wire.send(bytes),
      user: {
        onRequest: (request, transaction) => {
          if (!this.#sessions.receive(request, transaction)) transaction.respond({ status: 200 });
        },
        isOfSource: () => true,
        onAck: (ack) => this.#sessions.onAck(ack),
        onCancel: (transaction) => void this.#sessions.onCancel(transaction),
        onStrayResponse: (response) => this.#sessions.onStrayResponse(response),
        onServerFailure: (transaction) => this.#sessions.onServerFailure(transaction),
      },
    });
    wire.onMessage = (bytes) => {
      const message = parseMessage(bytes);
      if (message.kind !== 'malformed') this.#layer.receive(message, this.#flow);
    };
  }

  /** A phone that is registered. @throws Error for any other answer than 200 */
  static async register(line: Line, wire: Wire): Promise<CanaryPhone> {
    const phone = new CanaryPhone(line, wire);
    try {
      await phone.#register(lifetime);
      return phone;
    } catch (error) {
      phone[Symbol.dispose]();
      throw error;
    }
  }

  /** Removes its registration. @throws Error for any other answer than 200 */
  unregister(): Promise<void> {
    return this.#register(0);
  }

  /**
   * Calls, and hangs up when it has heard itself.
   * @throws Error if the call is not answered, or its voice does not come back
   */
  async echo(user: string): Promise<void> {
    const { username, domain } = this.#line;
    await using voice = await openVoice();
    const own = address(sipUri({ user: username, host: domain }));
    const uri = sipUri({ user, host: domain });
    const answered = Promise.withResolvers<string>();
    const invitation = { uri, from: own, to: address(uri), contact: this.#contact, timeout: patience };
    const session = this.#sessions.invite(
      { ...invitation, sdp: voice.offer(this.#wire.own.address), digest: this.#digest },
      this.#sender,
      {
        ...silentListener,
        onAnswer: ({ sdp = '' }) => answered.resolve(sdp),
        onFailure: ({ status }) => answered.reject(new Error(`a call to ${user} is answered ${status}`)),
      },
    );
    try {
      const sdp = await inTime(answered.promise, `a call to ${user}`);
      await inTime(voice.untilHeard(sdp), `the voice in a call to ${user}`);
    } finally {
      session?.end();
      await inTime(session?.gone ?? Promise.resolve(), 'BYE');
    }
  }

  [Symbol.dispose](): void {
    this.#layer.close();
    this.#wire[Symbol.dispose]();
  }

  async #register(expires: number): Promise<void> {
    const own = address(sipUri({ user: this.#line.username, host: this.#line.domain }));
    this.#sequence += 2;
    const request = newRequest({
      method: 'REGISTER',
      uri: sipUri({ host: this.#line.domain }),
      via: this.#via(),
      from: address(own.uri, new Parameters([['tag', token()]])),
      to: own,
      callId: this.#callId,
      sequence: this.#sequence,
      headers: new Headers([
        Field.of(header.contact, address(this.#contact)),
        Field.of(header.expires, expires),
        Field.of(header.userAgent, 'trunkline-canary'),
      ]),
    });
    const challenge = await this.#exchange(this.#digest.authorize(request));
    const proven = challenge.status === 401 ? this.#digest.answer(request, challenge) : request;
    const { status } =
      challenge.status === 401 && !(proven instanceof Fault) ? await this.#exchange(this.#withVia(proven)) : challenge;
    if (status !== 200) throw new Error(`REGISTER over ${this.#wire.transport} is answered ${status}`);
  }

  #exchange(request: SipRequest): Promise<SipResponse> {
    const final = Promise.withResolvers<SipResponse>();
    const what = `${request.method} over ${this.#wire.transport}`;
    this.#layer.request(request, this.#flow, {
      onResponse: (response) => {
        if (response.status >= 200) final.resolve(response);
      },
      onFailure: (reason) => final.reject(new Error(`${what} fails: ${reason}`)),
    });
    return inTime(final.promise, what);
  }

  get #flow(): Flow {
    return { reliable: this.#wire.transport !== 'UDP' };
  }

  get #contact() {
    const { address: host, port } = this.#wire.own;
    return sipUri({ user: this.#line.username, host, port });
  }

  #via() {
    const { address: host, port } = this.#wire.own;
    return newVia(this.#wire.transport, host, port, `${branchCookie}${token()}`);
  }

  #withVia = (request: SipRequest): SipRequest => request.with(request.headers.with(header.via, this.#via()));

  readonly #sender: RequestSender = {
    request: (request, listener) => {
      const sent = this.#layer.request(this.#prepended(request), this.#flow, listener);
      return { cancel: (headers) => sent?.cancel(headers) };
    },
    acknowledge: (ack) => this.#wire.send(serialize(this.#prepended(ack))),
    isAtPeer: () => true,
  };

  #prepended = (request: SipRequest): SipRequest => request.with(request.headers.prepend(header.via, this.#via()));
}

import { parseAddress } from '#sip/address.ts';
import { Fault } from '#sip/fault.ts';
import { Headers } from '#sip/headers.ts';
import type { SipRequest } from '#sip/message.ts';
import { hasFax } from '#sip/sdp/fax.ts';
import { directionsOf, type Direction } from '#sip/sdp/sdp.ts';
import type { Failure, IncomingSession, PeerRefer, Replaces, Session, SessionListener } from '#sip/session/session.ts';

/** A call as a softphone of a test sees it. */

/** The phone's description with a direction. @param media its media lines; default: those of its audio */
type Describe = (direction: Direction, media?: readonly string[]) => string;

/** What an offered direction is answered with (RFC 3264 §6.1). */
const opposite = { sendrecv: 'sendrecv', sendonly: 'recvonly', recvonly: 'sendonly', inactive: 'inactive' } as const;

export class SoftCall {
  /** What happened, in order: `180`, `answered`, `offer`, `ended by peer`, `failed 486`. */
  readonly log: string[] = [];
  /** REFERs of the peer, which are accepted. */
  readonly refers: PeerRefer[] = [];
  /** Reports the progress of the last REFER to the peer. */
  report: (status: number) => void = () => undefined;
  /** Why it failed. */
  failure: Failure | undefined;
  /** The INVITE, if the peer sent it. */
  readonly invite: SipRequest | undefined;
  /** Media lines with which it offers a fax, and answers one; undefined: it answers with its audio. */
  fax: readonly string[] | undefined;
  readonly #describe: Describe;
  readonly #tag: string;
  #session: Session | undefined;
  #incoming: IncomingSession | undefined;
  #remote: string | undefined;

  /**
   * @param describe the phone's description with a direction
   * @param invite and the tag of its responses, if the peer calls
   */
  constructor(describe: Describe, invite?: SipRequest, tag = '') {
    this.#tag = tag;
    this.#describe = describe;
    this.invite = invite;
  }

  /** The session was begun by this phone. */
  began(session: Session | undefined): void {
    this.#session = session;
  }

  /** The session was begun by the peer. */
  came(session: IncomingSession | undefined): void {
    this.#session = session;
    this.#incoming = session;
    this.#remote = session?.offered;
  }

  get session(): Session {
    if (this.#session === undefined) throw new Error('the call has no session');
    return this.#session;
  }

  ring(): void {
    this.#incoming?.progress(180);
  }

  /** Sends 183 with a description: early media. */
  beginMedia(): void {
    this.#incoming?.progress(183, this.#describe('sendrecv'));
  }

  answer(): void {
    this.#incoming?.answer(this.#describe(this.#answering()));
    this.log.push('answered');
  }

  /** @param headers such as the Contact of a redirection */
  reject(status: number, headers: Headers = Headers.none): void {
    this.#incoming?.reject(status, headers);
  }

  hangUp(): void {
    this.session.end();
  }

  /** Offers a direction. @returns `<port> <direction>` of the answer, or the status */
  async offer(direction: Direction): Promise<string> {
    const outcome = await this.session.offer(this.#describe(direction));
    if ('status' in outcome) return String(outcome.status);
    this.#remote = outcome.sdp;
    return this.media;
  }

  /** Offers a fax in place of its audio. @returns the medium of the answer, or the status */
  async offerFax(): Promise<string> {
    const outcome = await this.session.offer(this.#describe('sendrecv', this.fax));
    if ('status' in outcome) return String(outcome.status);
    this.#remote = outcome.sdp;
    return /^m=.*$/m.exec(outcome.sdp)?.[0] ?? '';
  }

  /** Where the peer wants its media, and in which direction it sends them: `20002 sendrecv`. */
  get media(): string {
    return this.#remote === undefined ? '' : `${portIn(this.#remote)} ${directionsOf(this.#remote)[0] ?? 'none'}`;
  }

  /** The description of the peer. */
  get remote(): string {
    return this.#remote ?? '';
  }

  /** Whether it was answered and has not ended. */
  get isUp(): boolean {
    return this.log.includes('answered') && !this.isOver;
  }

  get isOver(): boolean {
    return this.log.some((each) => each.startsWith('ended') || each.startsWith('failed'));
  }

  /** The dialog as others name it to replace this phone's peer (RFC 3891 §3: the first tag is the platform's). */
  get dialog(): Replaces {
    const { callId = '', local = '', remote = '' } = this.session.stored() ?? {};
    return { callId, toTag: tagIn(remote), fromTag: tagIn(local), earlyOnly: false };
  }

  /** As `dialog`, while this phone rings. */
  get earlyDialog(): Replaces {
    const { callId = '', fromTag = '' } = this.invite ?? {};
    return { callId, toTag: fromTag, fromTag: this.#tag, earlyOnly: true };
  }

  readonly listener: SessionListener = {
    onProgress: ({ status, sdp }) => {
      this.#remote = sdp ?? this.#remote;
      this.log.push(String(status));
    },
    onAnswer: ({ sdp }) => {
      this.#remote = sdp ?? this.#remote;
      this.log.push('answered');
    },
    onFailure: (failure) => {
      this.failure = failure;
      this.log.push(`failed ${failure.status}`);
    },
    onAcknowledge: ({ sdp }) => {
      this.#remote = sdp ?? this.#remote;
      this.log.push('acknowledged');
    },
    onOffer: ({ sdp, respond }) => {
      this.log.push(sdp === undefined ? 'asked for an offer' : 'offer');
      this.#remote = sdp ?? this.#remote;
      const media = sdp !== undefined && hasFax(sdp) ? this.fax : undefined;
      respond({ sdp: this.#describe(sdp === undefined ? 'sendrecv' : this.#answering(), media) });
    },
    onInfo: ({ contentType, respond }) => {
      this.log.push(`info ${contentType}`);
      respond(200);
    },
    onRefer: (refer) => {
      this.refers.push(refer);
      this.report = refer.accept();
    },
    onEnd: ({ by }) => void this.log.push(`ended by ${by}`),
  };

  #answering(): Direction {
    return opposite[this.#remote === undefined ? 'sendrecv' : (directionsOf(this.#remote)[0] ?? 'sendrecv')];
  }
}

const portIn = (sdp: string): string => /^m=audio (\d+)/m.exec(sdp)?.[1] ?? '';

function tagIn(text: string): string {
  const read = parseAddress(text);
  return read instanceof Fault ? '' : (read.parameters.get('tag') ?? '');
}

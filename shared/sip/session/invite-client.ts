import { address, type Address } from '../address.ts';
import { newRequest } from '../build.ts';
import { dialogOfClient } from '../dialog/dialog.ts';
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import { SipRequest, type SipResponse } from '../message.ts';
import type { Flow } from '../transaction/layer.ts';
import type { Uri } from '../uri.ts';
import { mixedParts, sdpParts, usableSdp } from './body.ts';
import { acceptsUpdate, offerlessHeaders, sessionHeaders } from './capabilities.ts';
import { statusOf, type DialogClient } from './dialog-client.ts';
import { Exchange } from './exchange.ts';
import { LegSession } from './leg-session.ts';
import { Leg } from './leg.ts';
import { readReason, reasonHeaders } from './reason.ts';
import { raisedMin, refreshRequest } from './refresh.ts';
import type {
  EndReason,
  Failure,
  Invitation,
  OutgoingSession,
  RequestSender,
  SentRequest,
  SessionListener,
  StoredInvite,
} from './session.ts';
import { silentListener } from './silent-listener.ts';
import type { Surroundings } from './surroundings.ts';

/** Our PRACKs of the reliable provisional responses of one early dialog (RFC 3262 §4). */
class AcknowledgedProgress {
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

/** What an outgoing INVITE is made of. */
export type InviteClientParts<Path extends Flow> = {
  readonly invitation: Invitation;
  readonly sender: RequestSender;
  readonly listener: SessionListener;
  readonly surroundings: Surroundings<Path>;
  /** Called once when the INVITE is answered or has failed. */
  readonly onSettled: () => void;
};

/** One dialog of the INVITE. */
type Fork<Path extends Flow> = {
  readonly leg: Leg<Path>;
  readonly progress: AcknowledgedProgress;
  /** The answer of a reliable provisional response. */
  answer: string | undefined;
};

/** Early dialogs per INVITE; those of further To tags are ignored until they answer. */
const maxForks = 10;
/** Times that the INVITE is sent again: for a proxy, for the peer, for a stale nonce, or with a longer interval. */
const maxAttempts = 3;

/** The INVITE of a call that we place (RFC 3261 §13.2): the first fork that answers wins, others are ended. */
export class InviteClient<Path extends Flow> extends LegSession<Path> implements OutgoingSession {
  readonly callId: string;
  readonly #parts: InviteClientParts<Path>;
  readonly #forks = new Map<string, Fork<Path>>();
  #request: SipRequest;
  #sent: SentRequest | undefined;
  #state: 'calling' | 'answered' | 'failed' = 'calling';
  #answered: Leg<Path> | undefined;
  #attempts = 0;
  #isSilent = false;
  /** Whether it was sent again without the parts beside the description. */
  #isPlain = false;
  #stopRinging: () => void = () => undefined;
  #stopAwaiting: () => void = () => undefined;

  constructor(parts: InviteClientParts<Path>) {
    super();
    this.#parts = parts;
    this.callId = parts.surroundings.newTag();
    this.#request = inviteOf(parts.invitation, parts.surroundings, this.callId);
  }

  /** Sends the INVITE. */
  begin(): void {
    const { surroundings, invitation } = this.#parts;
    this.#stopRinging = surroundings.setTimer(invitation.timeout, () =>
      this.#cancel({ by: 'timer', status: 480, reason: 'No answer' }, { q850: 19 }),
    );
    if (invitation.progressTimeout !== undefined)
      this.#stopAwaiting = surroundings.setTimer(invitation.progressTimeout, () =>
        this.#cancel({ by: 'timer', status: 408, reason: 'No progress' }, { q850: 102 }),
      );
    this.#send(this.#request);
  }

  ringing(): StoredInvite | undefined {
    if (this.#state !== 'calling') return undefined;
    const dialogs = [...this.#forks.values()].flatMap(({ leg }) => leg.storedEarly() ?? []);
    return { ...this.#sent?.stored?.(), isCaller: true, dialogs };
  }

  protected override get leg(): Leg<Path> | undefined {
    return this.#answered;
  }

  end(reason: EndReason = {}): void {
    if (this.#state === 'answered') this.#answered?.end(reason);
    else this.#cancel({ by: 'us', status: 487, reason: 'Request Terminated' }, reason);
  }

  #send(request: SipRequest): void {
    this.#request = request;
    this.#sent = this.#parts.sender.request(request, {
      onResponse: (response) => this.#receive(request, response),
      onFailure: (failure) => this.#fail({ by: 'transport', status: statusOf(failure), reason: failure }),
      onSent: () => {
        if (this.#attempts === 0) this.#parts.listener.onSent?.();
      },
      onSilence: () => this.#noteSilence(true),
      onUnproven: () => this.#fail({ by: 'us', status: 403, reason: 'Not challenged', isUnproven: true }),
    });
    // The INVITE may have been cancelled before the sender returned.
    if (this.#state === 'failed') this.#sent.cancel();
  }

  #noteSilence(isSilent: boolean): void {
    if (this.#state !== 'calling' || this.#isSilent === isSilent) return;
    this.#isSilent = isSilent;
    this.#parts.listener.onSilence?.(isSilent);
  }

  #receive(request: SipRequest, response: SipResponse): void {
    if (response.status < 200) this.#noteSilence(false);
    if (response.status >= 180 && response.status < 200) this.#stopAwaiting();
    if (response.status >= 300) this.#reject(request, response);
    else if (response.status >= 200) this.#answer(request, response);
    else if (response.status > 100 && this.#state === 'calling') this.#progress(request, response);
  }

  #progress(request: SipRequest, response: SipResponse): void {
    const fork = this.#forkOf(request, response);
    const order = fork?.progress.receive(response, request) ?? 'unreliable';
    if (order === 'ignored') return;
    const sdp = usableSdp(response);
    if (order === 'next') answerEarly(fork, sdp);
    this.#parts.listener.onProgress({ status: response.status, ...(sdp === undefined ? {} : { sdp }) });
    fork?.leg.renegotiation.proceed();
  }

  /** The early dialog of a provisional response, if it has one. */
  #forkOf(request: SipRequest, response: SipResponse): Fork<Path> | undefined {
    const { toTag } = response;
    if (toTag === undefined) return undefined;
    return this.#forks.get(toTag) ?? (this.#forks.size < maxForks ? this.#fork(request, response) : undefined);
  }

  /** The dialog of a response; undefined if it cannot have one. */
  #fork(request: SipRequest, response: SipResponse): Fork<Path> | undefined {
    const { sender, invitation, listener, surroundings } = this.#parts;
    const dialog = dialogOfClient(request, response);
    if (dialog instanceof Fault) return undefined;
    const leg = new Leg<Path>({
      dialog: { ...dialog, state: 'early' },
      state: 'early',
      isCaller: true,
      sender,
      contact: invitation.contact,
      digest: invitation.digest,
      listener: this.#state === 'calling' ? listener : silentListener,
      session: this,
      surroundings,
      exchange: new Exchange(invitation.sdp === undefined ? 'none' : 'local offer', invitation.sdp),
      peerUpdates: acceptsUpdate(response.headers),
      onEarlyBye: () => this.#forks.delete(response.toTag ?? ''),
    });
    const fork: Fork<Path> = { leg, progress: new AcknowledgedProgress(leg.client), answer: undefined };
    this.#forks.set(response.toTag ?? '', fork);
    return fork;
  }

  #answer(request: SipRequest, response: SipResponse): void {
    const fork = this.#forks.get(response.toTag ?? '') ?? this.#fork(request, response);
    if (fork === undefined) this.#fail(failureOf(response, 502));
    else if (fork.leg.state === 'early') this.#confirm(request, response, fork);
    else fork.leg.acknowledgements.repeat(request);
  }

  #confirm(request: SipRequest, response: SipResponse, { leg, answer }: Fork<Path>): void {
    leg.confirm(response);
    const sdp = answer ?? usableSdp(response);
    if (this.#state === 'calling' && sdp !== undefined) this.#accept(request, leg, sdp);
    else this.#endUnwanted(request, response, leg);
  }

  #accept(request: SipRequest, leg: Leg<Path>, sdp: string): void {
    const { invitation, listener } = this.#parts;
    if (invitation.sdp === undefined) leg.exchange.apply('receive offer', sdp);
    else leg.exchange.apply('receive answer');
    if (invitation.sdp === undefined) leg.acknowledgements.wait(request, sdp);
    else leg.acknowledgements.send(request);
    this.#settle('answered');
    this.#answered = leg;
    this.#dropForks(leg);
    listener.onAnswer({ sdp });
    leg.renegotiation.proceed();
  }

  /**
   * A 2xx after the session has another one, or has failed (RFC 3261 §13.2.2.4: ACK, then BYE); or one without a
   * session description, which is no answer.
   */
  #endUnwanted(request: SipRequest, response: SipResponse, leg: Leg<Path>): void {
    leg.discard(request);
    this.#fail(failureOf(response, 488), leg);
  }

  #reject(request: SipRequest, response: SipResponse): void {
    if (this.#state !== 'calling') return;
    const again = this.#attempts < maxAttempts ? this.#nextAttempt(request, response) : undefined;
    this.#attempts += 1;
    if (again === undefined || again instanceof Fault) this.#fail(failureOf(response));
    else this.#send(again);
  }

  /**
   * The INVITE that answers a challenge, has the session interval that the peer demands (RFC 4028 §7.3), or has no
   * other parts than the description, for a peer that may not read them.
   */
  #nextAttempt(request: SipRequest, response: SipResponse): SipRequest | Fault | undefined {
    const { parts = [], sdp } = this.#parts.invitation;
    if (parts.length > 0 && !this.#isPlain && unreadStatuses.includes(response.status)) {
      this.#isPlain = true;
      return withDescriptionOnly(request, sdp);
    }
    const min = response.status === 422 ? raisedMin(response.headers) : undefined;
    if (min === undefined) return this.#parts.invitation.digest?.answer(request, response);
    let { headers } = request;
    for (const { key } of [header.sessionExpires, header.minSessionExpires]) headers = headers.without({ key });
    const cseq = { sequence: request.cseq.sequence + 1, method: 'INVITE' };
    return request.with(new Headers([...headers.with(header.cseq, cseq), ...refreshRequest(undefined, min)]));
  }

  #cancel(failure: Failure, reason: EndReason): void {
    if (this.#state !== 'calling') return;
    this.#sent?.cancel(reasonHeaders(reason));
    this.#fail(failure);
  }

  #fail(failure: Failure, unwanted?: Leg<Path>): void {
    if (this.#state !== 'calling') return;
    this.#settle('failed');
    this.#dropForks(unwanted);
    this.#parts.listener.onFailure(failure);
  }

  #settle(state: 'answered' | 'failed'): void {
    this.#state = state;
    this.#stopRinging();
    this.#stopAwaiting();
    this.#parts.onSettled();
  }

  /** Ends the other early dialogs (RFC 3261 §13.2.2.3, §13.2.2.4). If one of them answers, it is a new one. */
  #dropForks(except?: Leg<Path>): void {
    for (const [tag, { leg }] of this.#forks) {
      if (leg === except) continue;
      this.#forks.delete(tag);
      leg.drop();
    }
  }
}

/** RFC 3262 §5: a description in a reliable response is the answer. One in another is a preview. */
function answerEarly<Path extends Flow>(fork: Fork<Path> | undefined, sdp: string | undefined): void {
  if (fork === undefined || sdp === undefined || fork.answer !== undefined) return;
  fork.leg.exchange.apply('receive answer');
  fork.answer = sdp;
}

function inviteOf(
  invitation: Invitation,
  { headers: added, newTag }: Pick<Surroundings<Flow>, 'headers' | 'newTag'>,
  callId: string,
): SipRequest {
  const { uri, from, to, contact, routes, maxForwards, sdp, parts = [] } = invitation;
  const headers = new Headers([
    ...(sdp === undefined ? offerlessHeaders : sessionHeaders),
    ...refreshRequest(undefined),
    ...added,
    ...(invitation.headers ?? []),
  ]).append(header.contact, address(contact));
  return newRequest({
    method: 'INVITE',
    uri,
    from: { ...from, parameters: from.parameters.with('tag', newTag()) },
    to,
    callId,
    sequence: 1,
    ...(routes === undefined ? {} : { route: routes }),
    ...(maxForwards === undefined ? {} : { maxForwards }),
    ...mixedParts(headers, sdp, parts),
  });
}

/** The seconds of a Retry-After, which may have a comment and parameters (RFC 3261 §20.33). */
function secondsOf(value: string | Fault | undefined): number | undefined {
  const seconds = typeof value === 'string' ? Number.parseInt(value, 10) : NaN;
  return Number.isSafeInteger(seconds) && seconds >= 0 ? seconds : undefined;
}

/** How a peer may reject a body of several parts. */
const unreadStatuses: readonly number[] = [400, 413, 415, 488, 606];

/** The same INVITE with its description alone, and without the headers that refer to other parts (RFC 2392). */
function withDescriptionOnly(request: SipRequest, sdp: string | undefined): SipRequest {
  const kept = new Headers([...request.headers].filter(({ value }) => !/<cid:/i.test(value)));
  const cseq = { sequence: request.cseq.sequence + 1, method: 'INVITE' };
  const { headers, body } = sdpParts(kept.without(header.contentType).with(header.cseq, cseq), sdp);
  return new SipRequest('INVITE', request.uri, headers, body);
}

const isRedirection = (status: number): boolean => status >= 300 && status < 400;

/** Contacts of a redirection that are of use at most. */
const maxContacts = 5;

/** RFC 3261 §8.1.3.4: those with the highest q first. */
function contactsOf({ headers }: SipResponse): readonly Uri[] {
  const contacts = headers.all(header.contact);
  if (contacts instanceof Fault) return [];
  return contacts
    .flatMap((contact) => (contact === '*' ? [] : [contact]))
    .slice(0, maxContacts)
    .toSorted((one, other) => qOf(other) - qOf(one))
    .map(({ uri }) => uri);
}

/** 1 without a number from 0 to 1. */
function qOf({ parameters }: Address): number {
  const q = Number(parameters.get('q') ?? 1);
  return q >= 0 && q <= 1 ? q : 1;
}

/** @param status instead of the response's, if that is a 2xx which is of no use */
function failureOf(response: SipResponse, status: number = response.status): Failure {
  const { q850 } = readReason(response.headers);
  const retryAfter = secondsOf(response.headers.first(header.retryAfter));
  return {
    by: 'peer',
    status,
    reason: status === response.status ? response.reason : 'Unusable answer',
    headers: response.headers,
    ...(q850 === undefined ? {} : { q850 }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(isRedirection(status) ? { contacts: contactsOf(response) } : {}),
  };
}

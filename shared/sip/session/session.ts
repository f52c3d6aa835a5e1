/**
 * Sessions: one leg of a call, with the INVITE transactions, dialogs and offer/answer state with one peer (RFC 3261
 * §13 to §15). Transactions are inside; session descriptions (SDP) are texts that pass. These are the types; `Sessions`
 * in `sessions.ts` is the entry.
 */
import type { Address } from '../address.ts';
import type { DigestClient } from '../digest/client.ts';
import type { Headers } from '../headers.ts';
import type { BodyPart } from '../multipart.ts';
import type { SipRequest, SipResponse } from '../message.ts';
import type { ClientListener } from '../transaction/client.ts';
import type { Flow } from '../transaction/layer.ts';
import type { ServerTransaction } from '../transaction/server.ts';
import type { Uri } from '../uri.ts';
import type { Refresh } from './refresh.ts';

/** A sent request. `cancel` sends a CANCEL as soon as RFC 3261 §9.1 allows; later calls and other methods ignore it. */
export type SentRequest = {
  readonly cancel: (headers?: Headers) => void;
  /** The INVITE as it was sent, and its path, for the task that cancels it; absent: no other task can. */
  readonly stored?: () => Pick<StoredInvite, 'head' | 'path'> | undefined;
};

/** What a sender reports of a request. */
export type SenderListener = ClientListener & {
  /** The request leaves, after its first server was found and connected to. */
  readonly onSent?: () => void;
  /**
   * The server has taken an INVITE without asking for credentials, which this sender demands. The INVITE is
   * cancelled, and of its responses only a 2xx is reported.
   */
  readonly onUnproven?: () => void;
};

/**
 * How requests of a session reach the peer: on the flow of a phone, or by DNS to the servers of a gateway in turn. Adds
 * our Via with a new branch.
 */
export type RequestSender = {
  /**
   * Sends a request in a client transaction. The listener may be called synchronously. After `onFailure` only a 2xx of
   * an INVITE may still be reported: the session ends it. A sender that tries several servers reports the outcome of
   * the last one, and every 2xx of all.
   */
  readonly request: (request: SipRequest, listener: SenderListener) => SentRequest;
  /** Sends the ACK of a 2xx, which has no transaction. Called again for each repeated 2xx. */
  readonly acknowledge: (ack: SipRequest) => void;
  /**
   * Whether the present response comes from an address at which the first INVITE was answered. Only there are
   * challenges within the dialog answered whatever its Contact is, which may be anyone's.
   */
  readonly isAtPeer?: () => boolean;
  /** As JSON, for the task that takes the session over; absent: no other task can send as this one. */
  readonly stored?: () => StoredSender;
  /** Who sends the requests of the peer, as only the owner of the sender knows. */
  readonly speaker?: object;
};

/** Where a dialog leads: the sender of its session, and the URI to which its requests go (RFC 3261 §12.2.1.1). */
export type DialogRoute = { readonly sender: RequestSender; readonly nextHop: Uri };

/** How requests reach a peer, as JSON that only the owner of the sender reads. */
export type StoredSender = Readonly<Record<string, unknown>>;

/** Why a session is ended: header Reason (RFC 3326), or the status of a rejection. */
export type EndReason = {
  /** Status of the response that rejects an incoming INVITE. Default: 480. In a CANCEL or BYE: `SIP;cause=…`. */
  readonly status?: number | undefined;
  /** Cause of ITU-T Q.850: `Q.850;cause=…`. */
  readonly q850?: number | undefined;
  readonly text?: string | undefined;
};

/**
 * Who ended a session, and the causes of its Reason headers. `timer`: no ACK, PRACK or answer in time, or the session
 * timer expired; `transport`: a request within the dialog could not be sent.
 */
export type SessionEnd = EndReason & { readonly by: 'peer' | 'us' | 'timer' | 'transport' };

/**
 * Why an outgoing INVITE failed. Status: of the response, also 3xx, which are not followed; 408 without a response; 503
 * if it could not be sent; with `by: 'timer'` 480 after the ring time, and 408 without a 18x in time; 487 after `end`.
 */
export type Failure = {
  readonly by: SessionEnd['by'];
  readonly status: number;
  readonly reason: string;
  /** Cause of ITU-T Q.850 of the header Reason. */
  readonly q850?: number;
  /** Seconds. */
  readonly retryAfter?: number;
  /** Those of the response. */
  readonly headers?: Headers;
  /** Where a 3xx sends the call on: its first Contacts, those with the highest q first. */
  readonly contacts?: readonly Uri[];
  /** Whether the sender demanded that the server asks for credentials, and it did not. */
  readonly isUnproven?: true;
};

/** The dialog that an INVITE or a REFER names to be replaced (RFC 3891). Tags as the one who names them sees them. */
export type Replaces = {
  readonly callId: string;
  readonly toTag: string;
  readonly fromTag: string;
  readonly earlyOnly: boolean;
};

/** An offer of the peer within the dialog (re-INVITE, UPDATE, PRACK). */
export type PeerOffer = {
  /** Undefined: the peer asks for an offer of ours, and its answer comes by `onAcknowledge`. */
  readonly sdp: string | undefined;
  /** Our answer to its last offer, which this one repeats: nothing is renegotiated. Absent: something is. */
  readonly agreed?: string;
  /** Aborted when the peer cancels it, or has got no answer in time: then `respond` is ignored. */
  readonly withdrawn: AbortSignal;
  /** Call it once; later calls are ignored. `sdp`: accepted with this answer or offer. `status`: rejected. */
  readonly respond: (answer: { readonly sdp: string } | { readonly status: number }) => void;
};

/** An INFO of the peer (RFC 6086), such as `application/dtmf-relay`. */
export type InfoRequest = {
  /** In lower case without parameters; '' without body. */
  readonly contentType: string;
  readonly body: Buffer;
  readonly respond: (status: number) => void;
};

/** A REFER of the peer (RFC 3515). Call `accept` or `reject` once. */
export type PeerRefer = {
  /** Without headers. */
  readonly to: Uri;
  readonly replaces?: Replaces;
  readonly referredBy?: Address;
  /**
   * Sends 202. @returns the function that reports the progress of the reference to the peer by NOTIFY; a status of 200
   * or more is the last one
   */
  readonly accept: () => (status: number) => void;
  readonly reject: (status: number, headers?: Headers) => void;
};

/**
 * The user of a session. Each session ends with exactly one call of `onFailure` (an outgoing one that was not answered)
 * or `onEnd` (any other), also if `end` ends it: then the call comes before `end` returns. No other calls follow.
 */
export type SessionListener = {
  /** 101 to 199 of an outgoing INVITE. sdp: early media; with several forks, of any of them. */
  readonly onProgress: (progress: { readonly status: number; readonly sdp?: string }) => void;
  /**
   * The first 2xx of an outgoing INVITE. sdp: the answer; or the offer if the INVITE had none: then call `acknowledge`.
   */
  readonly onAnswer: (answer: { readonly sdp?: string }) => void;
  readonly onFailure: (failure: Failure) => void;
  /** An outgoing INVITE leaves for the first time. */
  readonly onSent?: () => void;
  /** An outgoing INVITE has had no response for 4 s, not even 100; false: it has one after all. */
  readonly onSilence?: (isSilent: boolean) => void;
  /** The ACK of our 2xx, or the PRACK of our 18x. sdp: the peer's answer, if the response had an offer. */
  readonly onAcknowledge: (acknowledgement: { readonly sdp?: string }) => void;
  readonly onOffer: (offer: PeerOffer) => void;
  readonly onInfo: (request: InfoRequest) => void;
  readonly onRefer: (refer: PeerRefer) => void;
  readonly onEnd: (end: SessionEnd) => void;
  /** The peer has sent a request or a response within the dialog; also after its end. */
  readonly onSign?: () => void;
};

/** The result of an offer of ours: the answer, the peer's offer if we sent none, or the status that rejected it. */
export type OfferOutcome = { readonly sdp: string } | { readonly status: number };

/** What every session can do. Calls after its end are ignored. */
export type Session = {
  /** Call-ID of its dialog. */
  readonly callId: string;
  /** Ends it as its state demands: CANCEL, rejection, or BYE (RFC 3261 §15), which may be sent later. */
  readonly end: (reason?: EndReason) => void;
  /**
   * Offers by re-INVITE; an incoming session before its answer by UPDATE, after a reliable response (RFC 3311). Waits
   * for other offers; a collision (491) is retried (RFC 3261 §14.1). Never rejects; {status: 487} if there is no
   * dialog, or the session ends first.
   * @param sdp undefined asks the peer for an offer: call `acknowledge` with the answer then
   * @param withdrawn takes the offer back: it is cancelled (RFC 3261 §9.1), and its outcome is a status. A peer that
   * accepts it at the same time gets the description that held before
   */
  readonly offer: (sdp: string | undefined, withdrawn?: AbortSignal) => Promise<OfferOutcome>;
  /** Sends the ACK with our answer, after an INVITE or re-INVITE without offer. */
  readonly acknowledge: (sdp: string) => void;
  /** Sends an INFO. @param contentType '' without a body @returns the status of its response */
  readonly info: (contentType: string, body: Buffer) => Promise<number>;
  /**
   * Asks the peer to call another party (RFC 3515).
   * @param onProgress receives each status that the peer reports by NOTIFY; 200 or more is the last one
   * @returns the status of the response to the REFER
   */
  readonly refer: (refer: Reference, onProgress: (status: number) => void) => Promise<number>;
  /** Where its dialog leads; undefined before there is one. */
  readonly route: DialogRoute | undefined;
  /** Our description that holds, with its keys of SRTP; undefined before there is one. It may be offered again. */
  readonly described: string | undefined;
  /** Its dialog, for a take-over by another task; undefined before the answer and after the end. */
  readonly stored: () => StoredSession | undefined;
  /** Its INVITE, for a task that ends it; undefined after the final response. Absent: it has none. */
  readonly ringing?: () => StoredInvite | undefined;
  /** Whether it is answered, and no offer, ACK or REFER is in progress: then another task can go on with it. */
  readonly isIdle: boolean;
  /** Whether an offer of the peer waits for its answer: one of ours would wait for it. */
  readonly isOffered: boolean;
  /** Resolves when its dialog is over, and a BYE of ours is answered or given up; at once before the answer. */
  readonly gone: Promise<unknown>;
  /** Forgets an idle session, with which another task goes on: nothing is sent, and the listener is not called. */
  readonly handOver: () => void;
  /**
   * Tells the peer our Contact, which is another one after a take-over (RFC 3261 §12.2, target refresh).
   * @param attempts UPDATEs without a response after which the session ends; default: 1
   */
  readonly refreshTarget: (attempts?: number) => void;
};

/** Whom a REFER of ours names. */
export type Reference = { readonly to: Uri; readonly replaces?: Replaces; readonly referredBy?: Address };

/** A call that we place. */
export type OutgoingSession = Session;

/** A call that we receive. */
export type IncomingSession = Session & {
  /** The offer of the INVITE; undefined if it had none: then the answer or a reliable 18x must have our offer. */
  readonly offered: string | undefined;
  /** Sends 101 to 199, reliably if the peer demands it (RFC 3262). */
  readonly progress: (status: number, sdp?: string) => void;
  /**
   * Sends 200 and repeats it until the ACK arrives. Without it, or another request of the peer, in 2 s the session ends
   * with a BYE: RFC 3261 §13.3.1.4 would wait for 32 s, in which a forged INVITE has a call.
   */
  readonly answer: (sdp: string) => void;
  /** Sends 300 to 699. @param reason default: the phrase of the status */
  readonly reject: (status: number, headers?: Headers, reason?: string) => void;
};

/** The INVITE of a call that we place. */
export type Invitation = {
  readonly uri: Uri;
  /** Its tag is added. */
  readonly from: Address;
  readonly to: Address;
  /** Our address for the peer's requests within the dialog. */
  readonly contact: Uri;
  /** Further headers, such as P-Asserted-Identity. */
  readonly headers?: Headers;
  /** Undefined: the peer is asked for an offer. */
  readonly sdp?: string | undefined;
  /** Parts of its body beside the description. Default: none. */
  readonly parts?: readonly BodyPart[];
  readonly routes?: readonly Address[];
  readonly maxForwards?: number;
  /** Ring time in milliseconds: without a final response by then it is cancelled. */
  readonly timeout: number;
  /** Milliseconds without a 18x after which it is cancelled. Default: no limit besides the ring time. */
  readonly progressTimeout?: number;
  /** Answers the challenges of the peer. */
  readonly digest?: Pick<DigestClient, 'answer'>;
};

/** An INVITE that we received. */
export type ReceivedInvite<Path extends Flow> = {
  readonly request: SipRequest;
  readonly transaction: ServerTransaction<Path>;
  /** Sends our requests within the dialog. */
  readonly sender: RequestSender;
  readonly contact: Uri;
  /** Answers the challenges of the peer within the dialog. */
  readonly digest?: Invitation['digest'];
  /** Whether nothing but its address identifies the caller, which over UDP anyone may write. */
  readonly mayBeForged?: boolean;
};

/** A dialog as JSON: URIs and addresses as texts. */
export type StoredSession = {
  readonly callId: string;
  readonly local: string;
  readonly remote: string;
  readonly target: string;
  readonly routes: readonly string[];
  readonly localSequence: number | null;
  readonly remoteSequence: number | null;
  readonly contact: string;
  /** Whether we sent the INVITE. */
  readonly isCaller: boolean;
  /** The session description that we sent last, without keys of SRTP; null if none. */
  readonly sdp: string | null;
  readonly peerUpdates: boolean;
  /** Session timer (RFC 4028); null if there is none. */
  readonly timer: Refresh | null;
  /** Absent: the peer is reached on a connection of the task only. */
  /** Of its sender. */
  readonly way?: StoredSender | undefined;
};

/** An INVITE without final response as JSON, for another task, which ends it. */
export type StoredInvite = {
  /** What its CANCEL, ACK or response is made of: start line and headers, as text. Absent: it is answered. */
  readonly head?: string;
  /** How it was sent, or came. */
  readonly path?: StoredSender;
  /** Whether we sent it. */
  readonly isCaller: boolean;
  /** Its dialogs: the early ones, or that of its answer. */
  readonly dialogs: readonly StoredSession[];
};

/** An INVITE of another task that is ended. */
export type LostInvite = {
  readonly invite: SipRequest;
  readonly dialogs: readonly StoredSession[];
  /** Sends within its dialogs. */
  readonly sender: RequestSender;
  /** Goes on with its transaction. */
  readonly resume: (listener: ClientListener) => SentRequest | undefined;
  readonly digest?: Invitation['digest'];
  readonly reason: EndReason;
};

/** The sessions of a task, as class `Sessions` offers them. The caller judges whether a request comes from the peer. */
export type SessionTable<Path extends Flow> = {
  /** Whether a message belongs to one of the dialogs. */
  readonly has: (message: SipRequest | SipResponse) => boolean;
  /**
   * Takes a request within a dialog: one with a To tag, answered 481 if its dialog is unknown. @returns false for a
   * request outside dialogs, which is the caller's
   */
  readonly receive: (request: SipRequest, transaction: ServerTransaction<Path>) => boolean;
  /** Where the dialog of a request leads. */
  readonly routeOf: (request: SipRequest) => DialogRoute | undefined;
  /** The sender of the session to which an INVITE in progress belongs. */
  readonly senderOfInvite: (transaction: ServerTransaction<Path>) => RequestSender | undefined;
  readonly onAck: (ack: SipRequest) => void;
  /** @returns false if the INVITE is of no session; then the caller answers it with 487 */
  readonly onCancel: (transaction: ServerTransaction<Path>, cancel?: SipRequest) => boolean;
  /** A 2xx whose INVITE has ended is acknowledged again. @returns false if it is of no dialog that is known */
  readonly onStrayResponse: (response: SipResponse) => boolean;
  readonly onServerFailure: (transaction: ServerTransaction<Path>) => void;
  /** Places a call. @returns undefined at the limit of sessions */
  readonly invite: (
    invitation: Invitation,
    sender: RequestSender,
    listener: SessionListener,
  ) => OutgoingSession | undefined;
  /**
   * Takes a received INVITE. It gets 100 only if it has had no other response for 200 ms, or by `trying`: who has 100
   * does not repeat its INVITE, also if we die before the call is stored.
   * @returns undefined if it was rejected: 400, 422, 488, or 503 at the limit of sessions
   */
  readonly accept: (invite: ReceivedInvite<Path>, listener: SessionListener) => IncomingSession | undefined;
  /**
   * The session that a header Replaces names (RFC 3891 §3), from our side: `toTag` is ours; or the status of the
   * response that rejects the request.
   */
  readonly replaced: (replaces: Replaces) => Session | { readonly status: 481 | 486 | 603 };
  /** A session of another task. @returns undefined at the limit of sessions, or if the text is malformed */
  readonly restore: (
    stored: StoredSession,
    sender: RequestSender,
    listener: SessionListener,
    digest?: Invitation['digest'],
  ) => Session | undefined;
  /**
   * Cancels an INVITE that a task which is gone has sent. Where it has been answered, its dialog is ended.
   * @returns resolves when the peer has confirmed it, or does not answer
   */
  readonly abandon: (lost: LostInvite) => Promise<unknown>;
  /** Sessions and dialogs that are not over, with those whose BYE is not answered yet. */
  readonly size: number;
};

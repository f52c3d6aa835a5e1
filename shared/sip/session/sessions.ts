import type { ResponseParts } from '../build.ts';
import { sdpFault } from '../sdp/sdp.ts';
import { sdpOf } from './body.ts';
import { dialogKeyOf, dialogKeyOfRequest, dialogKeyOfResponse } from '../dialog/dialog.ts';
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import type { SipRequest, SipResponse } from '../message.ts';
import type { Flow } from '../transaction/layer.ts';
import type { ServerTransaction } from '../transaction/server.ts';
import { abandonInvite } from './abandoned-invite.ts';
import { InviteClient } from './invite-client.ts';
import { InviteServer } from './invite-server.ts';
import { isAlive } from './leg-states.ts';
import type { Leg } from './leg.ts';
import { isAnswer } from './stray-answer.ts';
import { readReason } from './reason.ts';
import { refreshRejection } from './refresh.ts';
import { RestoredSession } from './restored-session.ts';
import { restoreDialog } from './stored-dialog.ts';
import type {
  DialogRoute,
  IncomingSession,
  Invitation,
  LostInvite,
  OutgoingSession,
  ReceivedInvite,
  EndReason,
  Replaces,
  Session,
  SessionListener,
  SessionTable,
  StoredSession,
  RequestSender,
} from './session.ts';
import type { Surroundings, Watch } from './surroundings.ts';

/** What the sessions of a task depend on. */
export type SessionsParts = Pick<Surroundings<Flow>, 'setTimer' | 'timers' | 'newTag' | 'random' | 'headers'> & {
  /** Sessions at most; further INVITEs are rejected with 503. */
  readonly max: number;
};

/** Seconds after which a call that was rejected for lack of room may be tried again. */
const retryAfter = '5';

/** The sessions of a task: finds the dialog of each request, and bounds their number. */
export class Sessions<Path extends Flow> implements SessionTable<Path> {
  readonly #parts: SessionsParts;
  readonly #surroundings: Surroundings<Path>;
  readonly #legs = new Map<string, Leg<Path>>();
  /** INVITEs that are neither answered nor rejected. */
  readonly #pending = new Set<InviteClient<Path> | InviteServer<Path>>();
  readonly #watched = new Map<ServerTransaction<Path>, Watch>();

  constructor(parts: SessionsParts) {
    this.#parts = parts;
    this.#surroundings = {
      ...parts,
      add: (key, leg) => void this.#legs.set(key, leg),
      remove: (key) => void this.#legs.delete(key),
      watch: (transaction, watch) => {
        this.#watched.set(transaction, watch);
        return () => void this.#watched.delete(transaction);
      },
    };
  }

  get size(): number {
    return this.#legs.size + this.#pending.size;
  }

  /** Whether a message belongs to a dialog of these sessions. */
  has(message: SipRequest | SipResponse): boolean {
    return this.#legs.has(message.kind === 'request' ? dialogKeyOfRequest(message) : dialogKeyOfResponse(message));
  }

  routeOf(request: SipRequest): DialogRoute | undefined {
    return this.#legs.get(dialogKeyOfRequest(request))?.route;
  }

  senderOfInvite(transaction: ServerTransaction<Path>): RequestSender | undefined {
    return this.#watched.get(transaction)?.sender;
  }

  receive(request: SipRequest, transaction: ServerTransaction<Path>): boolean {
    if (request.toTag === undefined) return false;
    const leg = this.#legs.get(dialogKeyOfRequest(request));
    // RFC 3261 §12.2.2.
    if (leg === undefined) transaction.respondOnce([{ status: 481 }]);
    else {
      transaction.beStateful();
      leg.receive(request, transaction);
    }
    return true;
  }

  onAck(ack: SipRequest): void {
    this.#legs.get(dialogKeyOfRequest(ack))?.receiveAck(ack);
  }

  onCancel(transaction: ServerTransaction<Path>, cancel?: SipRequest): boolean {
    const watch = this.#watched.get(transaction);
    watch?.onCancel('peer', cancel === undefined ? {} : reasonOfCancel(cancel));
    return watch !== undefined;
  }

  onServerFailure(transaction: ServerTransaction<Path>): void {
    this.#watched.get(transaction)?.onCancel('transport');
  }

  onStrayResponse(response: SipResponse): boolean {
    const leg = this.#legs.get(dialogKeyOfResponse(response));
    if (isAnswer(response)) leg?.acknowledgements.resend(response.cseq.sequence);
    return leg !== undefined;
  }

  invite(invitation: Invitation, sender: RequestSender, listener: SessionListener): OutgoingSession | undefined {
    if (this.size >= this.#parts.max) return undefined;
    const session = new InviteClient<Path>({
      invitation,
      sender,
      listener,
      surroundings: this.#surroundings,
      onSettled: () => void this.#pending.delete(session),
    });
    this.#pending.add(session);
    session.begin();
    return session;
  }

  accept(invite: ReceivedInvite<Path>, listener: SessionListener): IncomingSession | undefined {
    const { request, transaction } = invite;
    const rejection = this.#rejectionOf(request);
    if (rejection !== undefined) {
      transaction.respond(rejection);
      return undefined;
    }
    const session: InviteServer<Path> = new InviteServer<Path>({
      invite,
      listener,
      surroundings: this.#surroundings,
      onSettled: () => void this.#pending.delete(session),
    });
    this.#pending.add(session);
    return session;
  }

  #rejectionOf({ headers, body }: SipRequest): ResponseParts | undefined {
    if (this.size >= this.#parts.max)
      return { status: 503, headers: Headers.none.append(header.retryAfter, retryAfter) };
    const [contact, routes] = [headers.first(header.contact), headers.all(header.recordRoute)];
    // RFC 3261 §8.1.1.8.
    if (contact === undefined || contact === '*') return { status: 400, reason: 'Contact: Missing' };
    if (contact instanceof Fault) return { status: 400, reason: contact.reason };
    if (routes instanceof Fault) return { status: 400, reason: routes.reason };
    const tooBrief = refreshRejection(headers);
    if (tooBrief !== undefined) return tooBrief;
    const sdp = sdpOf({ headers, body });
    const fault = sdp === undefined ? undefined : sdpFault(sdp);
    return fault === undefined ? undefined : { status: 488, reason: fault.reason };
  }

  replaced({ callId, toTag, fromTag, earlyOnly }: Replaces): Session | { readonly status: 481 | 486 | 603 } {
    const leg = this.#legs.get(dialogKeyOf(callId, toTag, fromTag));
    // RFC 3891 §3: no dialog, or an early one that we did not begin.
    if (leg === undefined || (leg.state === 'early' && !leg.isCaller)) return { status: 481 };
    if (!isAlive(leg.state)) return { status: 603 };
    return earlyOnly && leg.state !== 'early' ? { status: 486 } : leg.session;
  }

  restore(
    stored: StoredSession,
    sender: RequestSender,
    listener: SessionListener,
    digest?: Invitation['digest'],
  ): Session | undefined {
    const restored = restoreDialog(stored);
    if (restored instanceof Fault || this.size >= this.#parts.max) return undefined;
    return new RestoredSession<Path>(restored, { sender, listener, digest, surroundings: this.#surroundings });
  }

  abandon(lost: LostInvite): Promise<unknown> {
    return abandonInvite(lost, this.#surroundings);
  }
}

/** RFC 3326 §2: another phone has answered. Nothing else that a CANCEL says is a status of ours. */
function reasonOfCancel({ headers }: SipRequest): EndReason {
  const reason = readReason(headers);
  return reason.status === 200 ? reason : {};
}

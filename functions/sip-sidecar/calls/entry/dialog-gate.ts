import type { SipRequest } from '#sip/message.ts';
import type { DialogRoute, RequestSender } from '#sip/session/session.ts';
import type { AnyAccountItem } from '#functions/telephony/rows/sip-account.ts';
import { notRegisteredHere } from '../../registrar/registrar.ts';
import type { Transaction } from '../../stack/request-handler.ts';
import { remoteKey, type TransactionFlow } from '../../stack/transaction-flow.ts';
import type { Uses } from '../running/context.ts';
import { rejectionsOf } from './admission.ts';
import { acknowledgesFrom, Speaker, speaksFrom } from '../legs/speaker.ts';
import { type Phone } from '../directory/directory.ts';

type GateContext = Uses<{
  sessions: 'routeOf' | 'senderOfInvite' | 'receive' | 'onAck';
  authenticate: true;
  locate: true;
  mayChallenge: true;
  fault: true;
}>;

const speakerOf = (sender: RequestSender | undefined): Speaker | undefined =>
  sender?.speaker instanceof Speaker ? sender.speaker : undefined;

type Received = { readonly request: SipRequest; readonly transaction: Transaction };

/**
 * Passes the requests within dialogs to their sessions, if they come from where the peer is: who has only seen a dialog
 * ends, holds and transfers nothing. A phone that is elsewhere must prove its password; others get 481, as if there was
 * no dialog.
 */
export class DialogGate {
  readonly #context: GateContext;

  constructor(context: GateContext) {
    this.#context = context;
  }

  /** @returns false for a request outside of dialogs, which is the caller's */
  receive(request: SipRequest, transaction: Transaction): boolean {
    const { sessions, fault } = this.#context;
    const route = request.toTag === undefined ? undefined : sessions.routeOf(request);
    const speaker = speakerOf(route?.sender);
    if (route === undefined) return sessions.receive(request, transaction);
    if (speaker !== undefined && speaksFrom(transaction.flow.flow, speaker.places))
      return this.#receive(speaker, { request, transaction });
    this.#admit(speaker, route, { request, transaction }).catch((error: unknown) => {
      fault(error);
      transaction.respondOnce([{ status: 500 }]);
    });
    return true;
  }

  /** The ACK of a 2xx. From elsewhere it is no ACK. */
  onAck(ack: SipRequest, { flow }: TransactionFlow): void {
    const { sessions, fault } = this.#context;
    const route = sessions.routeOf(ack);
    const speaker = speakerOf(route?.sender);
    if (route === undefined || speaker === undefined) return;
    if (acknowledgesFrom(flow, speaker.places)) sessions.onAck(ack);
    else
      speaker
        .lookUp(route.nextHop)
        .then((places) => (acknowledgesFrom(flow, places) ? sessions.onAck(ack) : undefined), fault);
  }

  /** Whether a CANCEL, or an ACK with its branch, comes from where an INVITE came from. */
  isOfSource(invite: Transaction, { flow }: TransactionFlow): boolean {
    if (remoteKey(flow) === remoteKey(invite.flow.flow)) return true;
    const speaker = speakerOf(this.#context.sessions.senderOfInvite(invite));
    return speaker !== undefined && speaksFrom(flow, speaker.places);
  }

  async #admit(speaker: Speaker | undefined, { nextHop }: DialogRoute, received: Received): Promise<void> {
    const { transaction } = received;
    const { flow } = transaction.flow;
    const isFound = speaker !== undefined && speaksFrom(flow, await speaker.lookUp(nextHop));
    if (!isFound) {
      if (speaker?.phone === undefined) transaction.respondOnce([{ status: 481 }]);
      if (speaker?.phone === undefined || !(await this.#isProven(speaker.phone, received))) return;
    }
    // The lines of a phone are looked up again: a registration may end. What else was found stays.
    if (!isFound || speaker.phone === undefined) speaker.accept(flow);
    this.#receive(speaker, received);
  }

  #receive(speaker: Speaker, { request, transaction }: Received): boolean {
    speaker.last = transaction.flow.flow;
    return this.#context.sessions.receive(request, transaction);
  }

  /** @returns false if the request is answered */
  async #isProven(phone: Phone, { request, transaction }: Received): Promise<boolean> {
    const { authenticate, locate, mayChallenge } = this.#context;
    const { flow } = transaction.flow;
    const outcome = await authenticate(request, flow, 'proxy');
    if (outcome.kind !== 'authenticated') {
      transaction.respondOnce(rejectionsOf(outcome, flow, mayChallenge));
      return false;
    }
    const { account } = outcome;
    // What a stranger has from the phone, by challenging it, is worth nothing elsewhere.
    const isHere = isOf(account, phone) && (await locate(account, flow.remote.address)) === 'here';
    if (!isHere) transaction.respondOnce([isOf(account, phone) ? notRegisteredHere : { status: 403 }]);
    return isHere;
  }
}

const isOf = (account: AnyAccountItem, { organization, line, device_id: device }: Phone): boolean =>
  account.org_id === organization &&
  (account.kind === 'line' ? account.sip_username === line : account.device_id === device);

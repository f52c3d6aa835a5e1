import { header } from '#sip/header-kinds.ts';
import type { SipRequest } from '#sip/message.ts';
import { headOf } from '#sip/session/stored-invite.ts';
import type { SentRequest, RequestSender, SenderListener } from '#sip/session/session.ts';
import type { BindingItem } from '#functions/telephony/rows/binding.ts';
import type { SipStack } from '../../stack/sip-stack.ts';
import { printUri } from '#sip/uri.ts';
import { flowKey, type Flow } from '../../transport/flow.ts';
import { sendToReturning } from './returning-phone.ts';
import { Speaker } from './speaker.ts';
import { type Phone } from '../directory/directory.ts';
import type { SenderItem } from './stored-sender.ts';

/** What senders send with. */
export type SenderStack = Pick<SipStack, 'transmit' | 'via'> & {
  readonly begin: (...request: Parameters<SipStack['begin']>) => SentRequest | undefined;
};

/** A sent INVITE with its path, for the task that cancels it. */
export const sentOn = (invite: SipRequest, flow: Flow): ReturnType<NonNullable<SentRequest['stored']>> => ({
  head: headOf(invite),
  path: { kind: 'flow', flow } satisfies SenderItem,
});

const notSent: SentRequest = { cancel: () => undefined };

export const withVia = (request: SipRequest, stack: SenderStack, flow: Flow): SipRequest =>
  request.with(request.headers.prepend(header.via, stack.via(flow)));

/** Sends ACKs. One that is sent again on the same path is the same message (RFC 3261 §13.2.2.4), with its branch. */
export function acknowledgingOver(stack: SenderStack): (ack: SipRequest, flow: Flow) => void {
  const sent = new WeakMap<SipRequest, { readonly path: string; readonly message: SipRequest }>();
  return (ack, flow) => {
    const path = flowKey(flow);
    const before = sent.get(ack);
    const message = before?.path === path ? before.message : withVia(ack, stack, flow);
    sent.set(ack, { path, message });
    stack.transmit(message, flow);
  };
}

/** The registrations of a phone: those that this task owns, and those that are stored. */
export type PhoneBindings = {
  readonly own: (phone: Phone) => readonly BindingItem[];
  readonly stored: (phone: Phone) => Promise<readonly BindingItem[]>;
};

/** The flow on which a contact is registered, which its task has. */
export const flowOf = ({ flow, owner }: BindingItem): Flow => ({ ...flow, task: owner });

/** Whose flow a sender uses. */
export type PhoneAtFlow = {
  readonly phone: Phone;
  readonly bindings: PhoneBindings;
  /** Whether the task that has the flow leaves its work, or is gone, so that the phone may be on its way to another. */
  readonly mayReturn: (flow: Flow) => boolean;
};

/** Sends to a phone: always on the flow on which it registered or called, as it may be behind NAT. */
export class PhoneSender implements RequestSender {
  /** A phone speaks on the flow of its call, and on those of its registrations, which a NAT may have changed since. */
  readonly speaker: Speaker;
  readonly #stack: SenderStack;
  readonly #acknowledge: (ack: SipRequest, flow: Flow) => void;
  readonly #registered: PhoneAtFlow;
  #flow: Flow;

  constructor(stack: SenderStack, flow: Flow, registered: PhoneAtFlow) {
    [this.#stack, this.#flow, this.#registered] = [stack, flow, registered];
    this.#acknowledge = acknowledgingOver(stack);
    this.speaker = new Speaker({
      phone: registered.phone,
      known: () => ({ flows: [this.#flow, ...this.ownBindings.map(flowOf)], addresses: [] }),
      lookUp: async () => ({ flows: (await this.storedBindings()).map(flowOf), addresses: [] }),
    });
  }

  /** The registrations of its phone that this task owns. */
  get ownBindings(): readonly BindingItem[] {
    const { bindings, phone } = this.#registered;
    return bindings.own(phone);
  }

  /** The registrations of its phone at any task. */
  storedBindings(): Promise<readonly BindingItem[]> {
    const { bindings, phone } = this.#registered;
    return bindings.stored(phone);
  }

  get flow(): Flow {
    return this.#flow;
  }

  /** The phone has lost its connection, and is on another flow now. */
  moveTo(flow: Flow): void {
    this.#flow = flow;
  }

  request(request: SipRequest, listener: SenderListener): SentRequest {
    const sent = this.#mayReturn(request) ? this.#sendToReturning(request, listener) : this.#send(request, listener);
    if (sent === undefined) {
      setImmediate(() => listener.onFailure('transport error'));
      return notSent;
    }
    listener.onSent?.();
    return sent;
  }

  #mayReturn({ method, toTag }: SipRequest): boolean {
    const isWaiting = method === 'BYE' || (method === 'INVITE' && toTag === undefined);
    return isWaiting && this.#flow.transport !== 'udp' && this.#registered.mayReturn(this.#flow);
  }

  #sendToReturning(request: SipRequest, listener: SenderListener): SentRequest | undefined {
    return sendToReturning(
      {
        flow: this.#flow,
        contact: printUri(request.uri),
        isBesideOthers: request.method === 'INVITE',
        bindings: () => this.storedBindings(),
        send: (binding, each) => {
          if (binding !== undefined) this.moveTo(flowOf(binding));
          return this.#send(request, each);
        },
      },
      listener,
    );
  }

  #send(request: SipRequest, listener: SenderListener): SentRequest | undefined {
    const [message, flow] = [withVia(request, this.#stack, this.#flow), this.#flow];
    const sent = this.#stack.begin(message, flow, listener);
    return sent && { cancel: (headers) => sent.cancel(headers), stored: () => sentOn(message, flow) };
  }

  acknowledge(ack: SipRequest): void {
    this.#acknowledge(ack, this.#flow);
  }

  stored(): SenderItem {
    return { kind: 'flow', flow: this.#flow };
  }
}

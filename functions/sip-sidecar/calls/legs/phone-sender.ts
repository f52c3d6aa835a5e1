import { header } from '#sip/header-kinds.ts';
import type { SipRequest } from '#sip/message.ts';
import { headOf } from '#sip/session/stored-invite.ts';
import type { SentRequest, RequestSender, SenderListener } from '#sip/session/session.ts';
import type { BindingItem } from '#functions/telephony/rows/binding.ts';
import type { SipStack } from '../../sip-stack.ts';
import { flowKey, type Flow } from '../../transport/flow.ts';
import { Speaker } from './speaker.ts';
import { type Phone } from '../routing/directory.ts';
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
export type PhoneAtFlow = { readonly phone: Phone; readonly bindings: PhoneBindings };

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
    const [message, flow] = [withVia(request, this.#stack, this.#flow), this.#flow];
    const sent = this.#stack.begin(message, flow, listener);
    if (sent === undefined) setImmediate(() => listener.onFailure('transport error'));
    return sent === undefined
      ? notSent
      : { cancel: (headers) => sent.cancel(headers), stored: () => sentOn(message, flow) };
  }

  acknowledge(ack: SipRequest): void {
    this.#acknowledge(ack, this.#flow);
  }

  stored(): SenderItem {
    return { kind: 'flow', flow: this.#flow };
  }
}

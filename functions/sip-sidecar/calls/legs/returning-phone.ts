import { setTimeout as pause } from 'node:timers/promises';
import { second } from '#schema/time.ts';
import type { SenderListener, SentRequest } from '#sip/session/session.ts';
import type { BindingItem } from '#functions/telephony/rows/binding.ts';
import { remoteKey } from '../../stack/transaction-flow.ts';
import { isSameAddress, type Flow } from '../../transport/flow.ts';

/** Milliseconds that a phone has to connect and register again, and between two look-ups of it. */
const time = { back: 6 * second, lookUp: second / 2 } as const;

/** A phone whose connection may have been closed by a task that leaves its work. */
export type ReturningPhone = {
  readonly flow: Flow;
  /** The contact that the request is for, as it was registered. The port of a connection may be a part of others. */
  readonly contact: string;
  /** Whether its other registrations are called beside this one: they are no return of it. */
  readonly isBesideOthers: boolean;
  /** Its registrations at any task. */
  readonly bindings: () => Promise<readonly BindingItem[]>;
  /** Sends the request on the flow of a registration. @returns undefined: there is no room for a transaction */
  readonly send: (binding: BindingItem | undefined, listener: SenderListener) => SentRequest | undefined;
  /** Milliseconds between two look-ups; default: 500. */
  readonly interval?: number;
};

/** Times that a request is sent: the connection on which the phone has returned may be closed, too. */
const maxAttempts = 3;

/**
 * Sends an INVITE or a BYE to a phone. If its connection is closed, the request waits a few seconds for another flow on
 * which the phone is registered.
 * @returns undefined: there is no room for a transaction
 */
export function sendToReturning(phone: ReturningPhone, listener: SenderListener): SentRequest | undefined {
  let isCancelled = false;
  let present: SentRequest | undefined;
  let [flow, attempts] = [phone.flow, 1];
  const fail = (): void => listener.onFailure('transport error');
  const sendAgain = async (): Promise<void> => {
    const binding = await nextRegistration(phone, flow, () => isCancelled);
    if (binding !== undefined) flow = binding.flow;
    present = binding === undefined || isCancelled ? undefined : phone.send(binding, following);
    if (present === undefined) fail();
  };
  const following: SenderListener = {
    ...listener,
    onFailure: (reason) => {
      present = undefined;
      attempts += 1;
      if (reason === 'transport error' && !isCancelled && attempts <= maxAttempts) sendAgain().catch(fail);
      else listener.onFailure(reason);
    },
  };
  present = phone.send(undefined, following);
  if (present === undefined) return undefined;
  return {
    cancel: (headers) => {
      isCancelled = true;
      present?.cancel(headers);
    },
    stored: () => present?.stored?.(),
  };
}

/** Where a phone is registered besides a flow that is closed; undefined: nowhere in time. */
async function nextRegistration(
  { contact, isBesideOthers, bindings, interval = time.lookUp }: ReturningPhone,
  closed: Flow,
  isCancelled: () => boolean,
): Promise<BindingItem | undefined> {
  let known: ReadonlySet<string> | undefined;
  for (let waited = 0; waited < time.back && !isCancelled(); waited += time.lookUp) {
    const others = (await bindings()).filter(({ flow }) => remoteKey(flow) !== remoteKey(closed));
    const before: ReadonlySet<string> = (known ??= new Set(
      isBesideOthers ? others.map(({ flow }) => remoteKey(flow)) : [],
    ));
    const next =
      others.find((binding) => binding.contact === contact) ??
      others.find(
        ({ flow }) => !before.has(remoteKey(flow)) && isSameAddress(flow.remote.address, closed.remote.address),
      );
    if (next !== undefined) return next;
    await pause(interval);
  }
  return undefined;
}

/** Subscriptions to events (RFC 6665), from the side of the notifier, as immutable values. */
import { newResponse, type ResponseParts } from '../build.ts';
import { dialogKey, dialogOfServer, receiveRequest, requestIn, type Dialog } from '../dialog/dialog.ts';
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import { Field, Headers } from '../headers.ts';
import type { Address } from '../address.ts';
import { parseMessage, serialize, type SipRequest, type SipResponse } from '../message.ts';
import { Parameters } from '../parameters.ts';
import type { Uri } from '../uri.ts';
import type { Via } from '../via.ts';
import { eventPackageNames, eventPackages, type EventPackageName } from './packages.ts';

/** What a SUBSCRIBE asks for. */
export type SubscriptionTerms = {
  readonly package: EventPackageName;
  /** Parameter `id` of Event: distinguishes subscriptions of one dialog. */
  readonly id: string | undefined;
  /** 0: the state once, or the end of the subscription. */
  readonly seconds: number;
};

/** A subscription of a phone. */
export type Subscription = Omit<SubscriptionTerms, 'seconds'> & {
  readonly dialog: Dialog;
  /** The URI by which the phone has reached us. */
  readonly target: Uri;
  /** Unix milliseconds. */
  readonly expiresAt: number;
  /** NOTIFY requests so far. */
  readonly notified: number;
};

/**
 * Why a subscription ends (RFC 6665 §4.1.3). After `deactivated` and `timeout` a phone subscribes again, after
 * `rejected` and `noresource` it does not.
 */
export type EndReason = 'timeout' | 'noresource' | 'rejected' | 'deactivated';

const second = 1_000;
/** Bytes of the headers of which a dialog consists. */
const maxDialogBytes = 4_096;

const badEvent = (): ResponseParts => ({
  status: 489,
  headers: Headers.none.append(header.allowEvents, ...eventPackageNames),
});

/** The terms of a SUBSCRIBE, or the response that rejects it (RFC 6665 §4.2.1.1). */
export function subscriptionTerms({ headers }: SipRequest): SubscriptionTerms | ResponseParts {
  const event = headers.one(header.event);
  if (event instanceof Fault) return { status: 400, reason: event.reason };
  // The name of the table, as that of the packet would keep the packet in memory.
  const name = eventPackageNames.find((each) => each === event?.value);
  if (event === undefined || name === undefined) return badEvent();
  const { expires, type } = eventPackages[name];
  const accepted = headers.all(header.accept);
  if (accepted instanceof Fault) return { status: 400, reason: accepted.reason };
  if (headers.has(header.accept) && !accepted.some(({ value }) => covers(value, type))) return { status: 406 };
  const wanted = headers.one(header.expires);
  const seconds = wanted === undefined || wanted instanceof Fault ? expires.default : wanted;
  if (seconds > 0 && seconds < expires.min)
    return { status: 423, headers: Headers.none.append(header.minExpires, expires.min) };
  return { package: name, id: event.parameters.get('id'), seconds: Math.min(seconds, expires.max) };
}

function eventIdOf({ headers }: SipRequest): string | undefined {
  const event = headers.one(header.event);
  return event === undefined || event instanceof Fault ? undefined : event.parameters.get('id');
}

const covers = (range: string, type: string): boolean =>
  range === '*/*' || range === type || range === `${type.split('/', 1)[0] ?? ''}/*`;

const dialogHeaders: ReadonlySet<string> = new Set(
  [
    header.via,
    header.from,
    header.to,
    header.callId,
    header.cseq,
    header.contact,
    header.recordRoute,
    header.event,
  ].map(({ key }) => key),
);

/** A copy that has the headers of the dialog only, and shares no memory with the packet, which may be long. */
function compactCopy(request: SipRequest): SipRequest | ResponseParts {
  const kept = request.with(new Headers([...request.headers].filter(({ key }) => dialogHeaders.has(key))));
  const bytes = serialize(kept);
  if (bytes.length - kept.body.length > maxDialogBytes) return { status: 513 };
  const copy = parseMessage(bytes);
  return copy.kind === 'request' ? copy : { status: 400 };
}

/** The subscription that a SUBSCRIBE outside of a dialog creates, or the response that rejects it. */
export function newSubscription(
  request: SipRequest,
  { package: name, seconds }: SubscriptionTerms,
  { toTag, now }: { readonly toTag: string; readonly now: number },
): Subscription | ResponseParts {
  const copy = compactCopy(request);
  if ('status' in copy) return copy;
  const dialog = dialogOfServer(copy, newResponse(copy, { status: 200, toTag }));
  if (dialog instanceof Fault) return { status: 400, reason: dialog.reason };
  return {
    package: name,
    id: eventIdOf(copy),
    dialog,
    target: copy.uri,
    expiresAt: now + seconds * second,
    notified: 0,
  };
}

/** A subscription after a SUBSCRIBE in its dialog, which extends or ends it, or the response that rejects it. */
export function refreshSubscription(
  before: Subscription,
  request: SipRequest,
  { seconds, now }: { readonly seconds: number; readonly now: number },
): Subscription | ResponseParts {
  const copy = compactCopy(request);
  if ('status' in copy) return copy;
  const dialog = receiveRequest(before.dialog, copy);
  if (dialog === 'out of order') return { status: 500 };
  return { ...before, dialog, expiresAt: now + seconds * second };
}

/** The key of the dialog of a subscription, as `dialogKeyOfRequest` has it. */
export const subscriptionKey = ({ dialog }: Subscription): string => dialogKey(dialog);

/** The headers of the 200 to a SUBSCRIBE (RFC 6665 §4.2.1.1). @param contact ours */
export const acceptance = (contact: Address, seconds: number): ResponseParts => ({
  status: 200,
  headers: Headers.none.append(header.expires, seconds).append(header.contact, contact),
});

/** The state that a NOTIFY reports. */
export type Notification = {
  readonly via: Via;
  /** Ours. */
  readonly contact: Address;
  readonly body: string | undefined;
  /** Unix milliseconds. */
  readonly now: number;
  /** If the subscription ends. */
  readonly end?: EndReason;
};

function stateOf({ expiresAt }: Subscription, { now, end }: Notification) {
  const seconds = Math.ceil((expiresAt - now) / second);
  const reason = end ?? (seconds <= 0 ? 'timeout' : undefined);
  return reason === undefined
    ? { value: 'active', parameters: new Parameters([['expires', String(seconds)]]) }
    : { value: 'terminated', parameters: new Parameters([['reason', reason]]) };
}

/** The next NOTIFY of a subscription, and the subscription after it (RFC 6665 §4.2.2). */
export function notifyIn(
  subscription: Subscription,
  notification: Notification,
): { readonly subscription: Subscription; readonly request: SipRequest } {
  const { package: name, id } = subscription;
  const { via, contact, body } = notification;
  const event = { value: name, parameters: id === undefined ? Parameters.none : new Parameters([['id', id]]) };
  const headers = new Headers([
    Field.of(header.contact, contact),
    Field.of(header.event, event),
    Field.of(header.subscriptionState, stateOf(subscription, notification)),
    ...(body === undefined
      ? []
      : [Field.of(header.contentType, { value: eventPackages[name].type, parameters: Parameters.none })]),
  ]);
  const { dialog, request } = requestIn(subscription.dialog, {
    method: 'NOTIFY',
    via,
    headers,
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  });
  return { subscription: { ...subscription, dialog, notified: subscription.notified + 1 }, request };
}

/** Responses to NOTIFY after which the subscription does not exist any more (RFC 6665 §4.2.2, RFC 5057 §5.1). */
const endingStatuses: ReadonlySet<number> = new Set([
  404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604,
]);

/** Whether a subscription ends by the response to its NOTIFY. With Retry-After it continues (RFC 6665 §4.2.2). */
export const endsSubscription = ({ status, headers }: SipResponse): boolean =>
  endingStatuses.has(status) && (status === 481 || !headers.has(header.retryAfter));

/** Dialogs (RFC 3261 §12) as immutable values: each request or response yields the next state. */
import type { Address } from '../address.ts';
import { newRequest } from '../build.ts';
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import type { Headers } from '../headers.ts';
import type { SipRequest, SipResponse } from '../message.ts';
import { applyRoute } from '../routing/proxy.ts';
import { asRequestUri, type Uri } from '../uri.ts';
import type { Via } from '../via.ts';

/** The state of a dialog, from our side. */
export type Dialog = {
  readonly state: 'early' | 'confirmed';
  readonly callId: string;
  /** Our address with our tag: From of our requests. */
  readonly local: Address;
  /** The peer's address with its tag: To of our requests. A peer of RFC 2543 has no tag. */
  readonly remote: Address;
  /** Remote target: the peer's latest Contact. */
  readonly target: Uri;
  /** Route set, in the order in which our requests visit it. */
  readonly routes: readonly Address[];
  /** The last CSeq number of each side; undefined if that side has not sent a request yet. */
  readonly localSequence: number | undefined;
  readonly remoteSequence: number | undefined;
};

/** Dialog id (RFC 3261 §12): Call-ID, local tag and remote tag. */
export const dialogKey = ({ callId, local, remote }: Dialog): string =>
  dialogKeyOf(callId, local.parameters.get('tag'), remote.parameters.get('tag'));

/** Id of the dialog that a received request belongs to. */
export const dialogKeyOfRequest = ({ callId, toTag, fromTag }: SipRequest): string =>
  dialogKeyOf(callId, toTag, fromTag);

/** Id of the dialog that a received response belongs to. */
export const dialogKeyOfResponse = ({ callId, toTag, fromTag }: SipResponse): string =>
  dialogKeyOf(callId, fromTag, toTag);

/** Id of a dialog by its parts. */
export const dialogKeyOf = (callId: string, localTag: string | undefined, remoteTag: string | undefined): string =>
  `${callId} ${localTag ?? ''} ${remoteTag ?? ''}`;

const stateAfter = ({ status }: SipResponse): Dialog['state'] => (status < 200 ? 'early' : 'confirmed');

/** The dialog that a response to our INVITE or SUBSCRIBE creates: one per To tag (RFC 3261 §12.1.2). */
export function dialogOfClient(request: SipRequest, response: SipResponse): Dialog | Fault {
  // RFC 3261 §12.1.1 demands a Contact. Gateways omit it in 180 and are still reached at the Request-URI.
  const target = response.headers.has(header.contact) ? contactOf(response.headers) : request.uri;
  const routes = response.headers.all(header.recordRoute);
  if (target instanceof Fault) return target;
  if (routes instanceof Fault) return routes;
  const { callId, from: local, to: remote } = response;
  return {
    state: stateAfter(response),
    callId,
    local,
    remote,
    target,
    routes: routes.toReversed(),
    localSequence: request.cseq.sequence,
    remoteSequence: undefined,
  };
}

/** The dialog that our response to an INVITE or SUBSCRIBE creates (RFC 3261 §12.1.1). */
export function dialogOfServer(request: SipRequest, response: SipResponse): Dialog | Fault {
  const target = contactOf(request.headers);
  const routes = request.headers.all(header.recordRoute);
  if (target instanceof Fault) return target;
  if (routes instanceof Fault) return routes;
  const { callId, from: remote, cseq } = request;
  return {
    state: stateAfter(response),
    callId,
    local: response.to,
    remote,
    target,
    routes,
    localSequence: undefined,
    remoteSequence: cseq.sequence,
  };
}

function contactOf(headers: Headers): Uri | Fault {
  const contact = headers.first(header.contact);
  if (contact === undefined || contact === '*') return new Fault('Contact: Missing');
  return contact instanceof Fault ? contact : asRequestUri(contact.uri);
}

/** The parts of a request that the dialog does not determine. */
export type InDialog = {
  readonly method: string;
  readonly via?: Via;
  readonly headers?: Headers;
  readonly body?: Buffer;
};

/**
 * Our next request and the dialog after it (RFC 3261 §12.2.1.1). For ACK use `ackOf2xx`; a CANCEL belongs to the
 * transaction layer.
 */
export function requestIn(dialog: Dialog, parts: InDialog): { readonly dialog: Dialog; readonly request: SipRequest } {
  const sequence = (dialog.localSequence ?? 0) + 1;
  return { dialog: { ...dialog, localSequence: sequence }, request: requestWith(dialog, sequence, parts) };
}

/** The ACK of a 2xx: it has the CSeq number of the INVITE and a new branch (RFC 3261 §13.2.2.4). */
export const ackOf2xx = (dialog: Dialog, invite: SipRequest, parts: Omit<InDialog, 'method'>): SipRequest =>
  requestWith(dialog, invite.cseq.sequence, { ...parts, method: 'ACK' });

function requestWith({ callId, local, remote, target, routes }: Dialog, sequence: number, parts: InDialog): SipRequest {
  const { uri, route } = applyRoute(target, routes);
  return newRequest({ ...parts, uri, route, from: local, to: remote, callId, sequence });
}

/** Target refresh requests: their Contact becomes the remote target (RFC 3261 §12.2, RFC 3311, RFC 6665). */
const targetRefreshMethods: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY']);

/**
 * The dialog after a request of the peer (RFC 3261 §12.2.2). 'out of order': the CSeq number is not higher than the
 * last one, and the response must be 500. ACK and CANCEL repeat the number of their INVITE.
 */
export function receiveRequest(dialog: Dialog, request: SipRequest): Dialog | 'out of order' {
  if (request.method === 'ACK' || request.method === 'CANCEL') return dialog;
  const { sequence } = request.cseq;
  if (dialog.remoteSequence !== undefined && sequence <= dialog.remoteSequence) return 'out of order';
  const target = targetRefreshMethods.has(request.method) ? contactOf(request.headers) : dialog.target;
  return { ...dialog, remoteSequence: sequence, target: target instanceof Fault ? dialog.target : target };
}

/** The dialog after our 2xx to the INVITE that created it: its route set is final (RFC 3261 §12.1.1). */
export const confirmDialog = (dialog: Dialog): Dialog => ({ ...dialog, state: 'confirmed' });

/**
 * The dialog after a response to our request (RFC 3261 §12.2.1.2, §13.2.2.4). A 2xx may change the remote target; the
 * 2xx of the INVITE that confirms an early dialog also replaces the route set. An UPDATE in an early dialog does not
 * (RFC 3311 §5.1).
 */
export function receiveResponse(dialog: Dialog, response: SipResponse): Dialog {
  const { method } = response.cseq;
  if (response.status < 200 || response.status > 299 || !targetRefreshMethods.has(method)) return dialog;
  const [target, routes] = [contactOf(response.headers), response.headers.all(header.recordRoute)];
  const confirms = dialog.state === 'early' && method !== 'UPDATE';
  return {
    ...dialog,
    state: confirms ? 'confirmed' : dialog.state,
    routes: confirms && !(routes instanceof Fault) ? routes.toReversed() : dialog.routes,
    target: target instanceof Fault ? dialog.target : target,
  };
}

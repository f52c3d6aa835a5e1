/** Dialogs (RFC 3261 §12) as values: what happens to one answers the next. */
import type { Address } from '../address.ts';
import { newRequest } from '../build.ts';
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import type { Headers } from '../headers.ts';
import type { SipRequest, SipResponse } from '../message.ts';
import { routed } from '../routing/proxy.ts';
import type { Uri } from '../uri.ts';
import type { Via } from '../via.ts';

export type Dialog = {
  readonly state: 'early' | 'confirmed';
  readonly callId: string;
  /** Our side with our tag, as our requests name it in From. */
  readonly local: Address;
  /** The other side with its tag, which one of RFC 2543 has not. */
  readonly remote: Address;
  /** Where the other side is to be reached: its latest Contact. */
  readonly target: Uri;
  /** In the order in which our requests visit it. */
  readonly routes: readonly Address[];
  /** The CSeq numbers last used; undefined where a side has sent no request yet. */
  readonly localSequence: number | undefined;
  readonly remoteSequence: number | undefined;
};

/** What tells dialogs apart (§12): Call-ID and both tags, from this side. */
export const dialogKey = ({ callId, local, remote }: Dialog): string =>
  key(callId, local.parameters.get('tag'), remote.parameters.get('tag'));

/** The dialog that a received request is of. */
export const dialogKeyOfRequest = ({ callId, toTag, fromTag }: SipRequest): string => key(callId, toTag, fromTag);

/** The dialog that a received response is of. */
export const dialogKeyOfResponse = ({ callId, toTag, fromTag }: SipResponse): string => key(callId, fromTag, toTag);

const key = (callId: string, localTag: string | undefined, remoteTag: string | undefined): string =>
  `${callId} ${localTag ?? ''} ${remoteTag ?? ''}`;

const stateBy = ({ status }: SipResponse): Dialog['state'] => (status < 200 ? 'early' : 'confirmed');

/** The dialog that a response to our INVITE (or SUBSCRIBE) makes (§12.1.2): one for each To tag. */
export function dialogOfClient(request: SipRequest, response: SipResponse): Dialog | Fault {
  const target = contactOf(response.headers);
  const routes = response.headers.all(header.recordRoute);
  if (target instanceof Fault) return target;
  if (routes instanceof Fault) return routes;
  const { callId, from: local, to: remote } = response;
  return {
    state: stateBy(response),
    callId,
    local,
    remote,
    target,
    routes: routes.toReversed(),
    localSequence: request.cseq.sequence,
    remoteSequence: undefined,
  };
}

/** The dialog that our response to an INVITE (or SUBSCRIBE) makes (§12.1.1). */
export function dialogOfServer(request: SipRequest, response: SipResponse): Dialog | Fault {
  const target = contactOf(request.headers);
  const routes = request.headers.all(header.recordRoute);
  if (target instanceof Fault) return target;
  if (routes instanceof Fault) return routes;
  const { callId, from: remote, cseq } = request;
  return {
    state: stateBy(response),
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
  return contact instanceof Fault ? contact : contact.uri;
}

export type InDialog = {
  readonly method: string;
  readonly via?: Via;
  readonly headers?: Headers;
  readonly body?: Buffer;
};

/** Our next request (§12.2.1.1), and the dialog after it. For ACK see `ackOf2xx`; a CANCEL is the transaction's. */
export function requestIn(dialog: Dialog, parts: InDialog): { readonly dialog: Dialog; readonly request: SipRequest } {
  const sequence = (dialog.localSequence ?? 0) + 1;
  return { dialog: { ...dialog, localSequence: sequence }, request: requestWith(dialog, sequence, parts) };
}

/** The ACK of a 2xx (§13.2.2.4): with the INVITE's number and a branch of its own. */
export const ackOf2xx = (dialog: Dialog, invite: SipRequest, parts: Omit<InDialog, 'method'>): SipRequest =>
  requestWith(dialog, invite.cseq.sequence, { ...parts, method: 'ACK' });

function requestWith({ callId, local, remote, target, routes }: Dialog, sequence: number, parts: InDialog): SipRequest {
  const { uri, route } = routed(target, routes);
  return newRequest({ ...parts, uri, route, from: local, to: remote, callId, sequence });
}

/** Requests whose Contact is the sender's new target (§12.2, RFC 3311, RFC 6665). */
const refreshing: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY']);

/**
 * The dialog after a request of the other side (§12.2.2), or 'out of order' for one that an earlier one overtook (to be
 * answered 500). An ACK and a CANCEL carry an old number.
 */
export function received(dialog: Dialog, request: SipRequest): Dialog | 'out of order' {
  if (request.method === 'ACK' || request.method === 'CANCEL') return dialog;
  const { sequence } = request.cseq;
  if (dialog.remoteSequence !== undefined && sequence <= dialog.remoteSequence) return 'out of order';
  const target = refreshing.has(request.method) ? contactOf(request.headers) : dialog.target;
  return { ...dialog, remoteSequence: sequence, target: target instanceof Fault ? dialog.target : target };
}

/**
 * The dialog after a response to a request of ours (§12.2.1.2, §13.2.2.4): a 2xx confirms it, and may bring a new
 * target and, before, another route.
 */
export function answered(dialog: Dialog, response: SipResponse): Dialog {
  if (response.status < 200 || response.status > 299 || !refreshing.has(response.cseq.method)) return dialog;
  const [target, routes] = [contactOf(response.headers), response.headers.all(header.recordRoute)];
  const confirmedRoutes = dialog.state === 'early' && !(routes instanceof Fault) ? routes.toReversed() : dialog.routes;
  return {
    ...dialog,
    state: 'confirmed',
    routes: confirmedRoutes,
    target: target instanceof Fault ? dialog.target : target,
  };
}

import { address } from '../address.ts';
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import { Field, Headers } from '../headers.ts';
import type { SipRequest } from '../message.ts';
import { Parameters } from '../parameters.ts';
import type { Flow } from '../transaction/layer.ts';
import type { ServerTransaction } from '../transaction/server.ts';
import { asRequestUri, isSipUri } from '../uri.ts';
import { type DialogClient, statusOf } from './dialog-client.ts';
import { ReferenceReports } from './reference-reports.ts';
import { replacesOfUri, withReplaces } from './replaces.ts';
import type { PeerRefer, Reference, SessionListener } from './session.ts';

/** References of the peer, and of ours, that are not over, at most. */
const max = 4;

/** A REFER of ours whose NOTIFYs may come. */
type Sent = { id: number | undefined; readonly onProgress: (status: number) => void };

/** The REFERs of a dialog, in both directions (RFC 3515, RFC 4488). */
export class References<Path extends Flow> {
  readonly #client: DialogClient;
  readonly #listener: SessionListener;
  readonly #reports = new Set<ReferenceReports>();
  readonly #sent = new Set<Sent>();
  #hasReceived = false;

  constructor(client: DialogClient, listener: SessionListener) {
    this.#client = client;
    this.#listener = listener;
  }

  /** Whether none is in progress. */
  get isIdle(): boolean {
    return this.#reports.size === 0 && this.#sent.size === 0;
  }

  /** Sends a REFER. */
  refer({ to, replaces, referredBy }: Reference, onProgress: (status: number) => void): Promise<number> {
    if (this.#sent.size >= max) return Promise.resolve(500);
    const headers = new Headers([
      Field.of(header.referTo, address(withReplaces(to, replaces))),
      ...(referredBy === undefined ? [] : [Field.of(header.referredBy, referredBy)]),
    ]);
    const sent: Sent = { id: undefined, onProgress };
    // NOTIFYs may overtake the response (RFC 3515 §2.4.4).
    this.#sent.add(sent);
    return new Promise((resolve) => {
      this.#client.request({ method: 'REFER', headers }, (final, request) => {
        sent.id = request.cseq.sequence;
        if (statusOf(final) >= 300) this.#sent.delete(sent);
        resolve(statusOf(final));
      });
    });
  }

  /** Processes a REFER of the peer. */
  receiveRefer(request: SipRequest, transaction: ServerTransaction<Path>): void {
    const refer = readRefer(request);
    if (refer instanceof Fault) return void transaction.respond({ status: 400, reason: refer.reason });
    if (!isSipUri(refer.to) && refer.to.scheme !== 'tel') return void transaction.respond({ status: 416 });
    if (this.#reports.size >= max) return void transaction.respond({ status: 503 });
    const id = this.#hasReceived ? request.cseq.sequence : undefined;
    this.#hasReceived = true;
    this.#listener.onRefer({
      ...refer,
      accept: () => this.#accept(request, transaction, id),
      reject: (status, more = Headers.none) => void transaction.respond({ status, headers: more }),
    });
  }

  /** Processes a NOTIFY of the peer. One that no REFER of ours asked for gets 481 (RFC 6665 §4.1.3). */
  receiveNotify(request: SipRequest, transaction: ServerTransaction<Path>): void {
    const sent = this.#sentFor(request);
    if (sent === undefined) return void transaction.respond({ status: 481 });
    transaction.respond({ status: 200 });
    const { status, isLast } = readNotify(request);
    if (isLast) this.#sent.delete(sent);
    if (status !== undefined) sent.onProgress(status);
  }

  /** Reports nothing more, and awaits nothing. */
  finish(): void {
    for (const reports of this.#reports) reports.finish();
    this.#reports.clear();
    this.#sent.clear();
  }

  #accept(request: SipRequest, transaction: ServerTransaction<Path>, id: number | undefined): (status: number) => void {
    const wanted = request.headers.one(header.referSub);
    const isSilent = wanted !== undefined && !(wanted instanceof Fault) && wanted.value === 'false';
    const headers = Headers.none.append(header.contact, address(this.#client.contact));
    transaction.respond({ status: 202, headers: isSilent ? headers.append(header.referSub, noSubscription) : headers });
    if (isSilent) return () => undefined;
    const reports = new ReferenceReports(this.#client, id);
    this.#reports.add(reports);
    // RFC 3515 §2.4.4: a NOTIFY follows at once.
    reports.report(100);
    return (status) => {
      reports.report(status);
      if (status >= 200) this.#reports.delete(reports);
    };
  }

  #sentFor({ headers }: SipRequest): Sent | undefined {
    const event = headers.one(header.event);
    if (event === undefined || event instanceof Fault || event.value !== 'refer') return undefined;
    const id = event.parameters.get('id');
    const all = [...this.#sent];
    return all.find((each) => id !== undefined && String(each.id) === id) ?? all.find((each) => isFirst(each, id));
  }
}

/**
 * The status that a NOTIFY reports, and whether it is the last one. A subscription that ends without a result counts as
 * 503: what became of the call is unknown.
 */
function readNotify({ headers, body }: SipRequest): { readonly status: number | undefined; readonly isLast: boolean } {
  const [, digits] = /^SIP\/2\.0 ([1-6]\d\d)(?: |\r|\n|$)/.exec(body.toString('latin1', 0, 64)) ?? [];
  const status = digits === undefined ? undefined : Number(digits);
  const isFinal = status !== undefined && status >= 200;
  const state = headers.one(header.subscriptionState);
  const isTerminated = state === undefined || state instanceof Fault || state.value === 'terminated';
  return { status: isTerminated && !isFinal ? 503 : status, isLast: isTerminated || isFinal };
}

/** A NOTIFY without id, or before the response to the REFER, is of the oldest one. */
const isFirst = ({ id: known }: Sent, id: string | undefined): boolean => id === undefined || known === undefined;

const noSubscription = { value: 'false', parameters: Parameters.none };

function readRefer({ headers }: SipRequest): Pick<PeerRefer, 'to' | 'replaces' | 'referredBy'> | Fault {
  const referTo = headers.one(header.referTo);
  if (referTo === undefined) return new Fault('Refer-To: Missing');
  if (referTo instanceof Fault) return referTo;
  const [replaces, referredBy] = [replacesOfUri(referTo.uri), headers.one(header.referredBy)];
  if (replaces instanceof Fault) return replaces;
  if (referredBy instanceof Fault) return referredBy;
  const method = isSipUri(referTo.uri) ? referTo.uri.parameters.get('method') : undefined;
  if (method !== undefined && method.toUpperCase() !== 'INVITE') return new Fault('Refer-To: Only INVITE');
  return {
    // Headers of the URI would be put into the INVITE: only Replaces is read.
    to: asRequestUri(referTo.uri),
    ...(replaces === undefined ? {} : { replaces }),
    ...(referredBy === undefined ? {} : { referredBy }),
  };
}

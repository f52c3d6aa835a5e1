/** Negotiation of session timers (RFC 4028): how long a session lives without a refresh, and who refreshes it. */
import type { ResponseParts } from '../build.ts';
import { Fault } from '../fault.ts';
import { header, type Interval } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import type { HeaderKind } from '../headers.ts';
import { Parameters } from '../parameters.ts';

/** The session timer of a dialog. */
export type Refresh = {
  readonly seconds: number;
  readonly refresher: 'us' | 'peer';
  /** Whether the session ends without refresh. Not if the peer has no session timers: then we only look after it. */
  readonly isAgreed: boolean;
};

/** Seconds: what we ask for, the least that we accept (RFC 4028 §4), and the most that we are talked into. */
export const refreshSeconds = { default: 300, min: 90, max: 86_400 } as const;

/** A request of ours that starts or refreshes a session: Session-Expires and Min-SE. */
export function refreshRequest(refresh: Refresh | undefined, min: number = refreshSeconds.min): Headers {
  const seconds = Math.max(refresh?.seconds ?? refreshSeconds.default, min);
  const role = refresh?.refresher === 'peer' ? 'uas' : 'uac';
  const parameters = refresh?.isAgreed === true ? new Parameters([['refresher', role]]) : Parameters.none;
  return Headers.none
    .append(header.sessionExpires, { seconds, parameters })
    .append(header.minSessionExpires, { seconds: min, parameters: Parameters.none });
}

/** What the 2xx to such a request has settled (RFC 4028 §7.2). */
export function refreshOfResponse(headers: Headers): Refresh {
  const interval = intervalOf(headers, header.sessionExpires);
  if (interval === undefined) return { seconds: refreshSeconds.default, refresher: 'us', isAgreed: false };
  const refresher = interval.parameters.get('refresher')?.toLowerCase() === 'uas' ? 'peer' : 'us';
  return { seconds: clamp(interval.seconds), refresher, isAgreed: true };
}

/** The Min-SE of a 422, which the request is repeated with (RFC 4028 §7.3). Undefined: it is not to be repeated. */
export function raisedMin(headers: Headers): number | undefined {
  const min = intervalOf(headers, header.minSessionExpires)?.seconds;
  return min === undefined || min > refreshSeconds.max ? undefined : Math.max(min, refreshSeconds.min);
}

/** The 422 for a request of the peer whose interval is too small (RFC 4028 §9). */
export function refreshRejection(headers: Headers): ResponseParts | undefined {
  const interval = intervalOf(headers, header.sessionExpires);
  if (interval === undefined || interval.seconds >= refreshSeconds.min || !supportsTimer(headers)) return undefined;
  const least = { seconds: refreshSeconds.min, parameters: Parameters.none };
  return { status: 422, headers: Headers.none.append(header.minSessionExpires, least) };
}

/**
 * What our 2xx to a request of the peer settles, and the headers that say so (RFC 4028 §9, table 2). We refresh unless
 * the peer wants to.
 */
export function refreshOfRequest(headers: Headers): { readonly refresh: Refresh; readonly headers: Headers } {
  const interval = intervalOf(headers, header.sessionExpires);
  const isSupported = supportsTimer(headers);
  const isPeer = isSupported && interval?.parameters.get('refresher')?.toLowerCase() === 'uac';
  const isAgreed = isSupported || interval !== undefined;
  const seconds = acceptedSeconds(interval, intervalOf(headers, header.minSessionExpires));
  const refresh: Refresh = { seconds, refresher: isPeer ? 'peer' : 'us', isAgreed };
  if (!isAgreed) return { refresh, headers: Headers.none };
  const parameters = new Parameters([['refresher', isPeer ? 'uac' : 'uas']]);
  const answer = Headers.none.append(header.sessionExpires, { seconds, parameters });
  return { refresh, headers: isPeer ? answer.append(header.require, 'timer') : answer };
}

/** As short as we want it, but not below the least that the peer and we accept. */
const acceptedSeconds = (wanted: Interval | undefined, least: Interval | undefined): number =>
  clamp(Math.max(Math.min(wanted?.seconds ?? Infinity, refreshSeconds.default), least?.seconds ?? 0));

const clamp = (seconds: number): number => Math.min(Math.max(seconds, refreshSeconds.min), refreshSeconds.max);

/** A value that cannot be read counts as absent. */
function intervalOf(headers: Headers, kind: HeaderKind<Interval>): Interval | undefined {
  const value = headers.one(kind);
  return value instanceof Fault ? undefined : value;
}

function supportsTimer(headers: Headers): boolean {
  const tags = headers.all(header.supported);
  return !(tags instanceof Fault) && tags.some((tag) => tag.toLowerCase() === 'timer');
}

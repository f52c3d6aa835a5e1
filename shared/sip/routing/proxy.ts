/** The rules by which a proxy forwards a request (RFC 3261 §16.3 to §16.6). */
import { type Address, address } from '../address.ts';
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import type { SipRequest } from '../message.ts';
import { isSipUri, type SipUri, type Uri } from '../uri.ts';
import type { Via } from '../via.ts';

/** Whether a URI or Via names this element. */
export type IsOurs<Named> = (named: Named) => boolean;

/**
 * Route preprocessing (RFC 3261 §16.4): removes the topmost Route if it is ours. If a strict router put our
 * Record-Route into the Request-URI, restores the original Request-URI from the last Route.
 */
export function removeOwnRoute(request: SipRequest, isOurs: IsOurs<SipUri>): SipRequest | Fault {
  const routes = request.headers.all(header.route);
  if (routes instanceof Fault) return routes;
  const last = routes.at(-1);
  const isStrict =
    last !== undefined && isSipUri(request.uri) && request.uri.parameters.has('lr') && isOurs(request.uri);
  const [uri, left] = isStrict ? [last.uri, routes.slice(0, -1)] : [request.uri, routes];
  const first = left[0]?.uri;
  const rest = first !== undefined && isSipUri(first) && isOurs(first) ? left.slice(1) : left;
  return rest === routes ? request : request.with(request.headers.with(header.route, ...rest), uri);
}

/**
 * Whether one of the request's Vias is ours: it has passed this element before and gets 482 (RFC 3261 §16.3 step 4).
 */
export function hasLooped(request: SipRequest, isOurs: IsOurs<Via>): boolean {
  const vias = request.headers.all(header.via);
  return !(vias instanceof Fault) && vias.some(isOurs);
}

/** What this element adds to a request. */
export type Forwarding = {
  /** Our Via, with a new branch (RFC 3261 §16.6 step 8). */
  readonly via: Via;
  /** The new Request-URI, if the target was looked up (RFC 3261 §16.6 step 2). */
  readonly target?: Uri;
  /** Makes later requests of the dialog pass this element (RFC 3261 §16.6 step 4). */
  readonly recordRoute?: SipUri;
};

/** The request to forward, or 'too many hops': answer 483. `nextHop` of the result is its destination. */
export function forward(
  request: SipRequest,
  { via, target = request.uri, recordRoute }: Forwarding,
): SipRequest | 'too many hops' | Fault {
  const left = request.headers.one(header.maxForwards);
  const routes = request.headers.all(header.route);
  if (left instanceof Fault) return left;
  if (routes instanceof Fault) return routes;
  if (left === 0) return 'too many hops';
  const { uri, route } = applyRoute(target, routes);
  const headers = request.headers
    .with(header.maxForwards, left === undefined ? 70 : left - 1)
    .with(header.route, ...route)
    .prepend(header.via, via);
  return request.with(
    recordRoute === undefined ? headers : headers.prepend(header.recordRoute, address(withLr(recordRoute))),
    uri,
  );
}

/** The next element of a request: its first Route, or the Request-URI (RFC 3261 §8.1.2). */
export function nextHop(request: SipRequest): Uri | Fault {
  const route = request.headers.first(header.route);
  return route instanceof Fault ? route : (route?.uri ?? request.uri);
}

/**
 * Request-URI and Route of a request along a route set (RFC 3261 §12.2.1.1, §16.6 step 6). If the first element is a
 * strict router, it becomes the Request-URI, and the target becomes the last Route.
 */
export function applyRoute(
  target: Uri,
  routes: readonly Address[],
): { readonly uri: Uri; readonly route: readonly Address[] } {
  const [first, ...rest] = routes;
  if (first === undefined || !isSipUri(first.uri) || first.uri.parameters.has('lr'))
    return { uri: target, route: routes };
  return { uri: { ...first.uri, headers: undefined }, route: [...rest, address(target)] };
}

const withLr = (uri: SipUri): SipUri => ({ ...uri, parameters: uri.parameters.with('lr', null) });

/** How a request goes on to the next element (RFC 3261 §16.3 to §16.6). */
import { type Address, address } from '../address.ts';
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import type { SipRequest } from '../message.ts';
import { isSipUri, type SipUri, type Uri } from '../uri.ts';
import type { Via } from '../via.ts';

/** Whether a URI or Via names this element: an address that it is reached by, or what it wrote itself. */
export type IsOurs<Named> = (named: Named) => boolean;

/**
 * The request as this element is to look at it (§16.4): its own topmost Route is taken off, and where a strict router
 * put our Record-Route into the Request-URI, the URI that it was meant for is brought back from the last Route.
 */
export function ownRouteTaken(request: SipRequest, isOurs: IsOurs<SipUri>): SipRequest | Fault {
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

/** Whether a request went through this element before: one of its Vias is ours (§16.3 step 4). To be answered 482. */
export function hasLooped(request: SipRequest, isOurs: IsOurs<Via>): boolean {
  const vias = request.headers.all(header.via);
  return !(vias instanceof Fault) && vias.some(isOurs);
}

export type Forwarding = {
  /** Our Via, with a branch of its own (§16.6 step 8). */
  readonly via: Via;
  /** What the Request-URI becomes, where the target was looked up (§16.6 step 2). */
  readonly target?: Uri;
  /** By which later requests of the dialog come through here (§16.6 step 4). */
  readonly recordRoute?: SipUri;
};

/** The request as it goes on, or 'too many hops' (483). Where it goes, `nextHop` tells of the result. */
export function forwarded(
  request: SipRequest,
  { via, target = request.uri, recordRoute }: Forwarding,
): SipRequest | 'too many hops' | Fault {
  const left = request.headers.one(header.maxForwards);
  const routes = request.headers.all(header.route);
  if (left instanceof Fault) return left;
  if (routes instanceof Fault) return routes;
  if (left === 0) return 'too many hops';
  const { uri, route } = routed(target, routes);
  const headers = request.headers
    .with(header.maxForwards, left === undefined ? 70 : left - 1)
    .with(header.route, ...route)
    .prepend(header.via, via);
  return request.with(
    recordRoute === undefined ? headers : headers.prepend(header.recordRoute, address(withLr(recordRoute))),
    uri,
  );
}

/** The element that a request goes to next: the first of its route, or the target itself (§8.1.2). */
export function nextHop(request: SipRequest): Uri | Fault {
  const route = request.headers.first(header.route);
  return route instanceof Fault ? route : (route?.uri ?? request.uri);
}

/**
 * Request-URI and Route of a request along a route (§12.2.1.1, §16.6 step 6): a first element that is no loose router
 * has to find itself in the Request-URI, and the target last in the Route.
 */
export function routed(
  target: Uri,
  routes: readonly Address[],
): { readonly uri: Uri; readonly route: readonly Address[] } {
  const [first, ...rest] = routes;
  if (first === undefined || !isSipUri(first.uri) || first.uri.parameters.has('lr'))
    return { uri: target, route: routes };
  return { uri: { ...first.uri, headers: undefined }, route: [...rest, address(target)] };
}

const withLr = (uri: SipUri): SipUri => ({ ...uri, parameters: uri.parameters.with('lr', null) });

import { definedFields } from '#schema/defined-fields.ts';
import { parseAddress, printAddress, type Address } from '#sip/address.ts';
import { Fault } from '#sip/fault.ts';
import { isSipUri } from '#sip/uri.ts';
import { nextHopOf, type PeerAddress } from '#telephony/outbound-proxy.ts';
import type { RegisteredRoutes } from '#telephony/trunk-registration.ts';
import { peerUri, serverIn, type Outbound, type Peer } from '../outbound/outbound.ts';
import type { RegisterOutcome } from './register-outcome.ts';

/** The Service-Route of a registration (RFC 3608). A registrar could send the calls of a trunk anywhere by it. */

type Registered = Extract<RegisterOutcome, { readonly kind: 'registered' }>;

/** What is kept of a 200, and why a part of it is not followed; null: all is. */
export async function keptRoutes(
  outbound: Pick<Outbound, 'addresses'>,
  peer: PeerAddress,
  { serviceRoute, associatedUris }: Pick<Registered, 'serviceRoute' | 'associatedUris'>,
): Promise<{ readonly routes: RegisteredRoutes; readonly objection: string | null }> {
  const objection =
    serviceRoute === undefined || serviceRoute instanceof Fault
      ? serviceRoute?.reason
      : await objectionTo(outbound, peer, serviceRoute);
  const isFollowed = serviceRoute !== undefined && !(serviceRoute instanceof Fault) && objection === undefined;
  const service_route = isFollowed ? serviceRoute.map(printAddress) : undefined;
  return {
    routes: definedFields({ service_route, associated_uris: associatedUris }),
    objection: objection === undefined ? null : `Service-Route ignored: ${objection}`,
  };
}

/** Why a route is not followed: its first hop must be the host of the trunk, or its outbound proxy. */
async function objectionTo(
  outbound: Pick<Outbound, 'addresses'>,
  peer: PeerAddress,
  routes: readonly Address[],
): Promise<string | undefined> {
  const server = firstServer(peer, routes);
  if (server === undefined) return 'its transport is unknown';
  const addressesOf = (each: Peer): Promise<readonly string[]> => outbound.addresses(peerUri(each), each.transport);
  const [found, ...own] = await Promise.all([server, peer, nextHopOf(peer)].map(addressesOf));
  const known = new Set(own.flat());
  const isOwn = found !== undefined && found.length > 0 && found.every((address) => known.has(address));
  return isOwn ? undefined : 'its first hop is neither the host nor the outbound proxy';
}

const firstServer = (peer: PeerAddress, [first]: readonly Address[]): Peer | undefined =>
  first === undefined || !isSipUri(first.uri) ? undefined : serverIn(first.uri, nextHopOf(peer).transport);

/** The routes of an INVITE, and the server of the first one; undefined: the trunk has no Service-Route. */
export function followedRoute(
  peer: PeerAddress,
  stored: readonly string[],
): { readonly routes: readonly Address[]; readonly server: Peer } | undefined {
  const routes = stored.map(parseAddress).flatMap((route) => (route instanceof Fault ? [] : [route]));
  const server = firstServer(peer, routes);
  return server === undefined || routes.length < stored.length ? undefined : { routes, server };
}

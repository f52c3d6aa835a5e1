import type { IncomingMessage } from 'node:http';
import { canonicalAddress } from '#schema/ip-address.ts';

/** The outbox has no log-in, so it is for browsers and programs of this machine (infra/local/README.md, "Outbox"). */

export type Visitor = {
  readonly headers: IncomingMessage['headers'];
  readonly socket: { readonly remoteAddress?: string | undefined; readonly localAddress?: string | undefined };
};

/** A proxy on this machine passes on requests of others. */
const forwarded = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

/** The host in a `Host` header, without port. */
const hostIn = (header: string): string =>
  header
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();

/** Whether a name or address is of this machine alone. @param own an address of this machine */
const isOwnHost = (host: string, own: string): boolean => {
  const address = canonicalAddress(host);
  return address === undefined ? host === 'localhost' : isLoopback(address) || address === own;
};

/**
 * Whether a request comes from this machine, and asks for it by a name that no DNS server can give to another page (DNS
 * rebinding).
 */
export function isOwnMachine({ headers, socket }: Visitor): boolean {
  const remote = canonicalAddress(socket.remoteAddress ?? '') ?? '';
  const local = canonicalAddress(socket.localAddress ?? '') ?? '';
  if (remote === '' || (!isLoopback(remote) && remote !== local)) return false;
  if (forwarded.some((name) => headers[name] !== undefined)) return false;
  return isOwnHost(hostIn(headers.host ?? ''), local);
}

/** Whether the public URL of the system is that of this machine: under any other, others reach it through a proxy. */
export const isOwnUrl = (url: string, own: string): boolean => isOwnHost(hostIn(new URL(url).host), own);

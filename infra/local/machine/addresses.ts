import { networkInterfaces } from 'node:os';
import { LocalCloudError } from '../templates/resource.ts';

/** Where HTTP and SIP listen, and how they are reached. */
export type Addresses = {
  /** Address of the sockets: an IPv4 address of this machine, or `0.0.0.0` for all of them. */
  readonly listen: string;
  /** Address that others get: in URLs, for SIP, and in provisioning files. */
  readonly public: string;
  /** Address at which this process reaches its own ports. */
  readonly own: string;
};

export const loopback = '127.0.0.1';
export const everywhere = '0.0.0.0';

/**
 * The addresses of a setting `HOST`. Of `0.0.0.0`, others get the first address that is not internal.
 *
 * @throws LocalCloudError if there is none
 */
export function addressesOf(host: string, interfaces = networkInterfaces()): Addresses {
  if (host !== everywhere) return { listen: host, public: host, own: host };
  const found = Object.values(interfaces)
    .flat()
    .find((each) => each?.family === 'IPv4' && !each.internal);
  if (found === undefined)
    throw new LocalCloudError(`HOST is ${everywhere}, but this machine has no address for others: set HOST to one.`);
  return { listen: host, public: found.address, own: loopback };
}

/** The base URL of a port. */
export const urlOf = ({ public: host }: Addresses, port: number, scheme: 'http' | 'https' = 'http'): string =>
  `${scheme}://${host === loopback ? 'localhost' : host}:${port}`;

import { BlockList, isIP } from 'node:net';
import { AppError } from '../../errors.ts';

/** Whether an IP address is inside one of the CIDR blocks. False for a text that is no IP address. */
export function isWithin(address: string, blocks: readonly string[]): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  const list = new BlockList();
  for (const block of blocks) {
    const [network = '', length = ''] = block.split('/');
    list.addSubnet(network, Number(length), isIP(network) === 6 ? 'ipv6' : 'ipv4');
  }
  return list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Whether a whitelist allows an address; an empty one allows every address. */
export const allowsAddress = (whitelist: readonly string[], address: string): boolean =>
  whitelist.length === 0 || isWithin(address, whitelist);

/** Applies the `ip_whitelist` of the caller's organization. @throws AppError IP_NOT_ALLOWED */
export function assertAllowedAddress(whitelist: readonly string[], address: string): void {
  if (!allowsAddress(whitelist, address))
    throw new AppError('IP_NOT_ALLOWED', 'Your organization does not allow requests from this IP address');
}

/** Applies the caller's own whitelist. @throws AppError IP_NOT_ALLOWED */
export function assertAllowedToUser(whitelist: readonly string[], address: string): void {
  if (!allowsAddress(whitelist, address))
    throw new AppError('IP_NOT_ALLOWED', 'This user may not use the API from this IP address');
}

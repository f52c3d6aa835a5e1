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

/**
 * Applies the `ip_whitelist` of the caller's organization. An empty list allows every address.
 * @throws AppError IP_NOT_ALLOWED
 */
export function assertAllowedAddress(blocks: readonly string[], address: string): void {
  if (blocks.length > 0 && !isWithin(address, blocks))
    throw new AppError('IP_NOT_ALLOWED', 'Your organization does not allow requests from this IP address');
}

import { BlockList, isIP } from 'node:net';
import { AppError } from '../../errors.ts';

/** Whether an address lies in one of the CIDR blocks; one that is no address lies in none. */
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

/** Holds for every request of an organization's people (orgs.md, `ip_whitelist`). @throws AppError IP_NOT_ALLOWED */
export function assertAllowedAddress(blocks: readonly string[], address: string): void {
  if (blocks.length > 0 && !isWithin(address, blocks))
    throw new AppError('IP_NOT_ALLOWED', 'The organization does not let anybody in from this address');
}

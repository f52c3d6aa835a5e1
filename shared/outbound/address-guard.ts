import { BlockList, isIP } from 'node:net';

/**
 * Networks that requests to a tenant's host must not reach: private, local and special-purpose ones (IANA
 * Special-Purpose Address Registries, RFC 6890), which include cloud metadata endpoints. IPv6 ones outside 2000::/3 are
 * named as well, although no address there is public.
 */
const forbidden4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
const forbidden6 = [
  '::/128',
  '::1/128',
  '::ffff:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

function listOf(networks: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix = ''] = network.split('/');
    list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

/** The only IPv6 addresses that are assigned to hosts of the internet (RFC 4291 §2.4, IANA "IPv6 Address Space"). */
const globalUnicast = listOf(['2000::/3'], 'ipv6');
const lists = { 4: listOf(forbidden4, 'ipv4'), 6: listOf(forbidden6, 'ipv6') } as const;

/** Whether requests may go to an IP address. False for text that is no IP address, and for one with a zone. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !lists[4].check(address, 'ipv4');
  if (family !== 6 || address.includes('%')) return false;
  return globalUnicast.check(address, 'ipv6') && !lists[6].check(address, 'ipv6');
}

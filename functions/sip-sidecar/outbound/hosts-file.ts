import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';

/** The hosts file of the system. */
export const hostsFile =
  process.platform === 'win32' ? `${process.env['SystemRoot'] ?? ''}\\System32\\drivers\\etc\\hosts` : '/etc/hosts';

/** Addresses by lower-case name, as in a hosts file: an address and its names per line. IPv4 comes first. */
export function parseHosts(text: string): ReadonlyMap<string, readonly string[]> {
  const hosts = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    for (const name of names.map((each) => each.toLowerCase())) hosts.set(name, [...(hosts.get(name) ?? []), address]);
  }
  return new Map([...hosts].map(([name, all]) => [name, all.toSorted((one, other) => rank(one) - rank(other))]));
}

const rank = (address: string): number => (isIPv4(address) ? 0 : 1);

/** Reads a hosts file; empty if there is none. */
export const readHosts = async (path: string): Promise<ReadonlyMap<string, readonly string[]>> =>
  parseHosts(await readFile(path, 'utf8').catch(() => ''));

import { lookup, Resolver } from 'node:dns/promises';

/** The addresses of a name, IPv4 first; none if it has none. @throws Error if the look-up fails */
export type NameLookup = (name: string) => Promise<readonly string[]>;

/** Milliseconds for a server's answer, and attempts. */
const limits = { timeout: 2_000, tries: 2 } as const;

/** Errors of a query for a name without such records. */
const noRecords: ReadonlySet<string> = new Set(['ENODATA', 'ENOTFOUND', 'ENONAME']);
const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/** @throws Error the failure, unless it says that there are no such records */
async function addressesIn(query: Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await query;
  } catch (error) {
    if (noRecords.has(codeOf(error))) return [];
    throw error;
  }
}

/** Names of this machine, which no DNS server is asked for (RFC 6761 §6.3). */
const localhost = /^(.+\.)?localhost\.?$/i;

/** A look-up by DNS alone: neither the hosts file nor the search domains of this machine name a public host. */
export function dnsLookup(resolver: Pick<Resolver, 'resolve4' | 'resolve6'> = new Resolver(limits)): NameLookup {
  return async (name) => {
    if (localhost.test(name)) return ['127.0.0.1', '::1'];
    const families = await Promise.allSettled([
      addressesIn(resolver.resolve4(name)),
      addressesIn(resolver.resolve6(name)),
    ]);
    const found = families.flatMap((family) => (family.status === 'fulfilled' ? family.value : []));
    const failure = families.find((family) => family.status === 'rejected');
    if (found.length === 0 && failure !== undefined) throw failure.reason;
    return found;
  };
}

/** A look-up as programs of this machine do it, with its hosts file. */
export const systemLookup: NameLookup = async (name) =>
  (await lookup(name, { all: true, order: 'ipv4first' })).map(({ address }) => address);

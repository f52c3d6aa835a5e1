import { lookup, Resolver as Dns } from 'node:dns/promises';
import { second } from '../../../shared/schema/time.ts';
import type { Resolver } from '../../../shared/sip/resolver/records.ts';
import { cacheResults } from '../cache.ts';

/** The name of a gateway is resolved for each ping. */
const cacheLimits = { ttl: 30 * second, max: 20_000 } as const;

/** Errors of a query for a name that has no such records. */
const noRecords: ReadonlySet<string> = new Set(['ENODATA', 'ENOTFOUND', 'ENONAME']);
const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

async function orEmpty<Record>(records: Promise<readonly Record[]>): Promise<readonly Record[]> {
  try {
    return await records;
  } catch (error) {
    if (noRecords.has(codeOf(error))) return [];
    throw error;
  }
}

/** Resolves by the DNS of the system and its hosts file, with a cache. @param now milliseconds */
export function systemResolver(now: () => number): Resolver {
  const dns = new Dns({ timeout: 2 * second, tries: 2 });
  return {
    naptr: cacheResults((name: string) => orEmpty(dns.resolveNaptr(name)), cacheLimits, now),
    srv: cacheResults((name: string) => orEmpty(dns.resolveSrv(name)), cacheLimits, now),
    addresses: cacheResults(
      async (name: string) => (await orEmpty(lookup(name, { all: true }))).map(({ address }) => address),
      cacheLimits,
      now,
    ),
  };
}

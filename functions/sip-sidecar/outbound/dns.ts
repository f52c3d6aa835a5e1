import { lookup, Resolver as Dns } from 'node:dns/promises';
import type { Resolver } from '../../../shared/sip/resolver/records.ts';
import { cacheResults } from '../cache.ts';

/** A gateway's name is asked for at each ping. */
const cacheLimits = { ttl: 30_000, max: 20_000 } as const;

/** What the DNS answers to a name that has no such records. */
const noRecords: ReadonlySet<string> = new Set(['ENODATA', 'ENOTFOUND', 'ENONAME']);
const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

async function orNone<Record>(answer: Promise<readonly Record[]>): Promise<readonly Record[]> {
  try {
    return await answer;
  } catch (error) {
    if (noRecords.has(codeOf(error))) return [];
    throw error;
  }
}

/** The machine's DNS, and its own list of hosts. @param now milliseconds */
export function systemResolver(now: () => number): Resolver {
  const dns = new Dns({ timeout: 2_000, tries: 2 });
  return {
    naptr: cacheResults((name: string) => orNone(dns.resolveNaptr(name)), cacheLimits, now),
    srv: cacheResults((name: string) => orNone(dns.resolveSrv(name)), cacheLimits, now),
    addresses: cacheResults(
      async (name: string) => (await orNone(lookup(name, { all: true }))).map(({ address }) => address),
      cacheLimits,
      now,
    ),
  };
}

import { Resolver as NodeResolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { second } from '#schema/time.ts';
import type { Naptr, Resolver, Srv } from '#sip/resolver/records.ts';
import { cacheResults } from '#concurrency/cache.ts';

/** The look-ups that are used of a DNS client. */
export type Dns = {
  readonly resolve4: (name: string) => Promise<readonly string[]>;
  readonly resolve6: (name: string) => Promise<readonly string[]>;
  readonly resolveSrv: (name: string) => Promise<readonly Srv[]>;
  readonly resolveNaptr: (name: string) => Promise<readonly Naptr[]>;
};

/** The dependencies of name resolution. */
export type ResolverDependencies = {
  readonly dns: Dns;
  /** Addresses by lower-case name, before the DNS is asked. */
  readonly hosts: () => Promise<ReadonlyMap<string, readonly string[]>>;
  /** Milliseconds. */
  readonly now: () => number;
};

/** The name of a gateway is resolved for each ping. A failure is retried sooner, but not by each request. */
const caches = { records: { ttl: 30 * second, max: 20_000 }, failures: { ttl: 10 * second, max: 20_000 } } as const;
/** Look-ups of all tenants: names whose servers do not answer occupy a place for up to 6 s. */
const lookups = { running: 64, waiting: 2_000 } as const;
/** Per server and try, in milliseconds. */
const timeouts = { timeout: 2 * second, tries: 2 } as const;

/** Errors of a query for a name that has no such records. */
const noRecords: ReadonlySet<string> = new Set(['ENODATA', 'ENOTFOUND', 'ENONAME']);
const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/** A look-up that has ended. */
type Outcome<Record> = { readonly records: readonly Record[] } | { readonly error: unknown };

async function outcomeOf<Record>(query: Promise<readonly Record[]>): Promise<Outcome<Record>> {
  try {
    return { records: await query };
  } catch (error) {
    return noRecords.has(codeOf(error)) ? { records: [] } : { error };
  }
}

/** @throws Error the failure of the look-up */
function recordsOf<Record>(outcome: Outcome<Record>): readonly Record[] {
  if ('error' in outcome) throw outcome.error;
  return outcome.records;
}

/** A DNS client that uses the servers of the system, and sockets of its own instead of the threads of the process. */
export const newDns = (options: { readonly timeout: number; readonly tries: number } = timeouts): NodeResolver =>
  new NodeResolver(options);

/** Resolves by the hosts file and the DNS of the system, with a cache. @param now milliseconds */
export const systemResolver = (now: () => number): Resolver => {
  const hosts = cacheResults(readHosts, caches.records, now);
  return resolverOf({ dns: newDns(), hosts: () => hosts(hostsFile), now });
};

/** Resolves names, with a limit of concurrent look-ups. */
export function resolverOf({ dns, hosts, now }: ResolverDependencies): Resolver {
  const limited = limitConcurrency(lookups);
  const cached = <Record>(query: (name: string) => Promise<readonly Record[]>) => {
    const outcomes = cacheResults((name: string) => outcomeOf(limited(() => query(name))), caches.failures, now);
    return cacheResults(async (name: string) => recordsOf(await outcomes(name)), caches.records, now);
  };
  const [ipv4, ipv6] = [cached((name) => dns.resolve4(name)), cached((name) => dns.resolve6(name))];
  return {
    naptr: cached((name) => dns.resolveNaptr(name)),
    srv: cached((name) => dns.resolveSrv(name)),
    addresses: async (name) => {
      const local = (await hosts()).get(name.toLowerCase());
      if (local !== undefined) return local;
      const families = await Promise.all([outcomeOf(ipv4(name)), outcomeOf(ipv6(name))]);
      const found = families.flatMap((family) => ('records' in family ? family.records : []));
      return found.length > 0 ? found : families.flatMap(recordsOf);
    },
  };
}

/** `running`: tasks at once. `waiting`: tasks that wait for them; beyond, a task is rejected. */
export type ConcurrencyLimits = { readonly running: number; readonly waiting: number };

/** Runs a task when fewer than the limit are running, in the order of the calls. */
export type Limited = <Result>(task: () => Promise<Result>) => Promise<Result>;

/** Limits the number of tasks that run at once. */
export function limitConcurrency({ running, waiting }: ConcurrencyLimits): Limited {
  const queue: (() => void)[] = [];
  let active = 0;
  return async (task) => {
    if (active >= running) {
      if (queue.length >= waiting) throw new Error(`more than ${waiting} tasks are waiting`);
      // The task that ends leaves its place to this one.
      await new Promise<void>((resolve) => queue.push(resolve));
    } else active += 1;
    try {
      return await task();
    } finally {
      const next = queue.shift();
      if (next === undefined) active -= 1;
      else next();
    }
  };
}

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

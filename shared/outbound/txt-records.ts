import { Resolver } from 'node:dns/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { isPublicAddress } from './address-guard.ts';
import { second } from '../schema/time.ts';

/** TXT records, asked of the servers of a zone where possible, so that a new record is found before caches expire. */

/** What the DNS answered for some names: their records, and whether every name was answered. */
export type TxtAnswer = { readonly records: readonly string[]; readonly isComplete: boolean };

/** @param names of one zone, the name of the zone or of a host in it first */
export type LookUpTxt = (names: readonly string[]) => Promise<TxtAnswer>;

/** The parts that are used of a DNS client. */
export type DnsClient = {
  readonly resolveTxt: (name: string) => Promise<readonly (readonly string[])[]>;
  readonly resolveNs: (name: string) => Promise<readonly string[]>;
  readonly resolve4: (name: string) => Promise<readonly string[]>;
  readonly resolve6: (name: string) => Promise<readonly string[]>;
  readonly setServers: (addresses: readonly string[]) => void;
  readonly cancel: () => void;
};

export type DnsOptions = {
  /** Servers that resolve names; by default those of the system. */
  readonly servers?: readonly string[];
  /** Port of a zone's servers. */
  readonly port?: number;
  /** Whether the servers of a zone may have private addresses. */
  readonly allowPrivate?: boolean;
  /** Milliseconds for everything. */
  readonly timeout?: number;
  readonly newClient?: () => DnsClient;
};

/** Milliseconds. */
const defaultTimeout = 5 * second;
/** Milliseconds for one try, so that there is time for another server. */
const oneTry = 1_500;
/** Name servers of a zone that are asked. Anyone may list any number. */
const maxServers = 4;
/** Labels above a name whose servers are looked up. */
const maxLevels = 8;
const dnsPort = 53;

const newResolver = (): Resolver => new Resolver({ timeout: oneTry, tries: 2 });

/** Errors of a query for a name that has no such records (RFC 2308 §2). */
const noRecords: ReadonlySet<string> = new Set(['ENODATA', 'ENOTFOUND', 'ENONAME']);
const isAbsence = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && noRecords.has(String(error.code));

/** One record may consist of several strings (RFC 7208 §3.3). */
async function recordsAt(client: DnsClient, name: string): Promise<TxtAnswer> {
  try {
    return { records: (await client.resolveTxt(name)).map((parts) => parts.join('')), isComplete: true };
  } catch (error) {
    return { records: [], isComplete: isAbsence(error) };
  }
}

async function recordsOf(client: DnsClient, names: readonly string[]): Promise<TxtAnswer> {
  const answers = await Promise.all(names.map((name) => recordsAt(client, name)));
  return {
    records: answers.flatMap(({ records }) => records),
    isComplete: answers.every(({ isComplete }) => isComplete),
  };
}

const orNone = async <T>(query: Promise<readonly T[]>): Promise<readonly T[]> => query.catch(() => []);

/** A name and those above it, down to two labels. */
function zonesAbove(name: string): string[] {
  const labels = name.split('.');
  return labels
    .slice(0, -1)
    .map((_, at) => labels.slice(at).join('.'))
    .slice(0, maxLevels);
}

/** The addresses of the servers of the zone that has a name; none if they cannot be found. */
async function serversOf(client: DnsClient, name: string): Promise<readonly string[]> {
  const zones = await Promise.all(zonesAbove(name).map((zone) => orNone(client.resolveNs(zone))));
  const hosts = zones.find((names) => names.length > 0)?.slice(0, maxServers) ?? [];
  const addresses = await Promise.all(
    hosts.flatMap((host) => [orNone(client.resolve4(host)), orNone(client.resolve6(host))]),
  );
  return addresses.flat().slice(0, 2 * maxServers);
}

const withPort = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

const nothing: TxtAnswer = { records: [], isComplete: false };

/**
 * Looks TXT records up at the servers that resolve names and at those of the zone, which have no old records. An answer
 * of either is enough. The look-up ends after 5 s, also if no server answers.
 */
export function txtLookup({
  servers,
  port = dnsPort,
  allowPrivate = false,
  timeout = defaultTimeout,
  newClient = newResolver,
}: DnsOptions = {}): LookUpTxt {
  const atZone = async (names: readonly string[], [base, own]: readonly [DnsClient, DnsClient]) => {
    const found = await serversOf(base, names[0] ?? '');
    // Anyone chooses the addresses of the servers of a zone of one's own.
    const usable = found.filter((address) => allowPrivate || isPublicAddress(address));
    if (usable.length === 0) return nothing;
    own.setServers(usable.map((address) => withPort(address, port)));
    return recordsOf(own, names);
  };
  return async (names) => {
    const clients = [newClient(), newClient()] as const;
    const [base] = clients;
    if (servers !== undefined) base.setServers(servers);
    const over = new AbortController();
    const end = pause(timeout, nothing, { signal: over.signal }).catch(() => nothing);
    const inTime = (answer: Promise<TxtAnswer>): Promise<TxtAnswer> => Promise.race([answer.catch(() => nothing), end]);
    const answers = await Promise.all([inTime(recordsOf(base, names)), inTime(atZone(names, clients))]);
    over.abort();
    for (const client of clients) client.cancel();
    return {
      records: [...new Set(answers.flatMap(({ records }) => records))],
      isComplete: answers.some(({ isComplete }) => isComplete),
    };
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Asks `DNS_SERVERS` (addresses with ports, separated by commas), or the servers of the system. */
export function txtLookupFrom(environment: Environment): LookUpTxt {
  const servers = environment['DNS_SERVERS']?.split(',');
  return txtLookup({
    ...(servers === undefined ? {} : { servers }),
    allowPrivate: environment['OUTBOUND_ALLOW_PRIVATE'] === '1',
  });
}

import { Resolver, lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { AppError } from '../errors.ts';
import { isPublicAddress } from './address-guard.ts';
import { exchangeOnce, type ExchangeOutcome } from './exchange.ts';
import { anyUrls, hostOf, publicUrls, readUrl, type UrlRules } from './url-rules.ts';

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

/**
 * Requests to URLs that tenants configure: webhooks, callbacks, connectors. Nothing else sends to them
 * (shared/outbound/README.md). Only functions that declare it (`callsOut`) can use it.
 */
export type Outbound<Declared extends true = true> = {
  /**
   * Sends a request to an address that was checked, once. A redirect is an answer like any other.
   * @throws OutboundFailed if there is no answer
   */
  readonly send: (request: OutboundRequest & IfDeclared<Declared>) => Promise<OutboundAnswer>;
  /** Why requests to the URL would fail; null if they may be sent. Sends nothing. */
  readonly check: (url: string & IfDeclared<Declared>) => Promise<OutboundProblem | null>;
};

type IfDeclared<Declared extends true> = Declared extends true ? unknown : never;

export type OutboundRequest = {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** Headers of the connection (`Host`, `Content-Length`, …) are ignored. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds for everything: look-up, connection, TLS, request and answer. */
  readonly timeout: number;
  /** Bytes of the answer's body that are read. */
  readonly maxBytes: number;
  /** `latin1`: the excerpt has a character for each byte, as of a file that is no text. */
  readonly encoding?: 'latin1';
};

export type OutboundAnswer = {
  readonly status: number;
  /** Lower-case names; a field that comes several times is joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** The first `maxBytes` of the body as UTF-8, or in the encoding of the request, or what came of it in time. */
  readonly excerpt: string;
  readonly duration_ms: number;
};

export type OutboundFailure =
  | 'ADDRESS_NOT_ALLOWED'
  | 'URL_NOT_ALLOWED'
  | 'DNS_FAILED'
  | 'CONNECT_FAILED'
  | 'TLS_FAILED'
  | 'TIMEOUT'
  | 'CONNECTION_CLOSED';

export type OutboundProblem = {
  readonly code: Extract<OutboundFailure, 'ADDRESS_NOT_ALLOWED' | 'URL_NOT_ALLOWED' | 'DNS_FAILED' | 'TIMEOUT'>;
  /** Follows the name of the field: `must use https`. */
  readonly message: string;
};

/** How far an exchange came. */
export type OutboundProgress = 'resolving' | Extract<ExchangeOutcome, { failed: string }>['failed'];

/** A request without an answer. */
export class OutboundFailed extends Error {
  override name = 'OutboundFailed';
  readonly code: OutboundFailure;
  readonly duration_ms: number;
  /** What failed, or took too long. */
  readonly during: OutboundProgress;

  constructor(code: OutboundFailure, problem: string, duration: number, during: OutboundProgress = 'answering') {
    super(problem);
    this.code = code;
    this.duration_ms = duration;
    this.during = during;
  }
}

/** What requests may reach. */
export type OutboundPolicy = {
  readonly urls: UrlRules;
  readonly allows: (address: string) => boolean;
};

export const publicOnly: OutboundPolicy = { urls: publicUrls, allows: isPublicAddress };
/** `OUTBOUND_ALLOW_PRIVATE=1` */
export const anywhere: OutboundPolicy = { urls: anyUrls, allows: () => true };

export type OutboundDependencies = {
  readonly policy: OutboundPolicy;
  readonly lookup: NameLookup;
  /** Certificate authorities, in PEM, in place of those of Node. */
  readonly authorities?: readonly string[];
};

/** Milliseconds for the look-up when a URL is only checked. */
export const checkTimeout = 3_000;
/** Addresses that are tried at most. All are checked. */
const maxAddresses = 8;

export const failures = {
  connecting: 'CONNECT_FAILED',
  securing: 'TLS_FAILED',
  answering: 'CONNECTION_CLOSED',
} as const satisfies Record<Extract<ExchangeOutcome, { failed: string }>['failed'], OutboundFailure>;

type Target = { readonly url: URL; readonly addresses: readonly string[] };

const problem = (code: OutboundProblem['code'], message: string): OutboundProblem => ({ code, message });

/** Rejects when the signal aborts. */
const abortOf = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('timeout')), { once: true });
  });

/**
 * Resolves the host of a URL and checks every address.
 * @param url as read, or what is wrong with it
 */
export async function locate(
  url: URL | string,
  { policy, lookup }: OutboundDependencies,
  signal: AbortSignal,
): Promise<Target | OutboundProblem> {
  if (typeof url === 'string') return problem('URL_NOT_ALLOWED', url);
  const host = hostOf(url);
  let addresses: readonly string[];
  try {
    addresses = isIP(host) === 0 ? await Promise.race([lookup(host), abortOf(signal)]) : [host];
  } catch {
    return signal.aborted
      ? problem('TIMEOUT', 'has a host name that was not resolved in time')
      : problem('DNS_FAILED', 'has a host name that cannot be resolved');
  }
  if (addresses.length === 0) return problem('DNS_FAILED', 'has a host name without an address');
  if (!addresses.every(policy.allows)) return problem('ADDRESS_NOT_ALLOWED', 'must have public addresses only');
  return { url, addresses: addresses.slice(0, maxAddresses) };
}

/** Requests by these rules, over sockets of this process. */
export function newOutbound(dependencies: OutboundDependencies): Outbound {
  const { policy } = dependencies;
  return {
    check: async (text) => {
      const located = await locate(readUrl(text, policy.urls), dependencies, AbortSignal.timeout(checkTimeout));
      return 'code' in located ? located : null;
    },
    send: async ({ url: text, timeout, method, headers, body, maxBytes, encoding }) => {
      const start = performance.now();
      const passed = (): number => Math.round(performance.now() - start);
      const signal = AbortSignal.timeout(timeout);
      const target = await locate(readUrl(text, policy.urls), dependencies, signal);
      if ('code' in target) throw new OutboundFailed(target.code, `The URL ${target.message}`, passed(), 'resolving');
      const { authorities } = dependencies;
      const exchanged = await exchangeOnce({
        ...{ ...target, method, headers, body, maxBytes, encoding, signal, authorities },
      });
      if (!('failed' in exchanged)) return { ...exchanged, duration_ms: passed() };
      const code = signal.aborted ? 'TIMEOUT' : failures[exchanged.failed];
      throw new OutboundFailed(code, exchanged.problem, passed(), exchanged.failed);
    },
  };
}

/** Public addresses; with `OUTBOUND_ALLOW_PRIVATE=1`, which no deployment sets, any. */
export const reachFromEnvironment = (environment: NodeJS.ProcessEnv = process.env): OutboundDependencies =>
  environment['OUTBOUND_ALLOW_PRIVATE'] === '1'
    ? { policy: anywhere, lookup: systemLookup }
    : { policy: publicOnly, lookup: dnsLookup() };

/** Requests to what the environment allows. */
export const outboundFromEnvironment = (environment: NodeJS.ProcessEnv = process.env): Outbound =>
  newOutbound(reachFromEnvironment(environment));

/**
 * Rejects a URL that requests must not be sent to. A name that cannot be resolved now is accepted: each request checks
 * again.
 * @param path of the field
 * @throws AppError WEBHOOK_URL_NOT_ALLOWED
 */
export async function assertAllowedUrl(outbound: Pick<Outbound, 'check'>, url: string, path: string): Promise<void> {
  const found = await outbound.check(url);
  if (found?.code !== 'URL_NOT_ALLOWED' && found?.code !== 'ADDRESS_NOT_ALLOWED') return;
  const { message } = found;
  throw new AppError('WEBHOOK_URL_NOT_ALLOWED', `${path} ${message}`, { details: [{ path, message }] });
}

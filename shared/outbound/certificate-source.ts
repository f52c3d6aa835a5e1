import { waitAtMost as waitForWork } from '../concurrency/wait-at-most.ts';
import { day, minute, second } from '../schema/time.ts';
import { maxPemLength, readChain, trustChain, type CertificateChain } from '../stir/certificate.ts';
import { identityFault, type IdentityFault } from '../stir/passport.ts';
import { noRevocations, type Revocations } from '../stir/revocation-list.ts';
import type { CertificateOf, TrustedCertificate } from '../stir/verification.ts';
import type { Outbound } from './outbound.ts';
import type { RevocationSource } from './revocation-source.ts';

/** Milliseconds that a call waits for a certificate at most. The fetch goes on. */
const maxWait = 500;

/** Times in milliseconds. */
const limits = {
  /** Of a whole fetch. */
  timeout: 5 * second,
  /** Longest and shortest use of an answer. */
  maxAge: day,
  minAge: minute,
  /** How long a failure is remembered. */
  failure: 5 * minute,
  /** URLs that are remembered. */
  cached: 1_000,
  /** Fetches of a trunk at once, and of all trunks. */
  atOnce: 5,
  atOnceOfAll: 50,
  /** Fetches of a trunk a minute. */
  aMinute: 20,
} as const;

type CertificateSourceDependencies = {
  readonly outbound: Pick<Outbound, 'send'>;
  /**
   * The operator's list (`/stir/authorities`), as it is now. A change is another array. With an empty list nothing is
   * fetched.
   */
  readonly authorities: () => Promise<CertificateChain>;
  /** What is revoked now; by default nothing is. */
  readonly revocations?: RevocationSource;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly waitAtMost?: typeof waitForWork;
};

export type CertificateSource = {
  /** Certificates for one call of a trunk, which has a budget of fetches of its own. */
  readonly forTrunk: (trunk: string) => CertificateOf;
};

/** A chain as fetched. What it is worth depends on the authorities and the time. */
type Fetched = { readonly chain: CertificateChain } | IdentityFault;
type Entry = {
  readonly fetching: Promise<void>;
  fetched?: Fetched;
  /** Milliseconds since the epoch. */
  until: number;
  trusted?: {
    readonly by: CertificateChain;
    readonly revocations: Revocations;
    readonly result: TrustedCertificate | IdentityFault;
    /** Milliseconds since the epoch until which the result holds. */
    readonly until: number;
  };
};

/** Seconds of `max-age` (RFC 9111 §5.2.2.1), in milliseconds. */
function ageOf(cacheControl = ''): number {
  if (/\bno-(store|cache)\b/i.test(cacheControl)) return limits.minAge;
  const [, seconds] = /(?:^|[\s,])max-age\s*=\s*"?([0-9]{1,9})/i.exec(cacheControl) ?? [];
  const age = seconds === undefined ? limits.maxAge : Number(seconds) * second;
  return Math.min(Math.max(age, limits.minAge), limits.maxAge);
}

/** Counts fetches of trunks. */
function fetchBudget(now: () => number) {
  const recent = new Map<string, { readonly started: number[]; running: number }>();
  let running = 0;
  /** Drops trunks without a fetch in the last minute: only these have a budget to remember. */
  const forget = (): void => {
    for (const [trunk, { started, running: open }] of recent)
      if (open === 0 && (started.at(-1) ?? 0) <= now() - minute) recent.delete(trunk);
  };
  return {
    /** Begins a fetch. @returns its end; undefined if the budget is used */
    begin: (trunk: string): (() => void) | undefined => {
      if (recent.size >= limits.cached) forget();
      const budget = recent.get(trunk) ?? { started: [], running: 0 };
      while ((budget.started[0] ?? Infinity) <= now() - minute) budget.started.shift();
      const isUsed = budget.running >= limits.atOnce || budget.started.length >= limits.aMinute;
      if (isUsed || running >= limits.atOnceOfAll) return undefined;
      recent.set(trunk, budget);
      budget.started.push(now());
      budget.running += 1;
      running += 1;
      return () => {
        budget.running -= 1;
        running -= 1;
      };
    },
  };
}

const notRetrieved = identityFault(436, 'the certificate was not retrieved');

/** Fetches, checks and caches certificates of `x5u`. One for a process. */
export function certificateSource({
  outbound,
  authorities,
  revocations = async () => noRevocations,
  now,
  waitAtMost = waitForWork,
}: CertificateSourceDependencies): CertificateSource {
  const entries = new Map<string, Entry>();
  const budget = fetchBudget(now);

  async function fetchChain(x5u: string): Promise<{ readonly fetched: Fetched; readonly age: number }> {
    const failed = { fetched: notRetrieved, age: limits.failure };
    try {
      const answer = await outbound.send({
        method: 'GET',
        url: x5u,
        headers: { Accept: 'application/pem-certificate-chain, application/x-pem-file, */*;q=0.1' },
        timeout: limits.timeout,
        maxBytes: maxPemLength + 1,
      });
      if (answer.status !== 200) return failed;
      const chain = readChain(answer.excerpt);
      return chain === undefined ? failed : { fetched: { chain }, age: ageOf(answer.headers['cache-control']) };
    } catch {
      return failed;
    }
  }

  function start(x5u: string, end: () => void): Entry {
    const oldest = [...entries.keys()].slice(0, Math.max(0, entries.size + 1 - limits.cached));
    for (const key of oldest) entries.delete(key);
    const entry: Entry = {
      until: Infinity,
      fetching: fetchChain(x5u).then(({ fetched, age }) => {
        entry.fetched = fetched;
        entry.until = now() + age;
        end();
      }),
    };
    entries.set(x5u, entry);
    return entry;
  }

  function entryOf(x5u: string, trunk: string): Entry | undefined {
    const known = entries.get(x5u);
    if (known !== undefined && known.until > now()) return known;
    entries.delete(x5u);
    const end = budget.begin(trunk);
    return end === undefined ? undefined : start(x5u, end);
  }

  function trust(
    entry: Entry,
    chain: CertificateChain,
    by: CertificateChain,
    revoked: Revocations,
  ): TrustedCertificate | IdentityFault {
    const { trusted } = entry;
    if (trusted?.by === by && trusted.revocations === revoked && now() <= trusted.until) return trusted.result;
    const result = trustChain(chain, by, now(), revoked);
    const until = 'reason' in result ? now() + limits.minAge : result.until;
    entry.trusted = { by, revocations: revoked, result, until };
    return result;
  }

  return {
    forTrunk: (trunk) => async (x5u) => {
      const trustedBy = await authorities();
      // Without a list, no fetch could make a caller verified.
      if (trustedBy.length === 0) return identityFault(436, 'no authority is listed');
      const entry = entryOf(x5u, trunk);
      if (entry === undefined) return notRetrieved;
      const revoked = revocations();
      if (entry.fetched === undefined) await waitAtMost(maxWait, entry.fetching);
      const { fetched = notRetrieved } = entry;
      return 'reason' in fetched ? fetched : trust(entry, fetched.chain, trustedBy, await revoked);
    },
  };
}

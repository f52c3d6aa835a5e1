import { waitAtMost as waitForWork } from '../concurrency/wait-at-most.ts';
import { hour, minute, second } from '../schema/time.ts';
import type { CertificateChain } from '../stir/certificate.ts';
import {
  maxListLength,
  noRevocations,
  revocationsIn,
  trustList,
  type RevocationList,
  type Revocations,
} from '../stir/revocation-list.ts';
import type { Outbound } from './outbound.ts';

/** A list of revoked certificates that the operator has named (`/stir/authorities`). */
export type NamedList = {
  readonly url: string;
  /** Certificates that may sign it. */
  readonly issuers: CertificateChain;
};

/** Times in milliseconds. */
const limits = {
  /** Of a whole fetch. No call waits for it. */
  timeout: 10 * second,
  /** Time between fetches: at most, at least, and after a failure. */
  maxAge: hour,
  minAge: minute,
  failure: 5 * minute,
  /** How long the first fetch of a list is waited for: less than a call waits for its certificate. */
  wait: 400,
} as const;

type RevocationSourceDependencies = {
  readonly outbound: Pick<Outbound, 'send'>;
  /** The lists that are named now. A change is another array. */
  readonly lists: () => Promise<readonly NamedList[]>;
  /** Reports that what a list says is not known, or not up to date. @param problem follows "the list" */
  readonly report: (url: string, problem: string) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly waitAtMost?: typeof waitForWork;
};

type Entry = {
  readonly named: NamedList;
  /** The last list that was trusted. It is used until the next one comes. */
  list?: RevocationList;
  fetching?: Promise<void> | undefined;
  /** When to fetch it again, in milliseconds since the epoch. */
  due: number;
};

/** What the lists revoke now. Never rejects. The value is another one after a change. */
export type RevocationSource = () => Promise<Revocations>;

/**
 * Fetches lists of revoked certificates when they are needed and due, and keeps the last one of each. A list that
 * cannot be had revokes nothing (soft fail), and is reported. One for a process.
 */
export function revocationSource({
  outbound,
  lists,
  report,
  now,
  waitAtMost = waitForWork,
}: RevocationSourceDependencies): RevocationSource {
  let named: readonly NamedList[] = [];
  let entries: readonly Entry[] = [];
  let revocations = noRevocations;

  const update = (): void => {
    revocations = revocationsIn(entries.flatMap(({ list }) => list ?? []));
  };

  /** @returns what is wrong with the answer */
  async function fetchList(entry: Entry): Promise<string | undefined> {
    const { url, issuers } = entry.named;
    const answer = await outbound.send({
      ...{ method: 'GET', url, timeout: limits.timeout, maxBytes: maxListLength + 1, encoding: 'latin1' },
      headers: { Accept: 'application/pkix-crl, application/x-pem-file, */*;q=0.1' },
    });
    if (answer.status !== 200) return `was answered with ${answer.status}`;
    const list = trustList(Buffer.from(answer.excerpt, 'latin1'), issuers, now());
    if ('problem' in list) return list.problem;
    if (list.thisUpdate < (entry.list?.thisUpdate ?? 0)) return 'is older than the last one';
    entry.list = list;
    return undefined;
  }

  async function refresh(entry: Entry): Promise<void> {
    const problem = await fetchList(entry).catch(() => 'was not retrieved');
    const next = entry.list?.nextUpdate ?? Infinity;
    const isLate = entry.list === undefined || next <= now();
    const latest = Math.min(now() + limits.maxAge, Math.max(next, now() + limits.minAge));
    entry.due = problem === undefined && !isLate ? latest : now() + limits.failure;
    entry.fetching = undefined;
    // While the last list is in time, a failure takes nothing away.
    if (isLate) report(entry.named.url, problem ?? 'is out of date');
    if (problem === undefined) update();
  }

  /** Lists that are named as before keep what they have. */
  function name(next: readonly NamedList[]): void {
    if (next === named) return;
    named = next;
    entries = next.map((list) => entries.find((entry) => isSame(entry.named, list)) ?? { named: list, due: -Infinity });
    update();
  }

  return async () => {
    try {
      name(await lists());
      for (const entry of entries)
        if (entry.fetching === undefined && entry.due <= now()) entry.fetching = refresh(entry);
      const first = entries.flatMap(({ list, fetching }) => (list === undefined ? (fetching ?? []) : []));
      if (first.length > 0) await waitAtMost(limits.wait, Promise.all(first));
    } catch {
      // The lists that are named cannot be read: the last ones stay.
    }
    return revocations;
  };
}

const isSame = (one: NamedList, other: NamedList): boolean =>
  one.url === other.url && one.issuers.map(String).join('') === other.issuers.map(String).join('');

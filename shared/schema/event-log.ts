import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

/** The event log's entries and the chain that they make: what an auditor needs to check it without the platform. */

/** The newest entry of a chain. */
export type ChainLink = { readonly seq: number; readonly hash: string };

/** An entry but for its place in the chain; its form never changes, as its hash rests on it. */
export type UnsealedEntry = {
  readonly event_log_id: string;
  readonly org_id: number;
  readonly event_type: string;
  readonly severity: string;
  readonly actor: {
    readonly id: string;
    readonly type: 'user' | 'api' | 'system';
    readonly name: string | null;
    readonly email: string | null;
  };
  readonly resource: { readonly type: string | null; readonly id: string | null; readonly name: string | null } | null;
  readonly description: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly ip_address: string | null;
  readonly user_agent: string | null;
  readonly recorded_by: string;
  readonly request_id: string | null;
  readonly created_at: string;
};

/** An entry as it is stored and answered. */
export type EventLogEntry = UnsealedEntry & {
  readonly chain: { readonly state: 'sealed'; readonly seq: number; readonly prev_hash: string; readonly hash: string };
};

/** What stands before the first entry of a chain. */
export const startOfChain: ChainLink = { seq: 0, hash: '0'.repeat(64) };

type Linked = UnsealedEntry & { readonly chain: { readonly seq: number; readonly prev_hash: string } };

/** SHA-256 (hex) of the RFC 8785 JSON of an entry without `chain.state` and `chain.hash`. */
export function entryHash({ chain: { seq, prev_hash }, ...entry }: Linked): string {
  return createHash('sha256')
    .update(canonicalJson({ ...entry, chain: { seq, prev_hash } }))
    .digest('hex');
}

/** Where a chain does not hold, and how. */
export type ChainBreak = { readonly entry: EventLogEntry; readonly problem: string };

/** What is wrong with an entry, judged by itself and by the one before it. */
function problemsOf(entry: EventLogEntry, before: ChainLink): string[] {
  const { seq, prev_hash, hash } = entry.chain;
  if (seq === before.seq) return ['stands twice in the chain: it forks here'];
  return [
    ...(seq > before.seq + 1 ? [`follows ${before.seq}: ${seq - before.seq - 1} missing before it`] : []),
    ...(seq === before.seq + 1 && prev_hash !== before.hash ? ['does not follow the entry before it'] : []),
    ...(entryHash(entry) === hash ? [] : ['was changed: its content has another hash']),
  ];
}

/**
 * Where the chain of one organization does not hold; empty: it does. Entries may come in any order.
 * @param before what stood before the first of them: of a chain whose beginning was purged, `last_seq` and `last_hash`
 * of `archiving.purged`
 */
export function chainBreaks(entries: readonly EventLogEntry[], before: ChainLink = startOfChain): ChainBreak[] {
  let last = before;
  return entries
    .toSorted((one, other) => one.chain.seq - other.chain.seq)
    .flatMap((entry) => {
      const problems = problemsOf(entry, last);
      last = entry.chain;
      return problems.map((problem) => ({ entry, problem }));
    });
}

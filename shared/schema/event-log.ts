import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

/** The entries of the event log and their chain: what an auditor needs to verify the log without the platform. */

/** An entry's position in its chain, and its hash. */
export type ChainLink = { readonly seq: number; readonly hash: string };

/** An entry without its position in the chain. Its form never changes, because its hash depends on it. */
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

/** The predecessor of the first entry of a chain. */
export const startOfChain: ChainLink = { seq: 0, hash: '0'.repeat(64) };

type Linked = UnsealedEntry & { readonly chain: { readonly seq: number; readonly prev_hash: string } };

/** The SHA-256 (hex) of an entry's canonical JSON (RFC 8785) without `chain.state` and `chain.hash`. */
export function entryHash({ chain: { seq, prev_hash }, ...entry }: Linked): string {
  return createHash('sha256')
    .update(canonicalJson({ ...entry, chain: { seq, prev_hash } }))
    .digest('hex');
}

/** An entry that breaks its chain, and the reason. */
export type ChainBreak = { readonly entry: EventLogEntry; readonly problem: string };

/** What is wrong with an entry, by itself and as successor of the entry before it. */
function problemsOf(entry: EventLogEntry, before: ChainLink): string[] {
  const { seq, prev_hash, hash } = entry.chain;
  if (seq === before.seq) return ['has the sequence number of another entry: the chain forks here'];
  return [
    ...(seq > before.seq + 1 ? [`follows ${before.seq}: ${seq - before.seq - 1} missing in between`] : []),
    ...(seq === before.seq + 1 && prev_hash !== before.hash ? ['does not follow the entry before it'] : []),
    ...(entryHash(entry) === hash ? [] : ['was changed: its hash does not match its content']),
  ];
}

/**
 * Verifies the chain of one organization. Entries may be in any order.
 * @param before the predecessor of the first entry: for a chain whose beginning was purged, `last_seq` and `last_hash`
 * of the event `archiving.purged`
 * @returns the breaks of the chain; none if it is valid
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

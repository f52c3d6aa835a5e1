import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

/** How an audited event becomes an entry of the event log (system.md, "Event log"). */

/** What an entry is made of: an event as it was recorded. */
export type AuditedEvent = {
  readonly id: string;
  readonly org_id: number;
  readonly type: string;
  readonly at: string;
  readonly entity: { readonly type: string; readonly id: string };
  readonly severity: string;
  readonly description: string;
  readonly actor: { readonly id: string; readonly type: 'user' | 'service' | 'system'; readonly name: string; readonly credential: string | null };
  readonly ip: string | null;
  readonly user_agent: string | null;
  readonly request_id: string | null;
  readonly changes: unknown;
  readonly data: Readonly<Record<string, unknown>>;
};

/** The newest entry of a chain. */
export type Head = { readonly seq: number; readonly hash: string };

/** An entry as it is stored and answered; its form never changes, as its hash rests on it. */
export type EventLogEntry = {
  readonly event_log_id: string;
  readonly org_id: number;
  readonly event_type: string;
  readonly severity: string;
  readonly actor: { readonly id: string; readonly type: 'user' | 'api' | 'system'; readonly name: string; readonly email: string | null };
  readonly resource: { readonly type: string; readonly id: string; readonly name: string | null };
  readonly description: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly ip_address: string | null;
  readonly user_agent: string | null;
  readonly recorded_by: string;
  readonly request_id: string | null;
  readonly created_at: string;
  readonly chain: { readonly state: 'sealed'; readonly seq: number; readonly prev_hash: string; readonly hash: string };
};

/** What stands before the first entry of a chain. */
const start: Head = { seq: 0, hash: '0'.repeat(64) };

const actorTypes = { user: 'user', service: 'api', system: 'system' } as const;

/** Numbers beyond what a double holds are written as texts: readers of JSON would round them, and the hash break. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined).map(([name, each]) => [name, plain(each)]));
}

/** `evt_…` and the `evl_…` of the same event share their ULID, so that whoever knows one knows the other. */
const entryId = (event: string): string => event.replace(/^evt_/, 'evl_');

const unsealed = (event: AuditedEvent): Omit<EventLogEntry, 'chain'> => ({
  event_log_id: entryId(event.id),
  org_id: event.org_id,
  event_type: event.type,
  severity: event.severity,
  actor: { id: event.actor.id, type: actorTypes[event.actor.type], name: event.actor.name, email: null },
  resource: { ...event.entity, name: null },
  description: event.description,
  metadata: plain({ ...event.data, credential: event.actor.credential, changes: event.changes }) as Record<string, unknown>,
  ip_address: event.ip,
  user_agent: event.user_agent,
  recorded_by: event.actor.id,
  request_id: event.request_id,
  created_at: event.at,
});

/** SHA-256 (hex) of the RFC 8785 JSON of an entry without `chain.state` and `chain.hash`. */
export function entryHash({ chain: { seq, prev_hash }, ...entry }: Omit<EventLogEntry, 'chain'> & { readonly chain: { readonly seq: number; readonly prev_hash: string } }): string {
  return createHash('sha256').update(canonicalJson({ ...entry, chain: { seq, prev_hash } })).digest('hex');
}

/** The entry that follows the head; without one the first of its organization's chain. */
export function seal(event: AuditedEvent, head: Head = start): EventLogEntry {
  const entry = { ...unsealed(event), chain: { seq: head.seq + 1, prev_hash: head.hash } };
  return { ...entry, chain: { state: 'sealed', ...entry.chain, hash: entryHash(entry) } };
}

/** Entries for several events, each following the one before. */
export function sealAll(events: readonly AuditedEvent[], head?: Head): readonly EventLogEntry[] {
  const entries: EventLogEntry[] = [];
  for (const event of events) entries.push(seal(event, entries.at(-1)?.chain ?? head));
  return entries;
}

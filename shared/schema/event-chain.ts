import {
  concealValues,
  entryHash,
  startOfChain,
  type ChainLink,
  type EventLogEntry,
  type Owners,
  type UnsealedEntry,
} from './event-log.ts';
import type { PersonKeys } from './pseudonym.ts';

/** Converts audited events to entries of the event log. */

/** An event as it was recorded. */
export type AuditedEvent = {
  readonly id: string;
  readonly org_id: number;
  /** A type of the catalogue, or a client's own type if `filed` is set. */
  readonly type: string;
  readonly at: string;
  readonly entity: { readonly type: string; readonly id: string };
  readonly severity: string;
  readonly description: string;
  readonly actor: {
    readonly id: string;
    readonly type: 'user' | 'service' | 'system';
    readonly name: string;
    readonly credential: string | null;
  };
  readonly ip: string | null;
  readonly user_agent: string | null;
  readonly request_id: string | null;
  readonly changes: unknown;
  readonly data: Readonly<Record<string, unknown>>;
  /** Whom the event is about besides its entity: ids of users, telephone numbers (E.164) and e-mail addresses. */
  readonly persons?: readonly string[];
  /**
   * Set if a client filed the event: as an event, or as an entry of the event log with its own actor and resource.
   * Absent for events of the platform.
   */
  readonly filed?:
    | { readonly as: 'event' }
    | ({ readonly as: 'entry' } & Pick<UnsealedEntry, 'actor' | 'resource' | 'ip_address'>);
};

const actorTypes = { user: 'user', service: 'api', system: 'system' } as const;

/** A value as JSON, with each BigInt as text: readers of JSON would round it and compute another hash. */
function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([name, field]) => [name, toJson(field)]),
  );
}

/** The entry's id. `evt_…` and `evl_…` of an event have the same ULID, so that each can be found by the other. */
export const entryId = (event: string): string => event.replace(/^evt_/, 'evl_');

/** Actor, resource and origin of an entry: those of the event, or those that a client filed. */
const subjectOf = ({
  actor,
  entity,
  ip,
  data,
  changes,
  filed,
}: AuditedEvent): Pick<UnsealedEntry, 'actor' | 'resource' | 'metadata' | 'ip_address'> =>
  filed?.as === 'entry'
    ? { actor: filed.actor, resource: filed.resource, metadata: data, ip_address: filed.ip_address }
    : {
        actor: { id: actor.id, type: actorTypes[actor.type], name: actor.name, email: null },
        resource: { ...entity, name: null },
        metadata: { ...data, credential: actor.credential, changes },
        ip_address: ip,
      };

/** The entry of an event, without its position in the chain. */
export function toUnsealedEntry(event: AuditedEvent): UnsealedEntry {
  const subject = subjectOf(event);
  return {
    ...subject,
    metadata: toJson(subject.metadata) as UnsealedEntry['metadata'],
    event_log_id: entryId(event.id),
    org_id: event.org_id,
    event_type: event.type,
    severity: event.severity,
    description: event.description,
    user_agent: event.user_agent,
    recorded_by: event.actor.id,
    request_id: event.request_id,
    created_at: event.at,
  };
}

/** An entry to seal, and whom its values name: persons with keys, or erased ones without. */
export type Sealing = { readonly entry: UnsealedEntry; readonly owners: Owners };

/** The stored entry after the head of a chain. Without a head it is the first of its organization. */
export function seal({ entry: clear, owners }: Sealing, keys: PersonKeys, head = startOfChain): EventLogEntry {
  const { entry, pseudonyms } = concealValues(clear, owners, keys);
  const link = {
    seq: head.seq + 1,
    prev_hash: head.hash,
    ...(pseudonyms === undefined ? {} : { pseudonyms }),
  };
  return { ...entry, chain: { state: 'sealed', ...link, hash: entryHash({ ...entry, chain: link }) } };
}

/** The stored entries of several events, in their order. */
export function sealAll(sealings: readonly Sealing[], keys: PersonKeys, head?: ChainLink): readonly EventLogEntry[] {
  const entries: EventLogEntry[] = [];
  for (const sealing of sealings) entries.push(seal(sealing, keys, entries.at(-1)?.chain ?? head));
  return entries;
}

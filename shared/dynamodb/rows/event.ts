import type { UnsealedEntry } from '../../schema/event-log.ts';
import { indexAttributes, row } from '../row.ts';
import { shardOf } from '../shard.ts';
import { change, type Write } from '../write.ts';

export type Severity = 'info' | 'warning' | 'error' | 'critical';

export type EventItem = {
  readonly id: string;
  readonly org_id: number;
  /** Of the catalogue, or of a client's own choice where `filed` says so. */
  readonly type: string;
  readonly at: string;
  readonly entity: { readonly type: string; readonly id: string };
  readonly severity: Severity;
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
  /** Old and new value of each changed field; secrets as `***`. */
  readonly changes: Readonly<Record<string, { readonly old: unknown; readonly new: unknown }>> | null;
  readonly data: Readonly<Record<string, unknown>>;
  /**
   * What a client filed itself: an event, or an entry of the event log that names whom and what it is about. Absent:
   * what the platform says.
   */
  readonly filed?:
    { readonly as: 'event' } | ({ readonly as: 'entry' } & Pick<UnsealedEntry, 'actor' | 'resource' | 'ip_address'>);
  /** True until its consumers have it; the pending index is sparse. */
  readonly pending: boolean;
  /** Unix seconds; set when it is settled, so that no unsettled event ever expires. */
  readonly expires_at?: number;
};

/** Partitions over which pending events of all organizations are spread. */
export const pendingShards = 8;

/** The partition of GSI2 that holds a shard of the pending events, after the entity. */
export const pendingPartition = (shard: number): readonly string[] => ['pending', String(shard)];

/** The partition of GSI1 that holds the events of a thing, after the entity. */
export const eventsOfEntity = (organization: number, thing: EventItem['entity']): readonly string[] => [
  String(organization),
  `${thing.type}/${thing.id}`,
];

/** `event#1001` by time; GSI1 by entity; GSI2 while pending (architecture.md, "Data"). */
export const eventRow = row<'event', EventItem, { id: string }>('event', {
  sort: ({ id }) => id,
  index1: (item, organization) => ({ partition: eventsOfEntity(organization, item.entity), sort: item.id }),
  index2: (item) =>
    item.pending ? { partition: pendingPartition(shardOf(item.id, pendingShards)), sort: item.id } : undefined,
  expires: (item) => item.expires_at,
});

/** Which event a key of the table names; undefined when it is another thing's. */
export function eventOfKey(key: {
  readonly partition: string;
  readonly sort: string;
}): { readonly org_id: number; readonly id: string } | undefined {
  const organization = /^event#([1-9][0-9]*)$/.exec(key.partition)?.[1];
  return organization === undefined ? undefined : { org_id: Number(organization), id: key.sort };
}

/** Seconds for which a settled event is kept. */
const settledLife = 30 * 24 * 3_600;

/** Marks an event as handed on to all who want it. Fails as stale when another was faster. */
export function settleEvent(id: string, now: Date): Write<'event'> {
  const expires = Math.floor(now.getTime() / 1_000) + settledLife;
  return change(
    eventRow,
    { id },
    {
      set: { pending: false, expires_at: expires, ttl: expires },
      clear: [indexAttributes.GSI2.partition, indexAttributes.GSI2.sort],
      onlyIf: { expression: '#pending = :true', names: { '#pending': 'pending' }, values: { ':true': true } },
    },
  );
}

import type { AuditedEvent } from '../../schema/event-chain.ts';
import { day, second } from '../../schema/time.ts';
import { indexShards } from '../index-shards.ts';
import { indexAttributes, row } from '../row.ts';
import { shardOf } from '../shard.ts';
import { change, type Write } from '../write.ts';

export type Severity = 'info' | 'warning' | 'error' | 'critical';

export type EventItem = AuditedEvent & {
  readonly severity: Severity;
  /** Old and new value of each changed field; secrets as `***`. */
  readonly changes: Readonly<Record<string, { readonly old: unknown; readonly new: unknown }>> | null;
  /**
   * The event is also posted to this URL, signed with the secrets of the webhook `default`
   * (functions/platform/README.md, "Callbacks").
   */
  readonly callback_url?: string;
  /** A filed event that goes to webhooks and to the rules of the notifier, too. */
  readonly notify?: boolean;
  /** Set if a notice of the notifier caused it: it starts no rule, else notices would cause notices for ever. */
  readonly cause?: 'notice';
  /** False: webhooks do not get it. */
  readonly published?: false;
  /** True until the event is handed to its consumers. The pending index is sparse. */
  readonly pending: boolean;
  /** Unix seconds. Set when the event is settled, so that a pending event never expires. */
  readonly expires_at?: number;
};

/** The GSI2 partition of a shard of the pending events of all organizations, after the entity. */
export const pendingPartition = (shard: number): readonly string[] => ['pending', String(shard)];

/** The GSI1 partition of the events of a resource, after the entity. */
export const eventsOfEntity = (organization: number, { type, id }: EventItem['entity']): readonly string[] => [
  String(organization),
  `${type}/${id}`,
];

/** `event#1001` by time; GSI1: by resource; GSI2: while pending (shared/dynamodb/README.md, "Events"). */
export const eventRow = row<'event', EventItem, { id: string }>('event', {
  unsharded: 'a partition takes 1,000 changes a second of an organization; those that are pending are sharded',
  sort: ({ id }) => id,
  index1: (item, organization) => ({ partition: eventsOfEntity(organization, item.entity), sort: item.id }),
  index2: (item) =>
    item.pending ? { partition: pendingPartition(shardOf(item.id, indexShards())), sort: item.id } : undefined,
  expires: (item) => item.expires_at,
});

/** The event of a key of the table; undefined for a key of another entity. */
export function eventOfKey(key: {
  readonly partition: string;
  readonly sort: string;
}): { readonly org_id: number; readonly id: string } | undefined {
  const organization = /^event#([1-9][0-9]*)$/.exec(key.partition)?.[1];
  return organization === undefined ? undefined : { org_id: Number(organization), id: key.sort };
}

/** Seconds after which a settled event expires. */
const settledTtl = (30 * day) / second;

/** Marks an event as handed to all its consumers. Stale when another process was faster. */
export function settleEvent(id: string, now: Date): Write<'event'> {
  const expires = Math.floor(now.getTime() / second) + settledTtl;
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

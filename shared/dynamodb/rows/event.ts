import { createHash } from 'node:crypto';
import type { EventType } from '../../contract/events.ts';
import { row } from '../row.ts';

export type Severity = 'info' | 'warning' | 'error' | 'critical';

export type EventItem = {
  readonly id: string;
  readonly type: EventType;
  readonly at: string;
  readonly entity: { readonly type: string; readonly id: string };
  readonly severity: Severity;
  readonly description: string;
  readonly actor: { readonly id: string; readonly type: 'user' | 'service' | 'system'; readonly name: string; readonly credential: string | null };
  readonly ip: string | null;
  readonly user_agent: string | null;
  readonly request_id: string | null;
  /** Old and new value of each changed field; secrets as `***`. */
  readonly changes: Readonly<Record<string, { readonly old: unknown; readonly new: unknown }>> | null;
  readonly data: Readonly<Record<string, unknown>>;
  /** True until its consumers have it; the pending index is sparse. */
  readonly pending: boolean;
  /** Unix seconds; set when it is settled, so that no unsettled event ever expires. */
  readonly expires_at?: number;
};

/** Partitions over which pending events of all organizations are spread. */
export const pendingShards = 8;

const shardOf = (id: string): number => (createHash('sha256').update(id).digest()[0] ?? 0) % pendingShards;

/** `event#1001` by time; GSI1 by entity; GSI2 while pending (architecture.md, "Data"). */
export const eventRow = row<'event', EventItem & { readonly org_id: number }, { id: string }>('event', {
  sort: ({ id }) => id,
  index1: (item, organization) => ({ partition: [String(organization), `${item.entity.type}/${item.entity.id}`], sort: item.id }),
  index2: (item) => (item.pending ? { partition: ['pending', String(shardOf(item.id))], sort: item.id } : undefined),
  expires: (item) => item.expires_at,
});

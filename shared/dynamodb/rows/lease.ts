import { second } from '../../schema/time.ts';
import { platformRow } from '../row.ts';

/**
 * A task of the SIP sidecar: its lease, and the address at which functions and other tasks reach it. The item of a dead
 * task stays until nothing refers to the task, so that live tasks find what they must clean up.
 */
export type SidecarTaskItem = {
  readonly kind: 'sidecar-task';
  /** Unique to this start of the process. */
  readonly id: string;
  /** `host:port` of its control interface, inside the VPC. */
  readonly address: string;
  /** Unix milliseconds until which it counts as alive. */
  readonly until: number;
  readonly started_at: string;
  /** The task is about to stop, or a newer generation has its work: it takes no new work. */
  readonly draining: boolean;
  /** What the task was started from, as the revision of a task definition. Absent: a task of an earlier release. */
  readonly generation?: string;
  /** Since when this generation is wanted, as far as the task knows. Absent: since the task began. */
  readonly generation_since?: string;
  /** The newer generation that has the work of the task; it works again when that goes. Absent: it works, or stops. */
  readonly left_to?: string;
};

export const sidecarTaskRow = platformRow<
  'lease',
  SidecarTaskItem,
  { kind: 'sidecar-task'; id: string },
  { kind: 'sidecar-task' }
>('lease', {
  partition: ({ kind }) => [kind],
  sort: ({ id }) => id,
});

export const sidecarTasks = { kind: 'sidecar-task' } as const;

/** The task that does the work of a shard (pings of gateways, registrations of trunks) while the task is alive. */
export type SidecarShardItem = { readonly kind: 'sidecar-shard'; readonly id: string; readonly task: string };

export const sidecarShardRow = platformRow<
  'lease',
  SidecarShardItem,
  { kind: 'sidecar-shard'; id: string },
  { kind: 'sidecar-shard' }
>('lease', {
  partition: ({ kind }) => [kind],
  sort: ({ id }) => id,
});

export const sidecarShards = { kind: 'sidecar-shard' } as const;

/**
 * A media relay: its lease, which only the relay itself writes, and the address at which tasks of the sidecar reach it.
 * A relay that was killed leaves its item behind until DynamoDB deletes it. Of an entity of its own, so that a relay
 * cannot write the leases of tasks.
 */
export type RelayLeaseItem = {
  /** IPv4 address and UDP port at which it takes commands. */
  readonly address: string;
  readonly port: number;
  /** TCP port of its control interface, at the same address. */
  readonly control: number;
  /** Unix milliseconds of its own clock until which it counts as alive. Each renewal has another value. */
  readonly until: number;
  readonly started_at: string;
  /** The relay stops, or a newer generation has its new calls. */
  readonly draining: boolean;
  /** What it was started from, as the revision of a task definition. */
  readonly generation: string;
  /** Since when this generation is wanted, as far as the relay knows. */
  readonly generation_since: string;
  /** The newer generation that has its new calls. Absent: it takes them, or stops. */
  readonly left_to?: string;
};

/** What identifies a relay. */
export type RelayKey = Pick<RelayLeaseItem, 'address' | 'port'>;

/** Seconds after its end for which a lease stays at least. */
const leaseStay = 3_600;

export const relayLeaseRow = platformRow<'relay-lease', RelayLeaseItem, RelayKey>('relay-lease', {
  unsharded: 'each relay of the platform writes once in two seconds',
  sort: ({ address, port }) => `${address}:${port}`,
  expires: ({ until }) => Math.ceil(until / second) + leaseStay,
});

/** Whether a task is alive at an instant (Unix milliseconds). */
export const isAlive = ({ until }: Pick<SidecarTaskItem, 'until'>, now: number): boolean => until > now;

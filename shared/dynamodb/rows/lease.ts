import { platformRow } from '../row.ts';

/**
 * A task of the SIP sidecar: that it lives, and where functions and other tasks reach it. The item of a dead task stays
 * until nothing names that task any more: whoever lives finds by it what is to be tidied up.
 */
export type SidecarTaskItem = {
  readonly kind: 'sidecar-task';
  /** Of this start of the process, and of no other. */
  readonly id: string;
  /** `host:port` of its control interface, inside the VPC. */
  readonly address: string;
  /** Unix milliseconds until which it counts as alive. */
  readonly until: number;
  readonly started_at: string;
  /** It is about to stop and takes no new work. */
  readonly draining: boolean;
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

/** Who does the work of a shard (pings of gateways, registrations of trunks), for as long as that task lives. */
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

/** Whether a task lives at an instant (Unix milliseconds). */
export const isAlive = ({ until }: Pick<SidecarTaskItem, 'until'>, now: number): boolean => until > now;

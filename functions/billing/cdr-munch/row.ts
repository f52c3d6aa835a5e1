import { platformRow, row } from '#dynamodb/row.ts';
import type { Task } from './task.ts';
import type { TaskClaim } from './task-claim.ts';

/** `cdrtask#1001`, newest first by id; kept 90 days. */
export const taskRow = row<'cdrtask', Task, { id: string }>('cdrtask', {
  sort: ({ id }) => id,
  expires: ({ expires_at }) => expires_at,
});

/** The claims that the unfinished tasks of an organization hold. */
export type LiveTasks = {
  readonly organization: number;
  readonly held: readonly TaskClaim[];
  readonly version: number;
};

/**
 * `cdrtask-live#platform`: all organizations in one partition, because a task is compared with those of every
 * organization that it reaches. Written in the transaction of the task, so that two overlapping tasks conflict.
 */
export const liveTasksRow = platformRow<'cdrtask-live', LiveTasks, { organization: number }>('cdrtask-live', {
  unsharded: 'at most 10 queued tasks per organization',
  sort: ({ organization }) => String(organization),
});

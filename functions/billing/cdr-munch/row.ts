import { platformRow, row } from '../../../shared/dynamodb/row.ts';
import type { Held, Task } from './task.ts';

/** `cdrtask#1001`, newest first by id; kept 90 days. */
export const taskRow = row<'cdrtask', Task, { id: string }>('cdrtask', {
  sort: ({ id }) => id,
  expires: ({ expires_at }) => expires_at,
});

/** What the tasks of an organization that are not over hold. */
export type LiveTasks = { readonly organization: number; readonly held: readonly Held[]; readonly version: number };

/**
 * `cdrtask-live#platform`, all organizations in one partition: each task is held against those of all that it reaches.
 */
export const liveTasksRow = platformRow<'cdrtask-live', LiveTasks, { organization: number }>('cdrtask-live', {
  sort: ({ organization }) => String(organization),
});

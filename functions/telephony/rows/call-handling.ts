import { row } from '#dynamodb/row.ts';
import type { CallHandling } from '#telephony/call-handling.ts';

/** What a user does with calls. */
export type CallHandlingItem = CallHandling & {
  readonly user_id: string;
  /** ISO 8601 UTC. */
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

/** `callhandling#1001`: absent for a user who never set it. */
export const callHandlingRow = row<'callhandling', CallHandlingItem, { user_id: string }>('callhandling', {
  sort: ({ user_id: user }) => user,
});

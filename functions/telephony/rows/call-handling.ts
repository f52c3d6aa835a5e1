import { row } from '#dynamodb/row.ts';
import { helpWindow, type CallHandling } from '#telephony/call-handling.ts';

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

/** When a user has called for help, or someone with a number. */
export type EmergencyCallItem = {
  /** Of the user; or the number, in E.164 form, by which help can call back. */
  readonly user_id: string;
  /** Of the last emergency call, ISO 8601 UTC. */
  readonly at: string;
};

/** `emergencycall#1001`: of users and numbers that have called for help within the hour. */
export const emergencyCallRow = row<'emergencycall', EmergencyCallItem, { user_id: string }>('emergencycall', {
  sort: ({ user_id: user }) => user,
  expires: ({ at }) => Math.ceil((Date.parse(at) + helpWindow) / 1_000),
});

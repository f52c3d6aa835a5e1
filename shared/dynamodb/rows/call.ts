import { callExpiry, isLive, type Call } from '../../telephony/call.ts';
import { row } from '../row.ts';
import { create, replace, type Write } from '../write.ts';
import { channelChanges, type ChannelChange, type ChannelLimits } from './channel.ts';

/** The GSI1 partition of an organization's calls in progress, after the entity. */
export const liveCalls = (organization: number): readonly string[] => [String(organization), 'live'];
/** The GSI2 partition of the calls that a task carries, of all organizations, after the entity. */
export const callsOfTask = (task: string): readonly string[] => ['owner', task];

/**
 * `call#1001#call_…`; GSI1: calls in progress, by id and so by time; GSI2: what a task must finish: its calls in
 * progress, and those whose CDRs are not sent. An ended call expires after 30 days.
 */
export const callRow = row<'call', Call, { readonly id: string }, { readonly id: string }>('call', {
  unsharded: 'as many items as the organization has calls in progress',
  partition: ({ id }) => [id],
  sort: () => 'call',
  index1: (call, organization) => (isLive(call) ? { partition: liveCalls(organization), sort: call.id } : undefined),
  index2: (call) =>
    isLive(call) || call.cdr === 'pending' ? { partition: callsOfTask(call.task), sort: call.id } : undefined,
  expires: callExpiry,
});

/** A change of one call: the writes of its row, and the channels that are counted in the same transaction. */
export type CallRowChange = { readonly writes: Write<'call'>[]; readonly channels: readonly ChannelChange[] };

/** A new call and the channels that it takes. @throws AppError CALL_LIMIT (at the commit too) */
export const newCallChange = (call: Call, limits: ChannelLimits): CallRowChange => ({
  writes: [create(callRow, call)],
  channels: channelChanges([], call.channels, limits),
});

/**
 * A change of a call under the version that was read, and the channels that it takes or gives back.
 * @throws AppError CALL_LIMIT (at the commit too)
 */
export const callChange = (before: Call, after: Call, limits: ChannelLimits = {}): CallRowChange => ({
  writes: [replace(callRow, after, before)],
  channels: channelChanges(before.channels, after.channels, limits),
});

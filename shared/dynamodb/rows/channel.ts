import { AppError } from '../../errors.ts';
import type { Channel, ChannelKind } from '../../telephony/call.ts';
import { row } from '../row.ts';
import type { Table } from '../table.ts';
import type { Condition } from '../update-expression.ts';
import { change, checkReadCondition, type Write } from '../write.ts';

/** The calls that a resource has in progress. An attribute that was never added to is absent. */
export type ChannelItem = ChannelKey & {
  readonly total?: number;
  readonly inbound?: number;
  readonly outbound?: number;
  /** When the last call of a phone ended (ISO 8601 UTC); absent of others, and of one that never had a call. */
  readonly last_ended?: string;
};

type ChannelKey = { readonly kind: ChannelKind; readonly id: string };

/** `channel#1001`: one item for the organization and for each resource that has had calls. */
export const channelRow = row<'channel', ChannelItem, ChannelKey>('channel', {
  afterClosing: 'an organization with calls is not closed',
  unsharded: 'an item takes 1,000 writes a second, which are 500 calls; a limit needs one counter',
  sort: ({ kind, id }) => (kind === 'organization' ? kind : `${kind}/${id}`),
});

/** The key of the organization's own counter. */
export const organizationChannels = { kind: 'organization', id: '' } as const satisfies ChannelKey;

/** Channels in use; zeros for a resource that never had a call. */
export const channelsInUse = ({ total = 0, inbound = 0, outbound = 0 }: Partial<ChannelItem> = {}) => ({
  total,
  inbound,
  outbound,
});

/** The channels that a resource has in use. */
export const readChannels = async (table: Pick<Table<'channel'>, 'get'>, key: ChannelKey) =>
  channelsInUse(await table.get(channelRow, key));

/** Unix milliseconds since which a phone has had no call: `Infinity` in a call, 0 if it never had one. */
export async function readIdleSince(table: Pick<Table<'channel'>, 'get'>, key: ChannelKey): Promise<number> {
  const { total = 0, last_ended: ended } = (await table.get(channelRow, key)) ?? {};
  if (total > 0) return Infinity;
  return ended === undefined ? 0 : Date.parse(ended);
}

/** The largest numbers of calls of one resource; null or absent: no limit. */
export type ChannelLimit = {
  readonly total?: number | null;
  readonly inbound?: number | null;
  readonly outbound?: number | null;
};

/** Limits by resource (`channelName`). A resource that is not named has no limit, as in emergency calls. */
export type ChannelLimits = Readonly<Record<string, ChannelLimit>>;

/** The name of a resource among limits: `organization`, `trunk/trunk_…`. */
export const channelName = (key: ChannelKey): string => channelRow.sort(key);

const counters = ['total', 'inbound', 'outbound'] as const;
type Deltas = Record<(typeof counters)[number], number>;

/** How the counters of a resource change. `limit`: of the counters that calls add to; `ends`: whether a call ends. */
export type ChannelChange = ChannelKey & Deltas & { readonly limit: ChannelLimit; readonly ends: boolean };

/**
 * How the counters of each resource change between two sets of channels. Giving back is never limited.
 * @throws AppError CALL_LIMIT for a limit that has no room for the call even if no other one is in progress
 */
export function channelChanges(
  before: readonly Channel[],
  after: readonly Channel[],
  limits: ChannelLimits = {},
): ChannelChange[] {
  const signed = [...before.map((channel) => [channel, -1] as const), ...after.map((channel) => [channel, 1] as const)];
  const changes = sumByResource(
    signed.map(([{ kind, id, direction }, by]) => ({
      kind,
      id,
      total: by,
      inbound: 0,
      outbound: 0,
      limit: {},
      ends: by < 0,
      [direction]: by,
    })),
  )
    .filter((change) => counters.some((counter) => change[counter] !== 0))
    .map((change) => ({ ...change, limit: limitOfAdded(change, limits[channelName(change)]) }));
  for (const change of changes) if (!mayFit(change)) throw callLimit(channelName(change));
  return changes;
}

/**
 * The changes of several calls as one change of each resource. The limit of each call is kept by all of them together.
 * Undefined: together they exceed a limit.
 */
export function sumOfChannels(changes: readonly ChannelChange[]): ChannelChange[] | undefined {
  const sums = sumByResource(changes);
  return sums.every(mayFit) ? sums : undefined;
}

function sumByResource(changes: readonly ChannelChange[]): ChannelChange[] {
  const sums = new Map<string, ChannelChange>();
  for (const change of changes) {
    const name = channelName(change);
    const known = sums.get(name);
    sums.set(name, known === undefined ? change : sumOf(known, change));
  }
  return [...sums.values()];
}

const sumOf = (one: ChannelChange, other: ChannelChange): ChannelChange => ({
  ...one,
  total: one.total + other.total,
  inbound: one.inbound + other.inbound,
  outbound: one.outbound + other.outbound,
  ends: one.ends || other.ends,
  limit: Object.fromEntries(
    counters.flatMap((counter) => {
      const limits = [one.limit[counter], other.limit[counter]].filter((limit) => typeof limit === 'number');
      return limits.length === 0 ? [] : [[counter, Math.min(...limits)]];
    }),
  ),
});

const limitOfAdded = (deltas: Deltas, limit: ChannelLimit = {}): ChannelLimit =>
  Object.fromEntries(counters.filter((counter) => deltas[counter] > 0).map((counter) => [counter, limit[counter]]));

/** The largest values of the limited counters before the change. */
const roomsOf = (change: ChannelChange) =>
  counters.flatMap((counter) => {
    const most = change.limit[counter] ?? null;
    return most === null ? [] : [{ counter, room: most - change[counter] }];
  });

const mayFit = (change: ChannelChange): boolean => roomsOf(change).every(({ room }) => room >= 0);

/** Fails the transaction with `conflict` while the resource has calls in progress. */
export const withoutCalls = (key: ChannelKey, conflict: AppError): Write<'check:channel'> =>
  checkReadCondition(
    channelRow,
    key,
    {
      expression: 'attribute_not_exists(#total) OR #total <= :none',
      names: { '#total': 'total' },
      values: { ':none': 0 },
    },
    conflict,
  );

/** A call that would exceed the concurrent calls of a resource. */
const callLimit = (name: string): AppError =>
  new AppError('CALL_LIMIT', `No more calls at once: the limit of ${name} is reached`, {
    facts: { reason: 'CALL_LIMIT' },
  });

/** The condition that the counters stay within their limits. */
function withinLimits(change: ChannelChange): Condition | undefined {
  const limited = roomsOf(change);
  if (limited.length === 0) return undefined;
  return {
    expression: limited
      .map((_, at) => `(attribute_not_exists(#limit${at}) OR #limit${at} <= :room${at})`)
      .join(' AND '),
    names: Object.fromEntries(limited.map(({ counter }, at) => [`#limit${at}`, counter])),
    values: Object.fromEntries(limited.map(({ room }, at) => [`:room${at}`, room])),
  };
}

const isPhone = (kind: ChannelKind): boolean => kind === 'device' || kind === 'line';

/**
 * Counts channels. It belongs to the transaction that stores them in their calls, so that each is counted once, and for
 * phones notes when a call ended. The commit throws AppError CALL_LIMIT for a limit without room.
 */
export const countChannels = (changes: readonly ChannelChange[], now: Date): Write<'channel'>[] =>
  changes.map((counted) => {
    const { kind, id, total, inbound, outbound, ends } = counted;
    const onlyIf = withinLimits(counted);
    const ended = ends && isPhone(kind) ? { last_ended: now.toISOString() } : {};
    return change(
      channelRow,
      { kind, id },
      {
        set: { kind, id, ...ended },
        add: { total, inbound, outbound },
        ...(onlyIf === undefined ? {} : { onlyIf, conflict: callLimit(channelName(counted)) }),
      },
    );
  });

/**
 * Counts the channels that a call takes and gives back.
 * @param now when it gives them back @throws AppError CALL_LIMIT (at the commit too)
 */
export const channelWrites = (
  before: readonly Channel[],
  after: readonly Channel[],
  limits: ChannelLimits = {},
  now = new Date(),
): Write<'channel'>[] => countChannels(channelChanges(before, after, limits), now);

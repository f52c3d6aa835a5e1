import type { TakeCallCommand } from '#sidecar/call-command.ts';
import { newCall } from './call.ts';
import type { CallState, DurationLimit } from './call-state.ts';
import type { RunningCall } from './running-call.ts';
import type { Target } from './target.ts';

/** What only the task of a call knows of it, when another task goes on with it. */
export type MovedState = TakeCallCommand['state'];

/** @returns undefined if the call is not answered */
export function movedState({ state, parties, traffic }: RunningCall): MovedState | undefined {
  const { answeredAt } = state;
  if (answeredAt === undefined) return undefined;
  const { channels, sides } = parties;
  const media = traffic.stored();
  return {
    isIncoming: state.isIncoming,
    answeredAt,
    limit: state.limit,
    transferLegs: state.transferLegs,
    sides: [...sides],
    channels: {
      kept: [...channels.kept],
      source: [...channels.of('source')],
      destination: [...channels.of('destination')],
    },
    ...(media === undefined ? {} : { media }),
  };
}

/** The legs of a call that another task has answered. */
export const adoptedLegs = { source: 'a', destination: 'b' } as const;

/** The state of a call that another task has answered; its limit is set by `resume`. */
export const adoptedState = ({ isIncoming, answeredAt, limit, transferLegs }: MovedState): CallState<Target> => ({
  ...newCall<Target>(isIncoming),
  phase: 'up',
  a: adoptedLegs.source,
  b: adoptedLegs.destination,
  status: 'answered',
  answeredAt,
  limit: withoutTime(limit),
  transferLegs,
});

/** No time is left, until it is known how much it is. */
const withoutTime = (limit: DurationLimit): DurationLimit => ({ ...limit, seconds: limit.seconds === null ? null : 0 });

/** Goes on with the limits and channels of an adopted call. @param at Unix milliseconds */
export function resume(call: RunningCall, { limit: { seconds }, sides, channels }: MovedState, at: number): void {
  const { parties } = call;
  parties.sides = sides;
  parties.channels.keep(channels.kept);
  parties.channels.set('source', channels.source);
  parties.channels.set('destination', channels.destination);
  if (seconds !== null) call.dispatch({ type: 'renewed', seconds, at });
}

import type { MovedState } from '../records/dialogs.ts';
import type { CallEvent, CallState } from '../call/state.ts';
import type { CallTraffic } from '../legs/traffic.ts';
import type { Target } from '../routing/target.ts';
import type { CallParties } from './parties.ts';

type Moving = {
  readonly state: CallState<unknown>;
  readonly parties: Pick<CallParties, 'channels' | 'sides'>;
  readonly traffic: Pick<CallTraffic, 'stored'>;
};

type Accepted = Pick<Moving, 'parties'> & { readonly dispatch: (event: CallEvent<Target>) => void };

/** What only this task knows of a call, for the one that goes on with it. @returns undefined if it is not answered */
export function movedState({ state, parties, traffic }: Moving): MovedState | undefined {
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
      kept: [...channels.kept, ...channels.ofForwards],
      source: [...channels.of('source')],
      destination: [...channels.of('destination')],
    },
    ...(media === undefined ? {} : { media }),
  };
}

/** Goes on with the limits and channels of an accepted call. @param at Unix milliseconds */
export function resume(call: Accepted, { limit: { seconds }, sides, channels }: MovedState, at: number): void {
  const { parties } = call;
  parties.sides = sides;
  parties.channels.keep(channels.kept);
  parties.channels.set('source', channels.source);
  parties.channels.set('destination', channels.destination);
  if (seconds !== null) call.dispatch({ type: 'renewed', seconds, at });
}

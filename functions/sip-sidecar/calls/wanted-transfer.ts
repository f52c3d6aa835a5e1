import type { Channel } from '#schema/call.ts';
import type { ChannelLimits } from '#dynamodb/rows/channel.ts';
import type { LimitedSide } from './call-limits.ts';
import type { Side } from './call-state.ts';
import type { Failure } from './hunt.ts';
import type { InvitationFacts } from './invitation.ts';
import type { Target } from './target.ts';

/** A transfer of a running call whose new party is routed. */
export type WantedTransfer = {
  readonly id: string;
  /** Its number among those of the call, from 1. */
  readonly count: number;
  /** The side whose party is replaced. */
  readonly side: Side;
  /** Whether that party asked for it, and hangs up itself. */
  readonly isReferred: boolean;
  readonly attempts: readonly (readonly Target[])[];
  /** Channels of the number that is called, and their limits. */
  readonly channels: readonly Channel[];
  readonly limits: ChannelLimits;
  /** What limits the side with the new party. */
  readonly limited: LimitedSide;
  /** What the INVITEs to the new party say of the other one. */
  readonly presented: InvitationFacts['call'];
  /** A status from 101 to 199 of the new party. */
  readonly onProgress: (status: number) => void;
  /** Called once. 200: the parties are joined. */
  readonly onSettled: (outcome: Failure) => void;
};

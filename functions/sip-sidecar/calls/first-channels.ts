import type { ChannelLimits } from '#dynamodb/rows/channel.ts';
import { StaleWrite } from '#dynamodb/commit.ts';
import { AppError } from '#errors.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { Call, Channel } from '#schema/call.ts';
import type { Target } from './target.ts';

/** The channels that a call takes when it is stored. */

/** The channel of the organization that a call takes. */
export const organizationChannel = ({ direction }: Pick<Call, 'direction'>): Channel => ({
  kind: 'organization',
  id: '',
  direction: direction === 'inbound' ? 'inbound' : 'outbound',
});

/** How many calls the organization may have. */
export const organizationLimits = ({ limits }: OrganizationItem): ChannelLimits => ({
  organization: { total: limits.max_concurrent_calls },
});

/** The channels that the first attempt takes, if it is at a gateway or trunk. */
export function firstOf(attempts: readonly (readonly Target[])[]) {
  const targets = (attempts[0] ?? []).filter(({ to }) => to.kind === 'peer');
  return {
    targets,
    channels: targets.flatMap(({ channels }) => channels),
    limits: Object.assign({}, ...targets.map(({ limits }) => limits)) as ChannelLimits,
  };
}

/** Whether a call could not be stored because a limit leaves no room. */
export const isCallLimit = (error: unknown): boolean =>
  !(error instanceof StaleWrite) && error instanceof AppError && error.code === 'CALL_LIMIT';

import { AppError } from '#errors.ts';
import type { ForwardTarget } from '#telephony/call-handling.ts';
import { isEmergencyNumber } from '#telephony/emergency-spellings.ts';
import { numberOriginOf } from '#telephony/number-format.ts';
import { forwardReservation } from '../call/limits.ts';
import { reachesHelp, type Attempts, type Calling, type RoutedCall, type Route } from './route.ts';
import type { ForwardingUser, UndecidedCall, DecidedCall, Forward } from './target.ts';

/** Where users send calls on: what they dial is decided as their own call, for which their organization pays. */

/** Where a user sends a call on. */
export type RoutedForward = Pick<Extract<DecidedCall, { readonly attempts: unknown }>, 'attempts' | 'isRecorded'> & {
  readonly forward?: Forward;
};

/**
 * Where a user sends a call on, as far as it may; or why it may not.
 * @param step by which it is sent on to several targets, which counts once; undefined: to this one
 */
export type RouteForward = (
  call: UndecidedCall,
  to: ForwardTarget,
  by: ForwardingUser,
  step?: string,
) => Promise<RoutedForward | { readonly denied: string }>;

type Denied = { readonly denied: string };

type ForwardDependencies = {
  readonly route: (call: RoutedCall) => Promise<Route>;
  /** @returns undefined if there is no such target */
  readonly attemptsAt: (calling: Calling, to: Exclude<ForwardTarget, string>) => Promise<Attempts | undefined>;
};

/** The target that a forward names, once in a call. */
const nameOf = (to: ForwardTarget): string => (typeof to === 'string' ? to : `${to.type} ${to.id}`);

/** Routes the forwards of users. */
export const forwardRouter =
  ({ route, attemptsAt }: ForwardDependencies): RouteForward =>
  async (call, to, by, step) => {
    if (!call.redirections.follows(nameOf(to), step)) return { denied: 'FORWARD_LOOP' };
    if (typeof to === 'string') return dial(route, call, { to, by });
    const calling = { organization: call.organization.org_id, called: to.id, asksUsers: true };
    const attempts = await attemptsAt(calling, to);
    return attempts === undefined ? { denied: 'NO_ROUTE' } : { attempts, isRecorded: false };
  };

/** A call of the user who forwards. It counts among the calls in progress already, as a part of the one it forwards. */
async function dial(
  route: ForwardDependencies['route'],
  call: UndecidedCall,
  { to, by }: { readonly to: string; readonly by: ForwardingUser },
): Promise<RoutedForward | Denied> {
  const { organization } = call;
  if (isEmergencyNumber(to, numberOriginOf(organization))) return { denied: 'EMERGENCY_NUMBER' };
  const count = call.nextForward();
  const dialing: RoutedCall = {
    ...{ organization, callId: forwardReservation(call.id, count), called: to, caller: by.number, userId: by.id },
    ...{ reserves: true, isInProgress: true, asksUsers: true, stir: call.stir },
  };
  const routed = await route(dialing).catch(deniedUnknown);
  if ('denied' in routed) return routed;
  if (routed.kind === 'rejected') return { denied: routed.reason };
  if (reachesHelp(routed, organization)) return { denied: 'EMERGENCY_NUMBER' };
  const { attempts, limit, channels, limits, isRecorded } = routed;
  if (channels.length > 0 && !(await call.takeChannels(count, channels, limits))) return { denied: 'CALL_LIMIT' };
  return { attempts, isRecorded, forward: { count, by, limit } };
}

/** A user that is deleted, or disabled, calls no one. */
function deniedUnknown(error: unknown): Denied {
  if (error instanceof AppError && error.code === 'UNKNOWN_USER') return { denied: 'UNKNOWN_USER' };
  throw error;
}

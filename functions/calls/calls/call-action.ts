import { AppError } from '#errors.ts';
import type { WantedAction } from '#schema/call-request.ts';
import type { Call, CallLeg } from '#schema/call.ts';
import { callErrors } from './errors.ts';

/** What actions a call takes (functions/calls/README.md, "Actions"). */

const invalidState = (message: string, { status }: Call): AppError =>
  new AppError(callErrors.INVALID_CALL_STATE, message, { facts: { status } });

/** The present leg of a side: a transfer adds a leg. */
const presentLeg = ({ legs }: Call, side: CallLeg['role']): CallLeg | undefined =>
  legs.findLast(({ role, status }) => role === side && status === 'answered');

/** Whether a leg is already as an action would make it. A transfer always changes something. */
const isDone = {
  transfer: () => false,
  hold: ({ on_hold }: CallLeg) => on_hold,
  resume: ({ on_hold }: CallLeg) => !on_hold,
  mute: ({ muted }: CallLeg) => muted,
  unmute: ({ muted }: CallLeg) => !muted,
} as const satisfies Readonly<Record<WantedAction['action'], (leg: CallLeg) => boolean>>;

const described = {
  transfer: 'transferred',
  hold: 'on hold',
  resume: 'not on hold',
  mute: 'muted',
  unmute: 'not muted',
} as const satisfies Readonly<Record<WantedAction['action'], string>>;

/** @throws AppError INVALID_CALL_STATE unless the call is answered, and the action changes something */
export function assertActionAllowed(call: Call, { action, leg: side }: Pick<WantedAction, 'action' | 'leg'>): void {
  if (call.status !== 'answered') throw invalidState('The call is not answered', call);
  const leg = presentLeg(call, side);
  if (leg === undefined) throw invalidState(`The ${side} of the call is not connected`, call);
  if (isDone[action](leg)) throw invalidState(`The ${side} is already ${described[action]}`, call);
}

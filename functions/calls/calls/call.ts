import * as z from 'zod';
import { type CallAction, callActions, type WantedAction } from '#schema/call-request.ts';
import { callUrl, shownNumbers } from '#telephony/presented-call.ts';
import { type Call, type CallLeg, callStatuses } from '#telephony/call.ts';
import { UserInUrl } from '#schema/user-in-url.ts';
import { E164, IdInUrl } from '#schema/values.ts';
import { AppError } from '#errors.ts';
import { callErrors } from './errors.ts';

/** What actions a call takes (functions/calls/README.md, "Actions"). */

const invalidState = (message: string, { status }: Call): AppError =>
  new AppError(callErrors.INVALID_CALL_STATE, message, { facts: { status } });

/** The present leg of a side: a transfer adds a leg. */
const presentLeg = ({ legs }: Call, side: CallLeg['role']): CallLeg | undefined =>
  legs.findLast(({ role, status }) => role === side && status === 'answered');

/** Whether a leg is already as an action would make it. A transfer and a drop always change something. */
const isDone = {
  transfer: () => false,
  hold: ({ on_hold }: CallLeg) => on_hold,
  resume: ({ on_hold }: CallLeg) => !on_hold,
  mute: ({ muted }: CallLeg) => muted,
  unmute: ({ muted }: CallLeg) => !muted,
  voicemail_drop: () => false,
  park: () => false,
} as const satisfies Readonly<Record<WantedAction['action'], (leg: CallLeg) => boolean>>;

const described = {
  transfer: 'transferred',
  hold: 'on hold',
  resume: 'not on hold',
  mute: 'muted',
  unmute: 'not muted',
  voicemail_drop: 'leaving a message',
  park: 'parked',
} as const satisfies Readonly<Record<WantedAction['action'], string>>;

/** @throws AppError INVALID_CALL_STATE unless the call is answered, and the action changes something */
export function assertActionAllowed(call: Call, { action, leg: side }: Pick<WantedAction, 'action' | 'leg'>): void {
  if (call.status !== 'answered') throw invalidState('The call is not answered', call);
  const leg = presentLeg(call, side);
  if (leg === undefined) throw invalidState(`The ${side} of the call is not connected`, call);
  if (isDone[action](leg)) throw invalidState(`The ${side} is already ${described[action]}`, call);
}

/** The filters of the list of calls in progress. */
export const callFilters = {
  status: z.enum(callStatuses).optional().describe('Only calls in this state'),
  number: z
    .string()
    // In a query string an unescaped + decodes to a blank (https://url.spec.whatwg.org/#urlencoded-parsing).
    .transform((number) => number.replace(/^ /, '+'))
    .pipe(E164)
    .optional()
    .describe('Only calls of this caller or to this number (E.164)'),
  user_id: UserInUrl.optional().describe('Only calls of this user; `me`: of the caller'),
  gateway: IdInUrl.optional().describe('Only calls over the gateway with this id'),
};

type Filters = { readonly [K in keyof typeof callFilters]?: z.output<(typeof callFilters)[K]> };

/** Whether a call matches the filters. The number of a withheld caller matches none. */
export function matchesFilters({ status, number, user_id: user, gateway }: Filters): (call: Call) => boolean {
  return (call) => {
    const { caller, called } = shownNumbers(call);
    return (
      (status === undefined || call.status === status) &&
      (number === undefined || caller === number || called === number) &&
      (user === undefined || call.user_id === user) &&
      (gateway === undefined || call.legs.some(({ gateway_id: id }) => id === gateway))
    );
  };
}

/** A call in a path. Ids of other forms are of no call. */
export const CallIdInUrl = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must have 1–64 letters, digits, hyphens or underscores')
  .describe('Id of the call')
  .meta({ examples: ['call_01M80C4A3X5J5YNXFESCQD4901'] });

/** The answer to a call that was placed. */
export const PlacedCall = z
  .object({
    id: z.string().describe('Id of the call'),
    url: z.string().describe('Address of the call'),
    status: z.literal('created').describe('Always `created`: the call has just begun'),
  })
  .meta({
    id: 'PlacedCall',
    example: {
      id: 'call_01M80C4A3X5J5YNXFESCQD4901',
      url: 'https://api.example.com/v1/Calls/call_01M80C4A3X5J5YNXFESCQD4901',
      status: 'created',
    },
  });

export const presentPlaced = (publicUrl: string, id: string): z.output<typeof PlacedCall> => ({
  id,
  url: callUrl(publicUrl, id),
  status: 'created',
});

/** The answer to an action. */
export const AcceptedAction = z
  .object({
    id: z.string().describe('Id of the call'),
    action: z.enum(callActions).describe('The requested action'),
    status: z.literal('accepted').describe('Always `accepted`: the event `call.action` has the outcome'),
  })
  .meta({
    id: 'AcceptedAction',
    example: { id: 'call_01M80C4A3X5J5YNXFESCQD4901', action: 'hold', status: 'accepted' },
  });

export const presentAccepted = (id: string, action: CallAction): z.output<typeof AcceptedAction> => ({
  id,
  action,
  status: 'accepted',
});

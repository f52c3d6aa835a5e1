import * as z from 'zod';
import { callActions, type CallAction } from '#schema/call-request.ts';
import { callUrl } from '#telephony/presented-call.ts';

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

import * as z from 'zod';

/** Slots in which phones park calls (functions/sip-sidecar/calls/transfers/README.md, "Park"). */

const Slot = z.string().regex(/^[1-9][0-9]{1,5}$/, 'must be a number of 2 to 6 digits');

const maxSlots = 100;

/** `settings.park` of an organization. */
export const ParkSettings = z
  .object({
    first: Slot.default('701').describe('The first slot'),
    last: Slot.default('720').describe('The last slot, at most 99 after the first one'),
    return_seconds: z
      .int()
      .min(10)
      .max(3_600)
      .default(120)
      .describe('Seconds after which a parked call rings at the party that parked it'),
  })
  .refine(({ first, last }) => Number(last) >= Number(first) && Number(last) - Number(first) < maxSlots, {
    path: ['last'],
    message: `must be at most ${maxSlots - 1} after first`,
  })
  .meta({ example: { first: '701', last: '720', return_seconds: 120 } });
export type ParkSettings = z.output<typeof ParkSettings>;

export const defaultParkSettings: ParkSettings = ParkSettings.parse({});

/** The slots of an organization, in the order in which they are taken. */
export const parkingSlots = ({ first, last }: ParkSettings): readonly string[] =>
  Array.from({ length: Number(last) - Number(first) + 1 }, (_slot, at) => String(Number(first) + at));

const line = /^park\/([1-9][0-9]{1,5})$/;

/** The line of a slot, which keys may watch, and dial. */
export const parkingLine = (slot: string): string => `park/${slot}`;

const parkedEnd = '-park';
const remoteTag = 'parked';

/** The id of a parked call, as keys see it. */
export const parkedDialogId = (call: string): string => `${call}${parkedEnd}`;

/** The dialog of RFC 3891. */
type Dialog = { readonly callId: string; readonly toTag: string; readonly fromTag: string };

/**
 * The dialog of a slot, as keys see it and replace it (RFC 3891). It is none of SIP: it names no party, and is the same
 * at whichever task the call is.
 */
export const parkedDialog = (id: string, slot: string): Dialog => ({ callId: id, toTag: slot, fromTag: remoteTag });

/** The call and the slot that such a dialog names; undefined: it is another one. */
export const slotOfDialog = ({
  callId,
  toTag: slot,
  fromTag,
}: Dialog): { readonly call: string; readonly slot: string } | undefined =>
  callId.endsWith(parkedEnd) && fromTag === remoteTag ? { call: callId.slice(0, -parkedEnd.length), slot } : undefined;

/** The slot of such a line; undefined: it is another one. */
export const slotOfLine = (dialed: string): string | undefined => line.exec(dialed)?.[1];

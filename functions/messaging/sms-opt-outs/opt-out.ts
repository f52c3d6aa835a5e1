import * as z from 'zod';
import { AppError } from '#errors.ts';
import type { Sms } from '#schema/sms.ts';
import { E164, text, Timestamp } from '#schema/values.ts';
import { messagingErrors } from '../schema/errors.ts';

/** Opt-outs: numbers that an organization must not write to (functions/messaging/README.md, "Opt-outs"). */

/** `keyword`: the owner of the number wrote STOP or START; `carrier`: a list of the provider said so. */
export const optOutSources = ['keyword', 'api', 'carrier'] as const;
export type OptOutSource = (typeof optOutSources)[number];

/** The latest wish about a number. */
export type OptOut = {
  /** E.164. */
  readonly number: string;
  readonly state: 'opted_out' | 'opted_in';
  readonly source: OptOutSource;
  readonly reason: string | null;
  /** When it was wished (ISO 8601 UTC). */
  readonly at: string;
  readonly version: number;
};

/** Characters of a reason. */
const maxReason = 255;

export const NewOptOut = z
  .object({ reason: text(maxReason).nullish().describe('Reason, up to 255 characters') })
  .meta({ id: 'NewSmsOptOut' });

export const ShownOptOut = z
  .object({
    number: z.string().describe('Number (E.164)'),
    state: z.literal('opted_out').describe('Always opted_out'),
    source: z
      .enum(optOutSources)
      .describe('Origin of the wish: a keyword of the owner of the number, a client (`api`), or a list of the carrier'),
    reason: z.string().nullable().describe('Reason that a client gave; the keyword, if its owner wrote one'),
    at: Timestamp.describe('When it was wished'),
  })
  .meta({
    id: 'SmsOptOut',
    example: {
      number: '+14155551234',
      state: 'opted_out',
      source: 'api',
      reason: 'Asked by phone',
      at: '2026-01-31T12:00:00.000Z',
    },
  });

export const presentOptOut = ({ number, source, reason, at }: OptOut): z.input<typeof ShownOptOut> => ({
  number,
  state: 'opted_out',
  source,
  reason,
  at,
});

/** The number of a path, with or without `+`. @throws AppError INVALID_PHONE_NUMBER */
export function numberIn(path: string): string {
  // A blank is a `+` that was decoded as in a query string.
  const { data: number } = E164.safeParse(`+${path.replace(/^[+ ]/, '')}`);
  if (number !== undefined) return number;
  const message = 'must be an E.164 number such as +14155550100';
  throw new AppError(messagingErrors.INVALID_PHONE_NUMBER, `number ${message}`, {
    details: [{ path: 'number', message }],
  });
}

export const isOut = (known: OptOut | undefined): known is OptOut => known?.state === 'opted_out';

type Wish = Pick<OptOut, 'number' | 'state' | 'source' | 'reason' | 'at'>;

/** Whether a wish counts beside the known one: the latest does; of two at one time, the one to get nothing. */
const isNewer = (wish: Wish, known: OptOut): boolean =>
  wish.at > known.at || (wish.at === known.at && wish.state === 'opted_out' && known.state === 'opted_in');

/** The opt-out after a wish; undefined if a later one is known, or the same one. */
export function afterWish(known: OptOut | undefined, wish: Wish): OptOut | undefined {
  if (known === undefined) return { ...wish, version: 1 };
  return isNewer(wish, known) ? { ...wish, version: known.version + 1 } : undefined;
}

/**
 * The opt-out after a decision of a client, which counts whatever is known: it is not older than a wish that it was
 * made about, even if the clocks differ.
 */
export const afterDecision = (
  known: OptOut | undefined,
  decision: Pick<OptOut, 'number' | 'state' | 'reason'>,
  now: Date,
): OptOut => {
  const at = now.toISOString();
  return {
    ...decision,
    source: 'api',
    at: known !== undefined && known.at > at ? known.at : at,
    version: (known?.version ?? 0) + 1,
  };
};

/** A wish that is stored, and the event of a state that it changes. */
export type WishChange = {
  readonly before: OptOut | undefined;
  readonly after: OptOut;
  readonly event: (ReturnType<typeof optOutDetails> & { readonly type: 'sms.optout' | 'sms.optin' }) | null;
};

/** What a wish changes; undefined: nothing. */
export function wishChange(known: OptOut | undefined, wish: Wish): WishChange | undefined {
  const after = afterWish(known, wish);
  if (after === undefined) return undefined;
  const isChange = known === undefined ? after.state === 'opted_out' : known.state !== after.state;
  const event = isChange ? { ...optOutDetails(known, after), type: optOutEventType(after) } : null;
  return { before: known, after, event };
}

/** What it changes that the provider has the recipient of a message in an opt-out list; undefined: nothing. */
export const carrierWish = (
  { to, error, updated_at: at }: Pick<Sms, 'to' | 'error' | 'updated_at'>,
  known: OptOut | undefined,
): WishChange | undefined =>
  isOut(known)
    ? undefined
    : wishChange(known, {
        number: to,
        state: 'opted_out',
        source: 'carrier',
        reason: error?.message.slice(0, maxReason) ?? null,
        at,
      });

export const optOutEventType = ({ state }: OptOut): 'sms.optout' | 'sms.optin' =>
  state === 'opted_out' ? 'sms.optout' : 'sms.optin';

/** Details of the event of a wish. */
export const optOutDetails = (before: OptOut | undefined, after: OptOut) => ({
  entity: { type: 'sms_optout', id: after.number },
  description: `${after.number} ${after.state === 'opted_out' ? 'opted out of' : 'opted in to'} SMS (${after.source})`,
  fields: {
    number: after.number,
    state: after.state,
    source: after.source,
    reason: after.reason,
    at: after.at,
    was: before?.state ?? null,
  },
});

/** CDRs and ratings in answers (functions/billing/cdr-ingest/README.md, "CDRs" and "Rating"). */
import * as z from 'zod';
import { PresentedIdentity } from '#telephony/caller-identity.ts';
import { Id, organizationText, Timestamp } from '#schema/values.ts';
import { cdrOrigins } from '../cdr-ingest/cdr-message.ts';
import type { FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import type { Rating } from '../cdr-ingest/rating.ts';
import { PresentedBand, PresentedRate } from '../tariffs/presented-tariff.ts';

const text = z.string().nullable();
const milliseconds = z.int().min(0).max(999);

const CitedTariff = z.object({
  id: Id('trf').describe('Id of the tariff'),
  name: z.string().describe('Name of the tariff at the time of the rating'),
  version: z.int().describe('Version of the tariff'),
});

const UsageBefore = z.object({
  seconds: z.int().describe('Billed seconds of the calls before'),
  included_seconds: z.int().describe('Billed seconds that included minutes had covered'),
});

const ownRating = {
  status: z
    .enum(['rated', 'free', 'unrated', 'void'])
    .describe(
      '`free`: internal or unanswered, or inbound without a rate; `unrated`: no rate was found; ' +
        '`void`: the record was voided, and nothing is charged',
    ),
  reason: z.enum(['NOT_E164', 'NO_RATE', 'NO_PROFILE']).nullable().describe('Why the call is `unrated`'),
  tariff: CitedTariff.nullable().describe('The tariff whose rate was used'),
  source: z.enum(['tariff', 'profile']).nullable().describe('Whether the rate is of the tariff or of the profile'),
  rate: PresentedRate.nullable().describe('A copy of the rate'),
  band: PresentedBand.nullable().describe('The time band of the rate at call start'),
  billed_seconds: z.int().describe('Seconds that are billed, after rounding up to increments'),
  included_seconds: z.int().describe('Billed seconds that included minutes cover'),
  discount_percent: z.string().describe('Sum of the discounts, in percent'),
  charge: z.string().describe('Charge of the call, a decimal with 4 decimals'),
  currency: text.describe('ISO 4217 code of the charge'),
  period: z.string().describe('Period in which the call is charged, such as `2026-01`'),
  late: z.boolean().describe('Whether the period of the call was closed, so that a later one is charged'),
  revision: z.int().describe('Number of the rating, from 1'),
  rated_at: Timestamp.describe('When the call was rated'),
  usage_before: UsageBefore.nullable().describe(
    'What the period had used before the call; null if the charge does not depend on it',
  ),
};

const RatingAnswer = z
  .object({
    ...ownRating,
    wholesale: z
      .object(ownRating)
      .nullable()
      .optional()
      .describe('Rating that the reseller is charged by; visible to the reseller and the operator'),
    cost: text.optional().describe('What the carrier charges, a decimal; visible to the operator'),
  })
  .meta({ id: 'Rating' });

export const ListedCdr = z
  .object({
    id: Id('cdr').describe('Id of the CDR, derived from organization, call id and leg'),
    org_id: z.string().describe('Organization that is charged, such as `org_1001`'),
    call_id: z.string().describe('Id of the call, as the producer gave it'),
    leg: z.string().describe('Leg of the call'),
    direction: z.enum(['outbound', 'inbound', 'internal']).describe('Direction, as seen from the organization'),
    caller: z.string().describe('Calling party, as the producer gave it; empty if only a void is known'),
    callee: z.string().describe('Called party, as the producer gave it; empty if only a void is known'),
    number: text.describe('Own number of the call in E.164: caller of an outbound call, callee of an inbound call'),
    start_time: Timestamp.describe('Start of the call'),
    answer_time: Timestamp.nullable().describe('When the call was answered'),
    end_time: Timestamp.describe('End of the call'),
    start_ms: milliseconds.describe('Milliseconds after `start_time`'),
    answer_ms: milliseconds.nullable().describe('Milliseconds after `answer_time`'),
    end_ms: milliseconds.describe('Milliseconds after `end_time`'),
    duration: z.int().describe('Seconds from start to end, rounded up'),
    billable_seconds: z.int().describe('Seconds from answer to end, rounded up once'),
    disposition: z.enum(['ANSWERED', 'NO ANSWER', 'BUSY', 'FAILED', 'CANCELLED']).describe('How the call ended'),
    trunk_id: text.describe('Trunk of the call'),
    gateway_id: text.describe('Gateway of the call'),
    device_id: text.describe('Device of the call'),
    user_id: text.describe('User of the call'),
    cost: text.optional().describe('What the carrier charges, a decimal; visible to the operator'),
    cause: z
      .object({
        q850: z.int().nullable().describe('Q.850 cause, 0 to 127'),
        sip_code: z.int().nullable().describe('SIP status code, 100 to 699'),
        text: z.string().nullish().describe('What the peer that ended the call says of the cause; absent: nothing'),
        side: z.enum(['caller', 'callee', 'system']).nullish().describe('Who ended the call; absent: it is not known'),
      })
      .nullable()
      .describe('Why the call ended'),
    custom: z.record(z.string(), z.unknown()).nullable().describe('Fields of the producer'),
    quality: z
      .object({
        mos: z.number().nullable().describe('Mean opinion score, 1 to 5'),
        jitter_ms: z.number().nullable().describe('Jitter in milliseconds'),
        loss_percent: z.number().nullable().describe('Lost packets in percent'),
        codec: text.describe('Codec, as the producer names it'),
        audio_missing: z
          .enum(['source', 'destination', 'both'])
          .optional()
          .describe('Sides that were not heard at some time; absent: none is known'),
      })
      .nullable()
      .describe('How good the call sounded'),
    stir: PresentedIdentity.nullish().describe('Whether the caller was verified; absent: nothing is known'),
    related_call_id: z
      .string()
      .nullish()
      .describe('Id of a call that this one belongs to, as the producer gave it; absent: none'),
    answered_by: z
      .string()
      .nullish()
      .describe('Who answered, as the producer gave it, such as `machine`; absent: unknown'),
    account_code: z.string().nullish().describe('Account code of the producer; absent: none'),
    record_revision: z.int().describe('Revision of the record, from 1; counts its corrections'),
    origin: z
      .enum(cdrOrigins)
      .describe(
        '`tenant`: filed by the charged organization; `seller`: by one above it; `platform`: by operator or queue',
      ),
    batch_id: text.describe('Batch that the record was filed in'),
    source: z.string().describe('Producer of the record'),
    received_at: Timestamp.describe('When the record was filed'),
    rating: RatingAnswer.describe('Rating of the call'),
  })
  .meta({ id: 'Cdr' });

export const CdrAnswer = ListedCdr.extend({
  rating_history: z.array(RatingAnswer).describe('Ratings that were replaced, the latest first'),
}).meta({ id: 'DetailedCdr' });

/** Which prices a caller sees: the wholesale rating, and the cost of the carrier. */
export type Sight = { readonly wholesale: boolean; readonly cost: boolean };

/** The operator sees both; a reseller sees what it is charged for its children's calls; a customer sees neither. */
export function sightOf(
  { organization, reach }: { readonly organization: number; readonly reach: 'own' | 'children' | 'all' },
  operator: number,
): Sight {
  const ofOperator = organization === operator;
  return { wholesale: ofOperator || reach !== 'own', cost: ofOperator };
}

/** Ratings whose charge does not depend on usage store none. */
const presentUsage = ({ usage_before: used }: Pick<Rating, 'usage_before'>): z.input<typeof UsageBefore> | null =>
  used === undefined ? null : { seconds: used.seconds, included_seconds: used.includedSeconds };

const presentOwn = <R extends Pick<Rating, 'usage_before'>>(rating: R) => ({
  ...rating,
  usage_before: presentUsage(rating),
});

/** Internal fields, such as `cost_currency`, are dropped when the schema parses the answer. */
const presentRating = ({ wholesale, cost, ...rating }: Rating, sight: Sight): z.input<typeof RatingAnswer> => ({
  ...presentOwn(rating),
  ...(sight.wholesale ? { wholesale: wholesale === null ? null : presentOwn(wholesale) } : {}),
  ...(sight.cost ? { cost } : {}),
});

/** A CDR in lists and exports. */
export const presentListed = (
  { organization, cost, rating, ...cdr }: FiledCdr,
  sight: Sight,
): z.input<typeof ListedCdr> => ({
  ...cdr,
  org_id: organizationText(organization),
  ...(sight.cost ? { cost } : {}),
  rating: presentRating(rating, sight),
});

export const presentCdr = (cdr: FiledCdr, sight: Sight): z.input<typeof CdrAnswer> => ({
  ...presentListed(cdr, sight),
  rating_history: cdr.rating_history.map((rating) => presentRating(rating, sight)),
});

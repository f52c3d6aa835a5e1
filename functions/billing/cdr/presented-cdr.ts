/** The CDR as it is answered (billing.md, "CDRs", "Rating a call"). */
import * as z from 'zod';
import { Id, organizationText, Timestamp } from '../../../shared/schema/values.ts';
import type { FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import type { Rating } from '../cdr-ingest/rating.ts';

const text = z.string().nullable();

const Band = z.object({
  name: z.string(),
  days: z.array(z.string()),
  start: z.string(),
  end: z.string(),
  price_per_minute: z.string(),
  connect_fee: text,
});

const Rate = z.object({
  prefix: z.string(),
  name: text,
  direction: z.enum(['outbound', 'inbound']),
  price_per_minute: z.string(),
  connect_fee: z.string(),
  minimum_charge: z.string(),
  initial_seconds: z.int(),
  increment_seconds: z.int(),
  included: z.boolean(),
  valid_from: text,
  valid_to: text,
  time_bands: z.array(Band),
});

const ownRating = {
  status: z.enum(['rated', 'free', 'unrated']),
  reason: z.enum(['NOT_E164', 'NO_RATE', 'NO_PROFILE']).nullable(),
  tariff: z.object({ id: Id('trf'), name: z.string(), version: z.int() }).nullable(),
  source: z.enum(['tariff', 'profile']).nullable(),
  rate: Rate.nullable(),
  band: Band.nullable(),
  billed_seconds: z.int(),
  included_seconds: z.int(),
  discount_percent: z.string(),
  charge: z.string(),
  currency: text,
  period: z.string(),
  late: z.boolean(),
  revision: z.int(),
  rated_at: Timestamp,
};

const RatingAnswer = z
  .object({
    ...ownRating,
    wholesale: z
      .object(ownRating)
      .nullable()
      .optional()
      .meta({ description: 'What the reseller pays for the call; seen by it and by the operator' }),
    cost: text.optional().meta({ description: 'What the carrier asks; seen by the operator' }),
  })
  .meta({ id: 'Rating' });

export const ListedCdr = z
  .object({
    id: Id('cdr'),
    org_id: z.string(),
    call_id: z.string(),
    leg: z.string(),
    direction: z.enum(['outbound', 'inbound', 'internal']),
    caller: z.string(),
    callee: z.string(),
    number: text.meta({
      description: 'Own number of the call: the caller of an outbound call, the callee of an inbound one',
    }),
    start_time: Timestamp,
    answer_time: Timestamp.nullable(),
    end_time: Timestamp,
    duration: z.int(),
    billable_seconds: z.int(),
    disposition: z.enum(['ANSWERED', 'NO ANSWER', 'BUSY', 'FAILED', 'CANCELLED']),
    trunk_id: text,
    gateway_id: text,
    device_id: text,
    user_id: text,
    cost: text.optional().meta({ description: 'What the carrier asks; seen by the operator' }),
    cause: z.object({ q850: z.int().nullable(), sip_code: z.int().nullable() }).nullable(),
    custom: z.record(z.string(), z.unknown()).nullable(),
    origin: z.enum(['tenant', 'platform']),
    batch_id: text,
    source: z.string(),
    received_at: Timestamp,
    rating: RatingAnswer,
  })
  .meta({ id: 'Cdr' });

export const CdrAnswer = ListedCdr.extend({ rating_history: z.array(RatingAnswer) }).meta({ id: 'DetailedCdr' });

/** Costs are seen by who pays them, the wholesale price by who pays or earns it; a customer sees neither. */
export type Sight = { readonly wholesale: boolean; readonly cost: boolean };

export function sightOf(
  { organization, reach }: { readonly organization: number; readonly reach: 'own' | 'children' | 'all' },
  operator: number,
): Sight {
  const ofOperator = organization === operator;
  return { wholesale: ofOperator || reach !== 'own', cost: ofOperator };
}

const presentRating = (
  { wholesale, cost, usage_before: _, ...rating }: Rating,
  sight: Sight,
): z.input<typeof RatingAnswer> => ({
  ...rating,
  ...(sight.wholesale ? { wholesale } : {}),
  ...(sight.cost ? { cost } : {}),
});

/** As lists show it. */
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

import * as z from 'zod';
import { reads } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { wholeNumber } from '#schema/query.ts';
import { day, second } from '#schema/time.ts';
import { IdInUrl, Instant } from '#schema/values.ts';
import { rateErrors, RateAnswer } from './rate-lookup.ts';

export const lookUpRate = endpoint('GET /rates/lookup/{number}', {
  id: 'lookUpRate',
  summary: 'Look up the rate of a call to a number',
  description:
    "Uses the tariff and the rates of the organization's billing profile. With `tariff_id` it uses only that " +
    'tariff, and of the profile only the discounts. An example call is rated as a real one, with what the ' +
    'period has used so far.',
  scope: 'billing:read',
  params: {
    number: z
      .string()
      .min(1)
      .max(64)
      .describe('E.164 number, with or without +, or as switches of the organization send it'),
  },
  query: {
    tariff_id: IdInUrl.optional().describe('An own tariff, or the one on the own profile, to look up in instead'),
    trunk_id: IdInUrl.optional().describe('A trunk of the organization: the number is read by its `number_format`'),
    source: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe('Producer of CDRs: the number is read by its format in `settings.numbers.sources`'),
    at: Instant.optional().describe('Start of the call; now by default'),
    direction: z
      .enum(['outbound', 'inbound'])
      .optional()
      .describe('`outbound` (default): a call to the number; `inbound`: a call that the number receives'),
    duration: wholeNumber(1, day / second)
      .optional()
      .describe('Seconds of the example call, 1 to 86,400; 60 by default'),
  },
  answers: { 200: RateAnswer },
  errors: ['INVALID_NUMBER', 'NO_RATE'],
  effects: [
    reads('organization'),
    reads('billingprofile'),
    reads('balance'),
    reads('usage'),
    reads('tariff'),
    reads('tariffchunk'),
    reads('trunk'),
  ],
});

export const rates = resource('rates', {
  area: 'billing',
  format: 'standard',
  errors: rateErrors,
  endpoints: [lookUpRate],
  memory: 1_024,
});

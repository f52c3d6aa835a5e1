import * as z from 'zod';
import { reads } from '../../../shared/contract/effects.ts';
import { endpoint } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { wholeNumber } from '../../../shared/schema/query.ts';
import { IdInUrl, Instant } from '../../../shared/schema/values.ts';
import { RateAnswer } from './rate-lookup.ts';

const day = 86_400;

export const lookUpRate = endpoint('GET /rates/lookup/{number}', {
  summary: 'The rate that a call to a number would be charged, and why',
  description:
    "By the tariff of the organization's billing profile and that profile's own rates, or by the tariff `tariff_id` alone; now, or at a time. An example call of `duration` seconds is rated by what the period has used so far.",
  scope: 'billing:read',
  params: { number: z.string().min(1).max(64).meta({ description: 'E.164, with or without +' }) },
  query: {
    tariff_id: IdInUrl.optional(),
    at: Instant.optional(),
    direction: z.enum(['outbound', 'inbound']).optional(),
    duration: wholeNumber(1, day).optional(),
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
  ],
});

export const rates = resource('rates', { area: 'billing', format: 'standard', endpoints: [lookUpRate], memory: 1_024 });

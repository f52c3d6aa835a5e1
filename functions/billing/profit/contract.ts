import * as z from 'zod';
import { reads } from '../../../shared/contract/effects.ts';
import { endpoint } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { pageQuery } from '../../../shared/schema/query.ts';
import { ProfitAnswer, profitSorts } from './number-profit.ts';

export const listProfits = endpoint('GET /profit/numbers', {
  summary: 'Revenue, cost and profit of each number over some days',
  description:
    'Revenue is what the organization charged those that it sells to, cost what it was charged itself (the operator: by carriers). By default the present period.',
  scope: 'billing:read',
  query: {
    ...pageQuery,
    start: z.iso.date().optional(),
    end: z.iso.date().optional(),
    number: z.string().min(1).max(64).optional(),
    sort: z.enum(profitSorts).optional(),
    order: z.enum(['asc', 'desc']).optional(),
  },
  answers: { 200: ProfitAnswer },
  errors: ['RANGE_TOO_LARGE'],
  effects: [reads('billingprofile'), reads('numberday'), reads('numberday', 'GSI1')],
});

export const profit = resource('profit', {
  area: 'billing',
  format: 'reference',
  endpoints: [listProfits],
  memory: 1_024,
});

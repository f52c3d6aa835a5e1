import * as z from 'zod';
import { reads } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { pageQuery } from '#schema/query.ts';
import { ProfitAnswer, profitSorts, profitErrors } from './number-profit.ts';

export const listNumberProfits = endpoint('GET /profit/numbers', {
  id: 'listNumberProfits',
  summary: 'List revenue, cost and profit of each number over a range of days',
  description:
    'Revenue is what the organization charged its children for the number, cost what it was charged itself ' +
    '(the operator: by carriers). An own number has revenue 0.\n\n' +
    'The default range is the open period. Days are those of the calls. `late` names the days on which the ' +
    'ledger has calls that were rated after their period was closed. More than 100,000 daily sums are 400: ' +
    'select a number or fewer days.',
  scope: 'billing:read',
  query: {
    ...pageQuery,
    start: z.iso.date().optional().describe('First day (UTC), `YYYY-MM-DD`; at most 366 days before the end'),
    end: z.iso.date().optional().describe('Last day (UTC), `YYYY-MM-DD`, included'),
    number: z.string().min(1).max(64).optional().describe('Only this number, in E.164, or `other`'),
    sort: z.enum(profitSorts).optional().describe('Sum to order by; `profit` by default'),
    order: z.enum(['asc', 'desc']).optional().describe('`desc` by default; numbers with an unknown sum come last'),
  },
  listField: 'numbers',
  answers: { 200: ProfitAnswer },
  errors: ['RANGE_TOO_LARGE'],
  effects: [reads('billingprofile'), reads('numberday'), reads('numberday', 'GSI1')],
});

export const profit = resource('profit', {
  area: 'billing',
  format: 'reference',
  errors: profitErrors,
  endpoints: [listNumberProfits],
  memory: 1_024,
});

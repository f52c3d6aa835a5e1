import { reads } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { SummaryAnswer } from './summary.ts';

export const getSummary = endpoint('GET /summary', {
  id: 'getSummary',
  summary: 'Get what the organization has, its calls in progress and its balance',
  description:
    'Each figure needs the scope of the endpoint that lists its records, and is null without it. Callers that are ' +
    'limited to their own records get their devices, their calls in progress and whether they have a CDR; other ' +
    'figures of such a scope are null.',
  scope: 'any',
  answers: { 200: SummaryAnswer },
  errors: [],
  effects: [
    reads('count'),
    reads('channel'),
    reads('call', 'GSI1'),
    reads('device', 'GSI1'),
    reads('device-state'),
    reads('cdr', 'GSI1'),
    reads('cdrcall', 'GSI1'),
    reads('billingprofile'),
    reads('balance'),
  ],
});

export const summaries = resource('summary', { area: 'system', format: 'standard', endpoints: [getSummary] });

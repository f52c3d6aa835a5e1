import { reads } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { SummaryAnswer } from './summary.ts';

export const getSummary = endpoint('GET /summary', {
  id: 'getSummary',
  summary: 'Get what the organization has, its calls of today, and what needs attention',
  description:
    'Each figure needs the scope of the endpoint that lists its records, and is null without it. A caller that is ' +
    'limited to its own records gets its devices, its calls in progress and whether it has a CDR. All other figures ' +
    'of such a scope are null.',
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
    reads('callcount'),
    reads('gateway-health'),
    reads('stircertificate'),
    // The mailbox of the caller.
    reads('user'),
    reads('mailbox-user'),
    reads('voicemailprefs'),
    reads('user-extension'),
    reads('mailbox'),
  ],
});

export const summaries = resource('summary', { area: 'system', format: 'standard', endpoints: [getSummary] });

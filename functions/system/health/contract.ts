import * as z from 'zod';
import { readsQueueDepth, reads } from '#contract/effects.ts';
import { endpoint, raw } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { Health } from './health.ts';

const health = raw(['application/json'], Health);

export const getHealth = endpoint('GET /health', {
  id: 'getHealth',
  summary: 'Get the health of the platform and its dependencies',
  description:
    'Checks the database, the CDR queue, the tasks of the SIP service and the timers, each for two seconds at most. ' +
    'Only `ok` is answered with 200, the other states with 503. The answer has no envelope. Results are at most 5 ' +
    'seconds old. With `live=1` nothing is checked: a 200 shows only that the API answers.',
  scope: 'public',
  query: {
    live: z
      .enum(['1', 'true', '0', 'false'])
      .transform((value) => value === '1' || value === 'true')
      .optional()
      .describe('Checks no dependency.'),
  },
  answers: { 200: health, 503: health },
  errors: [],
  effects: [reads('organization'), reads('lease'), reads('due', 'GSI2'), readsQueueDepth('cdr-ingest')],
  rate: 'none',
  head: true,
});

export const healthChecks = resource('health', { area: 'system', format: 'standard', endpoints: [getHealth] });

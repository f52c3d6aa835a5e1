import * as z from 'zod';
import { measures, reads } from '../../../shared/contract/effects.ts';
import { endpoint, raw } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { Health } from './health.ts';

const health = raw(['application/json'], Health);

export const getHealth = endpoint('GET /health', {
  summary: 'Liveness, and readiness of each dependency',
  description:
    'Without envelope. Results are at most 5 s old; `live=1` checks nothing and says only that the API answers.',
  scope: 'public',
  query: {
    live: z
      .enum(['1', 'true', '0', 'false'])
      .transform((value) => value === '1' || value === 'true')
      .optional(),
  },
  answers: { 200: health, 503: health },
  errors: [],
  effects: [reads('organization'), reads('lease'), measures('cdr-ingest')],
  rate: 'none',
  head: true,
});

export const healthChecks = resource('health', { area: 'system', format: 'standard', endpoints: [getHealth] });

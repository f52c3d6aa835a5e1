import { reads } from '../../shared/contract/effects.ts';
import { endpoint } from '../../shared/contract/endpoint.ts';
import { resource } from '../../shared/contract/resource.ts';
import * as z from 'zod';
import { pageQuery, wholeNumber } from '../../shared/schema/query.ts';
import { Instant } from '../../shared/schema/values.ts';
import { LoggedPath, logLevels, Logs, logTypes } from './log-line.ts';

const usualLimit = 100;

export const getLogs = endpoint('GET /logs/{entity+}', {
  summary: 'Read logs of an entity',
  description: 'Newest first. `org/{id}` has the calls that a policy with `log` decided.',
  scope: 'system:read',
  params: { entity: LoggedPath },
  query: {
    type: z.enum(logTypes).optional(),
    level: z.enum(logLevels).optional(),
    from: Instant.optional(),
    to: Instant.optional(),
    limit: wholeNumber(1, 500).optional().transform((limit) => limit ?? usualLimit),
    offset: pageQuery.offset,
    page_token: pageQuery.page_token,
  },
  orgFromPath: 'entity',
  rate: 'eventquery',
  answers: { 200: Logs },
  errors: [],
  effects: [reads('log'), reads('trunk'), reads('gateway'), reads('user'), reads('device'), reads('number'), reads('number-id')],
});

export const logs = resource('logs', { area: 'system', face: 'reference', endpoints: [getLogs] });

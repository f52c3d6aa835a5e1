import { reads, records, writes } from '../../../shared/contract/effects.ts';
import { endpoint } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import * as z from 'zod';
import { limitOr, pageQuery } from '../../../shared/schema/query.ts';
import { Instant } from '../../../shared/schema/values.ts';
import { logLevels, logTypes } from '../../../shared/schema/log-line.ts';
import { ImportReceipt, LoggedPath, LogImport, Logs } from './log-line.ts';

/** Whose lines they are. */
const things = [
  reads('trunk'),
  reads('gateway'),
  reads('user'),
  reads('device'),
  reads('number'),
  reads('number-id'),
] as const;

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
    limit: limitOr(100),
    offset: pageQuery.offset,
    page_token: pageQuery.page_token,
  },
  orgFromPath: 'entity',
  rate: 'eventquery',
  answers: { 200: Logs },
  errors: [],
  effects: [reads('log'), ...things],
});

export const postLogs = endpoint('POST /logs/{entity+}', {
  summary: 'File imported call logs',
  description:
    'Up to 1,000 lines, all or, where one is wrong, none. A line that is there already, or twice in the request, is skipped, so that a request that died half-way is completed by a repeat; `deduplicate: false` files it again. Kept as long as `retention.log_days` of the organization says.',
  scope: 'events:write',
  params: { entity: LoggedPath },
  body: LogImport,
  orgFromPath: 'entity',
  answers: { 200: ImportReceipt },
  errors: ['BODY_TOO_LARGE'],
  effects: [writes('log'), ...things, records('logs.imported')],
});

export const logs = resource('logs', { area: 'system', format: 'reference', endpoints: [getLogs, postLogs] });

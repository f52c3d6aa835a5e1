import { reads, records, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import * as z from 'zod';
import { limitWithDefault, pageQuery } from '#schema/query.ts';
import { Instant } from '#schema/values.ts';
import { logLevels, logTypes } from '#schema/log-line.ts';
import { examples } from './examples.ts';
import { ImportReceipt, LoggedPath, LogImport, Logs } from './log-line.ts';

/** The entities that lines are about. */
const entities = [
  reads('trunk'),
  reads('gateway'),
  reads('user'),
  reads('device'),
  reads('call'),
  reads('number'),
  reads('number-id'),
] as const;

export const listLogs = endpoint('GET /logs/{entity+}', {
  id: 'listLogs',
  summary: 'List the log lines of an entity',
  description: 'Newest first. `org/{id}` has a line for each call that a policy with `log` decided.',
  scope: 'system:read',
  params: { entity: LoggedPath },
  query: {
    type: z.enum(logTypes).optional(),
    level: z.enum(logLevels).optional(),
    from: Instant.optional(),
    to: Instant.optional(),
    limit: limitWithDefault(100),
    offset: pageQuery.offset,
    page_token: pageQuery.page_token,
  },
  orgFromPath: 'entity',
  rate: 'eventquery',
  answers: { 200: Logs },
  errors: [],
  effects: [reads('log'), ...entities],
});

export const importLogs = endpoint('POST /logs/{entity+}', {
  id: 'importLogs',
  summary: 'Import log lines',
  description:
    'Imports up to 1,000 lines, or none if one is invalid. A line that is stored already, or twice in the request, ' +
    'is skipped, so repeating an interrupted request completes it; `deduplicate: false` stores it again. ' +
    'Lines are kept for `retention.log_days` of the organization.',
  scope: 'events:write',
  params: { entity: LoggedPath },
  body: LogImport,
  orgFromPath: 'entity',
  answers: { 200: ImportReceipt },
  errors: ['BODY_TOO_LARGE'],
  effects: [writes('log'), ...entities, records('logs.imported')],
});

export const logs = resource('logs', {
  area: 'system',
  format: 'reference',
  endpoints: [listLogs, importLogs],
  examples,
});

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
    type: z.enum(logTypes).optional().describe('Only lines of this type'),
    level: z.enum(logLevels).optional().describe('Only lines of this level'),
    from: Instant.optional().describe('Only lines from this instant on'),
    to: Instant.optional().describe('Only lines before this instant'),
    limit: limitWithDefault(100),
    offset: pageQuery.offset,
    page_token: pageQuery.page_token,
  },
  orgFromPath: 'entity',
  rate: 'eventquery',
  listField: 'logs',
  answers: { 200: Logs },
  errors: [],
  effects: [reads('log'), ...entities],
});

export const importLogs = endpoint('POST /logs/{entity+}', {
  id: 'importLogs',
  summary: 'Import log lines',
  description:
    'Imports up to 1,000 lines, or none if one is invalid. Lines are written in several transactions, so that an ' +
    'interrupted request may have written some of them.\n\n' +
    'A line with the same entity, time, type, message and details as a stored one is skipped and counted in ' +
    '`duplicates_skipped`. A repeated request therefore completes the import. `deduplicate: false` stores such lines ' +
    'again.\n\n' +
    'Lines are kept for `retention.log_days` of the organization, unless a policy of retention decides otherwise.',
  scope: 'events:write',
  unversioned: true,
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

import * as z from 'zod';
import { reads } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { pageQuery, rangeEnd, rangeStart } from '#schema/query.ts';
import { IdInUrl, Timestamp } from '#schema/values.ts';
import { archivedTypes, archiveActions } from './archive.ts';

const Author = z.object({
  user_id: z.string().describe('Id of the user or service account'),
  username: z.string().describe('Its name at the time of the change'),
});

const FieldChange = z.object({
  old: z.unknown().describe('Value before the change; null if absent'),
  new: z.unknown().describe('Value after the change; null if absent'),
});

const Entry = z
  .object({
    id: z.string().describe('Id of the entry'),
    type: z.enum(archivedTypes).describe('Type of the entity'),
    entity_id: z.string().describe('Id of the policy or template'),
    entity_name: z.string().describe('Name of the policy or template at that version'),
    version: z.int().describe('Version that the change made; a deletion makes one too'),
    action: z.enum(archiveActions).describe('Kind of change'),
    changed_by: Author.describe('Author of the change'),
    changes: z
      .record(z.string(), FieldChange)
      .nullable()
      .describe(
        'Changed fields by dotted path, such as `conditions.pattern`; a list counts as one value; null for a creation',
      ),
    snapshot: z.record(z.string(), z.unknown()).describe('Fields after the change; before it for a deletion'),
    archived_at: Timestamp.describe('Time of the change'),
  })
  .meta({ id: 'HistoryEntry' });

const history = {
  summary: 'Archived versions of policies and the template',
  description: 'Newest first. Entries are kept for ever.',
  scope: 'dialplan:read',
  query: {
    ...pageQuery,
    type: z.enum(archivedTypes).optional().describe('Only entries of this type'),
    entity_id: IdInUrl.optional().describe('Only entries of this policy or template'),
    start_date: rangeStart.optional().describe('Start of the range, inclusive: an instant, or a day (UTC)'),
    end_date: rangeEnd.optional().describe('End of the range: an instant (exclusive), or a day (UTC, inclusive)'),
  },
  answers: { 200: listOf(Entry, 'history') },
  errors: [],
  effects: [reads('dialplanhistory'), reads('dialplanhistory', 'GSI1'), reads('dialplanhistory', 'GSI2')],
} as const;

const alias = { ...history, summary: `${history.summary} (alias of /dialplan/history)` } as const;

export const listDialplanHistory = endpoint('GET /dialplan/history', { ...history, id: 'listDialplanHistory' });
export const listDialplanHistoric = endpoint('GET /dialplan/historic', { ...alias, id: 'listDialplanHistoric' });
export const listDialplanArchive = endpoint('GET /dialplan/archive', { ...alias, id: 'listDialplanArchive' });
export const listDialplanArchived = endpoint('GET /dialplan/archived', { ...alias, id: 'listDialplanArchived' });

export const dialplanHistory = resource('dialplan-history', {
  area: 'dialplan',
  format: 'dialplan',
  endpoints: [listDialplanHistory, listDialplanHistoric, listDialplanArchive, listDialplanArchived],
});

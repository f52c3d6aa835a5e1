import * as z from 'zod';
import { reads } from '../../../shared/contract/effects.ts';
import { endpoint, listOf } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { pageQuery, rangeEnd, rangeStart } from '../../../shared/schema/query.ts';
import { IdInUrl, Timestamp } from '../../../shared/schema/values.ts';
import { archivedTypes, archiveActions } from './archive.ts';

/** An archived version (seed 004, "Get Dial Plan History"). */
const Entry = z
  .object({
    id: z.string(),
    type: z.enum(archivedTypes),
    entity_id: z.string(),
    entity_name: z.string(),
    version: z.int(),
    action: z.enum(archiveActions),
    changed_by: z.object({ user_id: z.string(), username: z.string() }),
    changes: z.record(z.string(), z.object({ old: z.unknown(), new: z.unknown() })).nullable(),
    snapshot: z.record(z.string(), z.unknown()),
    archived_at: Timestamp,
  })
  .meta({ id: 'HistoryEntry' });

const history = {
  summary: 'Archived versions of policies and the template',
  description:
    'Newest first. `start_date` and `end_date` are instants, the end not in the range, or whole days (UTC), both in it.',
  scope: 'dialplan:read',
  query: {
    ...pageQuery,
    type: z.enum(archivedTypes).optional(),
    entity_id: IdInUrl.optional(),
    start_date: rangeStart.optional(),
    end_date: rangeEnd.optional(),
  },
  answers: { 200: listOf(Entry, 'history') },
  errors: [],
  effects: [reads('dialplanhistory'), reads('dialplanhistory', 'GSI1'), reads('dialplanhistory', 'GSI2')],
} as const;

export const getHistory = endpoint('GET /dialplan/history', history);

const alias = { ...history, summary: `${history.summary} (alias of /dialplan/history)` } as const;
export const getHistoric = endpoint('GET /dialplan/historic', alias);
export const getArchive = endpoint('GET /dialplan/archive', alias);
export const getArchived = endpoint('GET /dialplan/archived', alias);

export const dialplanHistory = resource('dialplan-history', {
  area: 'dialplan',
  format: 'dialplan',
  endpoints: [getHistory, getHistoric, getArchive, getArchived],
});

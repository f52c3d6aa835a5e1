import * as z from 'zod';
import { reads, records, unique, writes } from '#contract/effects.ts';
import { readsUsersOfRecords } from '#contract/record-effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { pageQuery } from '#schema/query.ts';
import { IdInUrl, newOrId, text } from '#schema/values.ts';
import { examples } from './examples.ts';
import { legalHoldErrors, NewLegalHold, ShownLegalHold } from './legal-hold.ts';

export const listLegalHolds = endpoint('GET /archiving/legalholds', {
  id: 'listLegalHolds',
  summary: 'List legal holds',
  description: 'Newest first, released ones too.',
  scope: 'system:read',
  query: {
    ...pageQuery,
    q: z.string().max(128).optional().describe('Only holds whose name contains this text, in any case'),
    status: z.enum(['active', 'released']).optional().describe('Only holds in this state'),
  },
  answers: { 200: listOf(ShownLegalHold) },
  errors: [],
  effects: [reads('hold')],
});

export const saveLegalHold = endpoint('PUT /archiving/legalholds/{id}', {
  id: 'saveLegalHold',
  summary: 'Place or change a legal hold',
  description:
    'A hold keeps records from retention, purges, users and API clients, and from the end of their user, mailbox or ' +
    'organization. It takes effect with the answer, also for deletions that run already. It also keeps records that ' +
    'come later.\n\n' +
    'A user may delete a held record. The record then disappears for the user, and is stored until no hold keeps ' +
    'it.\n\n' +
    'A change that lets go of records needs another `reason`. `held_estimate` is null again until the records are ' +
    'counted. `user_ids` must name users that the organization has or had.',
  scope: 'system:write',
  whileClosed: true,
  params: { id: newOrId.describe('`new`, or the id of the hold to change') },
  nullIsAbsent: true,
  body: NewLegalHold,
  answers: { 200: ShownLegalHold, 201: ShownLegalHold },
  errors: ['NAME_TAKEN', 'LIMIT_EXCEEDED', 'HOLD_ALREADY_RELEASED', 'UNKNOWN_USER'],
  actsOn: { none: 'it keeps their records' },
  effects: [
    writes('hold'),
    unique('hold-name'),
    writes('holdhead'),
    writes('count'),
    ...readsUsersOfRecords,
    records('legalhold.placed'),
    records('legalhold.changed'),
  ],
});

export const releaseLegalHold = endpoint('DELETE /archiving/legalholds/{id}', {
  id: 'releaseLegalHold',
  summary: 'Release a legal hold',
  description:
    'The hold stays in the list, and its name can be used again. It cannot become active again. Records that only ' +
    'this hold kept are deleted when their retention has ended.',
  scope: 'system:write',
  whileClosed: true,
  params: { id: IdInUrl.describe('Id of the hold') },
  query: { reason: text(1_000, 1).describe('Why it is released; the event log has it') },
  answers: { 200: ShownLegalHold },
  errors: ['HOLD_ALREADY_RELEASED'],
  effects: [writes('hold'), unique('hold-name'), writes('holdhead'), writes('count'), records('legalhold.released')],
});

export const legalHolds = resource('legal-holds', {
  area: 'system',
  format: 'reference',
  owner: 'organization',
  errors: legalHoldErrors,
  endpoints: [listLegalHolds, saveLegalHold, releaseLegalHold],
  examples,
});

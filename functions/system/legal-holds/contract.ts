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
    'Records that a hold means are deleted neither by retention or purge, nor with their user, mailbox or ' +
    'organization. What a user deletes vanishes for the user and is kept until no hold means it. From the moment of ' +
    'the answer nothing that the hold means is deleted, also by what runs already. A change that lets go of records ' +
    'needs another `reason`.',
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
  description: 'The hold itself stays. What only it kept is deleted when its retention has ended.',
  scope: 'system:write',
  whileClosed: true,
  params: { id: IdInUrl.describe('Id of the hold') },
  query: { reason: text(1_000, 1).describe('Why it is released: it is stored in the event log') },
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

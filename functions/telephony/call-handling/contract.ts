import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { reads, records, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { UserInUrl } from '#schema/user-in-url.ts';
import { ConfirmRemoval, Timestamp } from '#schema/values.ts';
import { CallHandling, callHandlingFields } from '#telephony/call-handling.ts';
import { examples } from './examples.ts';

const params = { id: UserInUrl.describe('Id of the user, or `me`') };

const ShownCallHandling = z
  .object({
    user_id: z.string().describe('Id of the user'),
    ...callHandlingFields,
    updated_at: Timestamp.nullable().describe('Time of the last change; null: it was never set'),
    version: z.int().nullable().describe('Version; null: it was never set'),
  })
  .meta({
    id: 'CallHandling',
    example: {
      ...{ user_id: 'usr_…', ...CallHandling.parse(examples.setCallHandling) },
      ...{ updated_at: '2026-11-20T09:15:00.000Z', version: 1 },
    },
  });

export const getCallHandling = endpoint('GET /users/{id}/callhandling', {
  id: 'getCallHandling',
  summary: 'Get what a user does with calls',
  description: 'A user who never set it has the defaults. One can read and set it for oneself without a scope.',
  scope: 'telephony:read',
  ownRecord: 'id',
  params,
  answers: { 200: ShownCallHandling },
  errors: [],
  effects: [reads('user'), reads('callhandling')],
});

export const setCallHandling = endpoint('PUT /users/{id}/callhandling', {
  id: 'setCallHandling',
  summary: 'Set what a user does with calls: do not disturb, forwarding, follow-me, blocked callers',
  description: 'Replaces all settings: absent fields get their defaults. The next call follows them.',
  scope: 'telephony:write',
  ownRecord: 'id',
  params,
  body: CallHandling.extend({ confirm_removal: ConfirmRemoval }).meta({ id: 'CallHandlingChange' }),
  answers: { 200: ShownCallHandling, 201: ShownCallHandling },
  errors: ['REMOVES_MANY'],
  actsOn: { none: 'it changes where calls to a user go, and no account' },
  effects: [
    reads('user'),
    reads('device'),
    reads('ringgroup'),
    reads('callflow'),
    reads('schedule'),
    reads('number'),
    reads('voicemailprefs'),
    reads('user-extension'),
    writes('callhandling'),
    records('callhandling.updated'),
  ],
});

export const callHandling = resource('call-handling', {
  area: 'telephony',
  format: 'standard',
  owner: 'found',
  endpoints: [getCallHandling, setCallHandling],
  examples,
  cascades: [
    cascadeAfter('user.deleted', [writes('callhandling')]),
    cascadeAfter('org.closed', [writes('callhandling')]),
  ],
});

import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { reads, records, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { pageQuery } from '#schema/query.ts';
import { Deletion, text } from '#schema/values.ts';
import { messagingErrors } from '../schema/errors.ts';
import { examples } from './examples.ts';
import { NewOptOut, optOutSources, ShownOptOut } from './opt-out.ts';

const params = { number: z.string().max(64).describe('Number (E.164), with or without `+`') };

export const listOptOuts = endpoint('GET /smsoptouts', {
  id: 'listSmsOptOuts',
  summary: 'List the numbers that opted out of SMS',
  description:
    'Newest first. No SMS of the organization is sent to them, whatever its sender and category. An opt-out belongs ' +
    'to no user: a caller that is limited to its own records sees none.',
  scope: 'messaging:read',
  query: { ...pageQuery, source: z.enum(optOutSources).optional().describe('Only opt-outs of this source') },
  answers: { 200: listOf(ShownOptOut) },
  errors: [],
  effects: [reads('smsoptout', 'GSI1')],
});

export const optOut = endpoint('PUT /smsoptouts/{number}', {
  id: 'optOutOfSms',
  summary: 'Opt a number out of SMS',
  description:
    'Counts whatever is known of the number. A START that its owner writes later opts it in again. A START that was ' +
    'written before and is filed later does not. A caller that is limited to its own records gets 403 ' +
    '`INSUFFICIENT_SCOPE`.',
  scope: 'messaging:write',
  params,
  body: NewOptOut,
  answers: { 200: ShownOptOut, 201: ShownOptOut },
  errors: ['INVALID_PHONE_NUMBER'],
  effects: [writes('smsoptout'), records('sms.optout')],
});

export const liftOptOut = endpoint('DELETE /smsoptouts/{number}', {
  id: 'liftSmsOptOut',
  summary: 'Lift the opt-out of a number',
  description: 'The reason is recorded with the event `sms.optin`, as the number gets SMS again.',
  scope: 'messaging:write',
  params,
  query: { reason: text(255, 1).describe('Reason why the number may get SMS again, 1 to 255 characters') },
  answers: { 200: Deletion },
  errors: ['MISSING_FIELD', 'INVALID_PHONE_NUMBER'],
  effects: [writes('smsoptout'), records('sms.optin')],
});

export const smsOptOuts = resource('sms-opt-outs', {
  area: 'messaging',
  format: 'standard',
  owner: 'organization',
  errors: messagingErrors,
  endpoints: [listOptOuts, optOut, liftOptOut],
  examples,
  cascades: [cascadeAfter('org.closed', [writes('smsoptout')])],
});

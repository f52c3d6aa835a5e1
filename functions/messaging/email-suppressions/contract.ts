import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { reads, records, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { pageQuery } from '#schema/query.ts';
import { Deletion, Email as Address } from '#schema/values.ts';
import { ShownSuppression, suppressionReasons } from './suppression.ts';

export const listEmailSuppressions = endpoint('GET /emailsuppressions', {
  id: 'listEmailSuppressions',
  summary: 'List addresses that get no e-mail',
  description:
    'Addresses that bounced for good, three times in 7 days, or whose readers complained; the latest first. A caller ' +
    'that is limited to its own records sees none.',
  scope: 'messaging:read',
  query: {
    ...pageQuery,
    reason: z.enum(suppressionReasons).optional().describe('Only addresses that are suppressed for this reason'),
  },
  answers: { 200: listOf(ShownSuppression) },
  errors: [],
  effects: [reads('email-suppression', 'GSI1')],
});

export const liftEmailSuppression = endpoint('DELETE /emailsuppressions/{address}', {
  id: 'liftEmailSuppression',
  summary: 'Let an address get e-mail again',
  description: 'Forgets all bounces and complaints of the address.',
  scope: 'messaging:write',
  unversioned: true,
  params: { address: Address.describe('The address') },
  answers: { 200: Deletion },
  errors: [],
  effects: [writes('email-suppression'), records('email.unsuppressed')],
});

export const emailSuppressions = resource('email-suppressions', {
  area: 'messaging',
  format: 'standard',
  owner: 'organization',
  endpoints: [listEmailSuppressions, liftEmailSuppression],
  cascades: [cascadeAfter('org.closed', [writes('email-suppression')])],
});

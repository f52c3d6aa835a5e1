import { reads } from '../../../shared/contract/effects.ts';
import { endpoint, listOf } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { pageQuery } from '../../../shared/schema/query.ts';
import { IdInUrl } from '../../../shared/schema/values.ts';
import { emailFilters, ShownEmail } from './email.ts';

export const listEmails = endpoint('GET /email', {
  id: 'listEmails',
  summary: 'List e-mails by state, recipient or time',
  description:
    'Newest first, without their text. The range from `start` (inclusive) to `end` (exclusive) is at most 31 days; ' +
    'default is the last day. E-mails are kept for 90 days.',
  scope: 'messaging:read',
  query: { ...pageQuery, ...emailFilters },
  answers: { 200: listOf(ShownEmail) },
  errors: [],
  effects: [reads('email'), reads('email', 'GSI1'), reads('email', 'GSI2')],
});

export const getEmail = endpoint('GET /email/{id}', {
  id: 'getEmail',
  summary: 'Get the delivery state of an e-mail',
  scope: 'messaging:read',
  params: { id: IdInUrl.describe('Id of the e-mail') },
  answers: { 200: ShownEmail },
  errors: [],
  effects: [reads('email')],
});

export const emails = resource('email', { area: 'messaging', format: 'standard', endpoints: [listEmails, getEmail] });

import { reads } from '../../../shared/contract/effects.ts';
import { endpoint, listOf } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { pageQuery } from '../../../shared/schema/query.ts';
import { IdInUrl } from '../../../shared/schema/values.ts';
import { emailFilters, ShownEmail } from './email.ts';

export const listEmails = endpoint('GET /email', {
  summary: 'List e-mails by state, recipient, time',
  description:
    'Newest first, without their text. Up to 31 days from `start` on (inclusive) to `end` (exclusive), by default the last day. Kept 90 days.',
  scope: 'messaging:read',
  query: { ...pageQuery, ...emailFilters },
  answers: { 200: listOf(ShownEmail) },
  errors: [],
  effects: [reads('email'), reads('email', 'GSI1'), reads('email', 'GSI2')],
});

export const getEmail = endpoint('GET /email/{id}', {
  summary: 'Delivery state of an e-mail',
  scope: 'messaging:read',
  params: { id: IdInUrl },
  answers: { 200: ShownEmail },
  errors: [],
  effects: [reads('email')],
});

export const emails = resource('email', { area: 'messaging', format: 'standard', endpoints: [listEmails, getEmail] });

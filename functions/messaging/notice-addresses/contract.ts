import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { reads, records, writes } from '#contract/effects.ts';
import { endpoint, raw } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';

/** Of any form: a person with half a link gets a page that says so. */
const Token = z.string().min(1).max(256).describe('Token of the link');

/** A link that is unknown or too old is 404, as a page. */
const pages = { 200: raw(['text/html']), default: raw(['text/html']) };

export const showConfirmation = endpoint('GET /email/confirm', {
  id: 'showNoticeAddressConfirmation',
  summary: 'Show the page that asks an address whether it wants notices',
  description:
    'Needs no credential. Opening the link changes nothing, as mail scanners open links too: the button of the page ' +
    'confirms. The link works for 7 days; afterwards its page shows that the address is confirmed.',
  scope: 'public',
  rate: 'login',
  query: { token: Token },
  answers: pages,
  errors: [],
  effects: [reads('noticetoken'), reads('noticeaddress')],
});

export const confirmAddress = endpoint('POST /email/confirm', {
  id: 'confirmNoticeAddress',
  summary: 'Confirm an address for notices by the token of its link',
  description:
    'Needs no credential. From then on the address gets the notices of the organization that asked it. ' +
    'A repetition changes nothing.',
  scope: 'public',
  rate: 'login',
  body: z
    .object({ token: Token })
    .meta({ id: 'NoticeAddressConfirmation', example: { token: 'Zk1fT0tFTl9PRl9BX0xJTktfVEhBVF9XQVNfU0VOVA9' } }),
  bodyForms: ['form'],
  answers: pages,
  errors: [],
  effects: [reads('noticetoken'), writes('noticeaddress'), records('email.address_confirmed')],
});

export const noticeAddresses = resource('notice-addresses', {
  area: 'messaging',
  format: 'standard',
  endpoints: [showConfirmation, confirmAddress],
  cascades: [cascadeAfter('org.closed', [writes('noticeaddress')])],
});

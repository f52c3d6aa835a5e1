import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { records, writes } from '#contract/effects.ts';
import { endpoint, raw } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { Timestamp } from '#schema/values.ts';

/** In the form of all answers; people see it in their browsers, so it is never XML. */
const AddressConfirmation = z
  .object({
    success: z.literal(true).describe('The address is confirmed'),
    message: z.string().describe('What that means, for the person who followed the link'),
    data: z
      .object({
        address: z.string().describe('The confirmed address'),
        confirmed_at: Timestamp.describe('Time of the confirmation'),
      })
      .describe('The confirmation'),
  })
  .meta({
    id: 'AddressConfirmation',
    example: {
      success: true,
      message: 'This address gets notices from now on',
      data: { address: 'ann@example.com', confirmed_at: '2026-01-31T12:00:00.000Z' },
    },
  });
export type AddressConfirmation = z.input<typeof AddressConfirmation>;

export const confirmAddress = endpoint('GET /email/confirm', {
  id: 'confirmNoticeAddress',
  summary: 'Confirm an address for notices by the link that was sent to it',
  description:
    'Needs no credential. The link works once, and for 7 days. From then on the address gets the notices of the ' +
    'organization that asked it.',
  scope: 'public',
  rate: 'login',
  query: {
    token: z
      .string()
      .regex(/^[A-Za-z0-9_-]{43}$/, 'must be the token of a link')
      .describe('Token of the link'),
  },
  answers: { 200: raw(['application/json'], AddressConfirmation) },
  errors: ['NOT_FOUND'],
  effects: [writes('noticetoken'), writes('noticeaddress'), records('email.address_confirmed')],
  writesOnGet: 'people open the link of an e-mail in a browser',
});

export const noticeAddresses = resource('notice-addresses', {
  area: 'messaging',
  format: 'standard',
  endpoints: [confirmAddress],
  cascades: [cascadeAfter('org.closed', [writes('noticeaddress')])],
});

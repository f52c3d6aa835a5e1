import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { reads, records, reports, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { flag } from '#schema/query.ts';
import { Timestamp } from '#schema/values.ts';
import { telephonyErrors } from '../schema/errors.ts';
import { examples } from './examples.ts';
import { NumberChange, NumberInUrl, WantedChannels, WantedNumber, numberErrors } from './number.ts';
import { ChannelUse, HeldNumber, Offer } from './presented-number.ts';
import { NumberSearch } from './search.ts';

const params = { id: NumberInUrl };
const numberEffects = [reads('number'), reads('number-id')] as const;
/** The possible targets of a route. */
const targetEffects = [
  reads('trunk'),
  reads('device'),
  reads('user'),
  reads('group'),
  reads('callflow'),
  reads('ringgroup'),
  reads('voicemailprefs'),
  reads('user-extension'),
] as const;

export const searchNumbers = endpoint('POST /numbers/search', {
  id: 'searchNumbers',
  summary: 'Search your own numbers, or those available to activate',
  description:
    'The body also has the list parameters, such as `limit` and `page_token`. Numbers of others are not found.',
  scope: 'telephony:read',
  body: NumberSearch,
  answers: { 200: listOf(z.union([HeldNumber, Offer])) },
  errors: [],
  effects: [reads('number', 'GSI1'), reads('number', 'GSI2'), reads('billingprofile')],
});

export const getNumber = endpoint('GET /numbers/{id}', {
  id: 'getNumber',
  summary: 'Get a number',
  scope: 'telephony:read',
  params,
  answers: { 200: z.union([HeldNumber, Offer]) },
  errors: [],
  effects: [...numberEffects, reads('billingprofile')],
});

export const activateNumber = endpoint('PUT /numbers/{id}', {
  id: 'activateNumber',
  summary: 'Activate a number and route it',
  description:
    'Of a number that you hold already, it replaces the settings: absent ones return to their defaults. The monthly ' +
    'fee is charged for the rest of the billing period, then with each period; a reseller that sells to the holder ' +
    'is charged the same. The operator adds a number to the inventory with `state: available`, or assigns a new ' +
    'number at once. `CURRENCY_MISMATCH`: the holder, or a reseller above it, is billed in another currency than the ' +
    'operator. A released number is open to others after 30 days. An organization has at most `limits.max_numbers` ' +
    'numbers (default 10,000).',
  scope: 'telephony:write',
  params,
  body: WantedNumber,
  answers: { 200: z.union([HeldNumber, Offer]), 201: z.union([HeldNumber, Offer]) },
  errors: [
    'MISSING_FIELD',
    'OPERATOR_ONLY',
    'NUMBER_NOT_FOUND',
    'NUMBER_TAKEN',
    'NUMBER_QUARANTINED',
    'ROUTE_TARGET_NOT_FOUND',
    'LIMIT_EXCEEDED',
    'CURRENCY_MISMATCH',
    'INSUFFICIENT_CREDITS',
  ],
  effects: [
    ...numberEffects,
    writes('number'),
    writes('number-id'),
    ...targetEffects,
    writes('count'),
    records('number.activated'),
    records('number.updated'),
    reports('number.available'),
    reads('billingprofile'),
    writes('ledger'),
    writes('balance'),
    writes('chargeday'),
    reports('balance.low'),
    reports('balance.exhausted'),
  ],
});

export const updateNumber = endpoint('POST /numbers/{id}', {
  id: 'updateNumber',
  summary: 'Update the label, route or capabilities of a number',
  scope: 'telephony:write',
  params,
  body: NumberChange,
  answers: { 200: HeldNumber },
  errors: ['INVALID_STATE', 'ROUTE_TARGET_NOT_FOUND'],
  effects: [...numberEffects, writes('number'), ...targetEffects, records('number.updated'), reads('billingprofile')],
});

export const releaseNumber = endpoint('DELETE /numbers/{id}', {
  id: 'releaseNumber',
  summary: 'Release a number',
  description:
    'Begins a quarantine of 30 days, in which only its last holder can activate it again. Rejected while it has ' +
    'calls, or trunks or gateways present it as caller ID, unless `force` is set.',
  scope: 'telephony:write',
  params,
  query: {
    force: flag
      .optional()
      .describe(
        'Release it although it is a caller ID or has calls: its calls end, and up to 90 of these caller IDs are ' +
          'removed. Others stay, but are not presented',
      ),
  },
  answers: {
    200: z.object({
      id: z.string().describe('Id of the number'),
      number: z.string().describe('The number (E.164)'),
      state: z.literal('released').describe('Always `released`'),
      quarantine_until: Timestamp.describe('End of the quarantine'),
      deleted_at: Timestamp.describe('Time of the release'),
    }),
  },
  errors: ['INVALID_STATE', 'NUMBER_IN_USE'],
  effects: [
    ...numberEffects,
    writes('number'),
    reads('channel'),
    writes('trunk'),
    writes('gateway'),
    writes('due'),
    writes('count'),
    records('number.released'),
  ],
});

export const getNumberChannels = endpoint('GET /numbers/{id}/channels', {
  id: 'getNumberChannels',
  summary: 'Get the channel limits of a number, and the channels in use',
  scope: 'telephony:read',
  params,
  answers: { 200: ChannelUse },
  errors: [],
  effects: [...numberEffects, reads('channel')],
});

export const setNumberChannels = endpoint('PUT /numbers/{id}/channels', {
  id: 'setNumberChannels',
  summary: 'Set the channel limits of a number',
  description: 'Absent limits stay as they are.',
  scope: 'telephony:write',
  params,
  body: WantedChannels,
  answers: { 200: ChannelUse },
  errors: ['INVALID_STATE'],
  effects: [...numberEffects, writes('number'), reads('channel'), records('number.channels_updated')],
});

/** Routes to what was deleted are cleared. */
const clearsRoutes = [reads('number', 'GSI2'), writes('number'), records('number.route_cleared')] as const;

export const numbers = resource('numbers', {
  area: 'telephony',
  format: 'reference',
  owner: 'found',
  errors: { ...numberErrors, ...telephonyErrors },
  endpoints: [
    searchNumbers,
    getNumber,
    activateNumber,
    updateNumber,
    releaseNumber,
    getNumberChannels,
    setNumberChannels,
  ],
  examples,
  cascades: [
    cascadeAfter('user.deleted', clearsRoutes),
    cascadeAfter('group.deleted', clearsRoutes),
    cascadeAfter('device.deleted', clearsRoutes),
    cascadeAfter('trunk.deleted', clearsRoutes),
    cascadeAfter('mailbox.deleted', clearsRoutes),
    cascadeAfter('callflow.deleted', clearsRoutes),
    cascadeAfter('ringgroup.deleted', clearsRoutes),
    cascadeAfter('org.closed', [reads('number', 'GSI1'), writes('number'), writes('due'), records('number.released')]),
  ],
});

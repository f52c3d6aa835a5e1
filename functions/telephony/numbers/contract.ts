import * as z from 'zod';
import { after } from '../../../shared/contract/consequences.ts';
import { reads, records, writes } from '../../../shared/contract/effects.ts';
import { endpoint, listOf } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { flag } from '../../../shared/schema/query.ts';
import { Timestamp } from '../../../shared/schema/values.ts';
import { ChannelUse, HeldNumber, NumberChange, NumberInUrl, Offer, WantedChannels, WantedNumber } from './number.ts';
import { NumberSearch } from './search.ts';

const found = [reads('number'), reads('number-id')] as const;
/** Where a number may lead. */
const targets = [reads('trunk'), reads('device'), reads('user'), reads('group')] as const;

export const searchNumbers = endpoint('POST /numbers/search', {
  summary: 'Search numbers: own inventory, or available to activate',
  description: 'List parameters stand in the body.',
  scope: 'telephony:read',
  body: NumberSearch,
  answers: { 200: listOf(z.union([HeldNumber, Offer])) },
  errors: [],
  effects: [reads('number', 'GSI1'), reads('number', 'GSI2')],
});

export const getNumber = endpoint('GET /numbers/{id}', {
  summary: 'Get a number (id or E.164)',
  scope: 'telephony:read',
  params: { id: NumberInUrl },
  answers: { 200: z.union([HeldNumber, Offer]) },
  errors: [],
  effects: [...found],
});

export const putNumber = endpoint('PUT /numbers/{id}', {
  summary: 'Activate a number and route it',
  description:
    'The operator fills the stock with `state: available`, or assigns a number that is new at once. What a number costs is charged for the rest of the billing period, then with each period.',
  scope: 'telephony:write',
  params: { id: NumberInUrl },
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
    'NOT_YET_SUPPORTED',
  ],
  effects: [
    ...found,
    writes('number'),
    writes('number-id'),
    ...targets,
    writes('count'),
    records('number.activated'),
    records('number.updated'),
    records('number.available'),
    reads('billingprofile'),
    writes('ledger'),
    writes('balance'),
    writes('chargeday'),
    records('balance.low'),
    records('balance.exhausted'),
  ],
});

export const postNumber = endpoint('POST /numbers/{id}', {
  summary: "Update a number's routing or label",
  scope: 'telephony:write',
  params: { id: NumberInUrl },
  body: NumberChange,
  answers: { 200: HeldNumber },
  errors: ['INVALID_STATE', 'ROUTE_TARGET_NOT_FOUND', 'NOT_YET_SUPPORTED'],
  effects: [...found, writes('number'), ...targets, records('number.updated')],
});

export const deleteNumber = endpoint('DELETE /numbers/{id}', {
  summary: 'Release a number',
  description:
    'For 30 days only its holder may take it back. `force`: also where trunks or gateways show it as caller id, which then show none.',
  scope: 'telephony:write',
  params: { id: NumberInUrl },
  query: { force: flag.optional() },
  answers: {
    200: z.object({
      id: z.string(),
      number: z.string(),
      state: z.literal('released'),
      quarantine_until: Timestamp,
      deleted_at: Timestamp,
    }),
  },
  errors: ['INVALID_STATE', 'NUMBER_IN_USE'],
  effects: [
    ...found,
    writes('number'),
    writes('trunk'),
    writes('gateway'),
    writes('due'),
    writes('count'),
    records('number.released'),
  ],
});

export const getChannels = endpoint('GET /numbers/{id}/channels', {
  summary: 'Channel limits of a number and channels in use',
  scope: 'telephony:read',
  params: { id: NumberInUrl },
  answers: { 200: ChannelUse },
  errors: [],
  effects: [...found],
});

export const putChannels = endpoint('PUT /numbers/{id}/channels', {
  summary: 'Set channel limits',
  scope: 'telephony:write',
  params: { id: NumberInUrl },
  body: WantedChannels,
  answers: { 200: ChannelUse },
  errors: ['INVALID_STATE'],
  effects: [...found, writes('number'), records('number.channels_updated')],
});

/** Routes to what was deleted are cleared. */
const clearsRoutes = [reads('number', 'GSI2'), writes('number'), records('number.route_cleared')] as const;

export const numbers = resource('numbers', {
  area: 'telephony',
  format: 'reference',
  endpoints: [searchNumbers, getNumber, putNumber, postNumber, deleteNumber, getChannels, putChannels],
  cascades: [
    after('user.deleted', clearsRoutes),
    after('group.deleted', clearsRoutes),
    after('device.deleted', clearsRoutes),
    after('trunk.deleted', clearsRoutes),
    after('org.closed', [reads('number', 'GSI1'), writes('number'), writes('due'), records('number.released')]),
  ],
});

import * as z from 'zod';
import { reads, records, rotatesSecret, unique, writes } from '../../../shared/contract/effects.ts';
import { endpoint, listOf, raw } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { flag, listOfWords, pageQuery } from '../../../shared/schema/query.ts';
import { Deletion, IdInUrl } from '../../../shared/schema/values.ts';
import { trunkTypes } from '../../../shared/telephony/trunk.ts';
import { NewSipTrunk, SipTrunk, SipTrunkChange, trunkStatuses } from './sip-trunk.ts';

const xml = raw(['application/xml']);

export const listSipTrunks = endpoint('GET /siptrunk', {
  summary: 'List SIP trunks',
  scope: 'telephony:read',
  query: {
    ...pageQuery,
    status: z.enum(trunkStatuses).optional(),
    type: z.enum(trunkTypes).optional(),
    q: z.string().max(128).optional(),
  },
  answers: { 200: listOf(SipTrunk) },
  errors: [],
  effects: [reads('trunk'), reads('trunk-registration')],
});

export const getSipTrunk = endpoint('GET /siptrunk/{id}', {
  summary: 'Get a SIP trunk',
  scope: 'telephony:read',
  params: { id: IdInUrl },
  query: { include: listOfWords(['ips', 'routes']).optional(), format: z.enum(['json', 'xml']).optional() },
  answers: { 200: SipTrunk },
  alsoAnswers: xml,
  errors: [],
  effects: [
    reads('trunk'),
    reads('trunk-registration'),
    reads('trunkip'),
    reads('gateway'),
    reads('policy'),
    reads('number', 'GSI2'),
  ],
});

/** A password is sealed; a change of type is a change of who may speak for the trunk's addresses. */
const saves = [
  writes('trunk'),
  unique('trunk-name'),
  writes('trunk-registration'),
  writes('trunkip'),
  unique('trunkip-address'),
  reads('number'),
  rotatesSecret('sealing-keys'),
] as const;

export const putSipTrunk = endpoint('PUT /siptrunk/{id}', {
  summary: 'Create a SIP trunk (new, or a type) or replace one',
  description:
    'Seed 001 calls {id} {entity}: `new`, one of the types `carrier`, `pbx`, `peer`, or the id of a trunk to replace. A trunk that registers is `pending` until a REGISTER succeeds.',
  scope: 'telephony:write',
  params: { id: z.union([z.enum(['new', ...trunkTypes]), IdInUrl]) },
  nullIsAbsent: ['password'],
  body: NewSipTrunk,
  answers: { 200: SipTrunk, 201: SipTrunk },
  errors: ['TRUNK_NAME_EXISTS', 'INVALID_HOST', 'LIMIT_EXCEEDED', 'IP_IN_USE'],
  effects: [
    ...saves,
    writes('count'),
    records('trunk.created'),
    records('trunk.updated'),
    records('trunk.unregistered'),
  ],
});

export const postSipTrunk = endpoint('POST /siptrunk/{id}', {
  summary: 'Update a SIP trunk',
  description: '`status`: `inactive` ends the registration, `suspended` keeps it, `active` makes it anew.',
  scope: 'telephony:write',
  params: { id: IdInUrl },
  body: SipTrunkChange,
  orgFromQueryOnly: true,
  answers: { 200: SipTrunk },
  errors: ['TRUNK_NAME_EXISTS', 'INVALID_HOST', 'IP_IN_USE', 'OPERATOR_ONLY'],
  effects: [...saves, records('trunk.updated'), records('trunk.unregistered')],
});

export const deleteSipTrunk = endpoint('DELETE /siptrunk/{id}', {
  summary: 'Delete a SIP trunk',
  description:
    'While gateways go by it or numbers lead to it, only with `force`, which disables those and takes the routes of these away. Its addresses go with it.',
  scope: 'telephony:write',
  params: { id: IdInUrl },
  query: { force: flag.optional() },
  answers: { 200: Deletion },
  errors: ['TRUNK_IN_USE'],
  effects: [
    writes('trunk'),
    unique('trunk-name'),
    writes('trunk-registration'),
    writes('count'),
    writes('trunkip'),
    unique('trunkip-address'),
    writes('gateway'),
    writes('gateway-health'),
    reads('number', 'GSI2'),
    writes('planhead'),
    writes('planchange'),
    records('plan.published'),
    records('trunk.deleted'),
    records('trunk.unregistered'),
    records('gateway.updated'),
  ],
});

export const sipTrunks = resource('sip-trunks', {
  area: 'telephony',
  format: 'standard',
  endpoints: [listSipTrunks, getSipTrunk, putSipTrunk, postSipTrunk, deleteSipTrunk],
});

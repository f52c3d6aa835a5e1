import * as z from 'zod';
import { reads, records, unique, writes } from '../../shared/contract/effects.ts';
import { endpoint, listOf, raw } from '../../shared/contract/endpoint.ts';
import { resource } from '../../shared/contract/resource.ts';
import { flag, listOfWords, pageQuery } from '../../shared/schema/query.ts';
import { Deletion, IdInUrl } from '../../shared/schema/values.ts';
import { NewSipTrunk, SipTrunk, SipTrunkChange, trunkStatuses, trunkTypes } from './sip-trunk.ts';

const xml = raw(['application/xml']);

export const listSipTrunks = endpoint('GET /siptrunk', {
  summary: 'List SIP trunks',
  scope: 'telephony:read',
  query: { ...pageQuery, status: z.enum(trunkStatuses).optional(), type: z.enum(trunkTypes).optional(), q: z.string().max(128).optional() },
  answers: { 200: listOf(SipTrunk) },
  errors: [],
  effects: [reads('trunk')],
});

export const getSipTrunk = endpoint('GET /siptrunk/{id}', {
  summary: 'Get a SIP trunk',
  scope: 'telephony:read',
  params: { id: IdInUrl },
  query: { include: listOfWords(['ips', 'routes']).optional(), format: z.enum(['json', 'xml']).optional() },
  answers: { 200: SipTrunk },
  alsoAnswers: xml,
  errors: ['NOT_YET_SUPPORTED'],
  effects: [reads('trunk')],
});

export const putSipTrunk = endpoint('PUT /siptrunk/{id}', {
  summary: 'Create a SIP trunk (new, or a type) or replace one',
  description: 'Seed 001 calls {id} {entity}: `new`, one of the types `carrier`, `pbx`, `peer`, or the id of a trunk to replace.',
  scope: 'telephony:write',
  params: { id: z.union([z.enum(['new', ...trunkTypes]), IdInUrl]) },
  body: NewSipTrunk,
  answers: { 200: SipTrunk, 201: SipTrunk },
  errors: ['TRUNK_NAME_EXISTS', 'INVALID_HOST', 'LIMIT_EXCEEDED', 'NOT_YET_SUPPORTED'],
  effects: [writes('trunk'), unique('trunk-name'), writes('count'), records('trunk.created'), records('trunk.updated')],
});

export const postSipTrunk = endpoint('POST /siptrunk/{id}', {
  summary: 'Update a SIP trunk',
  scope: 'telephony:write',
  params: { id: IdInUrl },
  body: SipTrunkChange,
  orgFromQueryOnly: true,
  answers: { 200: SipTrunk },
  errors: ['TRUNK_NAME_EXISTS', 'INVALID_HOST', 'NOT_YET_SUPPORTED'],
  effects: [writes('trunk'), unique('trunk-name'), records('trunk.updated')],
});

export const deleteSipTrunk = endpoint('DELETE /siptrunk/{id}', {
  summary: 'Delete a SIP trunk',
  scope: 'telephony:write',
  params: { id: IdInUrl },
  query: { force: flag.optional() },
  answers: { 200: Deletion },
  errors: [],
  effects: [writes('trunk'), unique('trunk-name'), writes('count'), records('trunk.deleted')],
});

export const sipTrunks = resource('sip-trunks', {
  area: 'telephony',
  face: 'standard',
  endpoints: [listSipTrunks, getSipTrunk, putSipTrunk, postSipTrunk, deleteSipTrunk],
});

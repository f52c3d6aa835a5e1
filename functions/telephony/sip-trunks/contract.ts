import * as z from 'zod';
import { changesPlan } from '#contract/decision-effects.ts';
import { invokes, reads, records, reports, rotatesSecret, unique, writes } from '#contract/effects.ts';
import { endpoint, listOf, raw } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { flag, listOfWords, pageQuery } from '#schema/query.ts';
import { Deletion, IdInUrl } from '#schema/values.ts';
import { trunkTypes } from '#telephony/trunk.ts';
import { examples } from './examples.ts';
import { SipTrunk, trunkStatuses } from './presented-trunk.ts';
import { NewSipTrunk, SipTrunkChange, trunkErrors } from './sip-trunk.ts';

const TrunkId = IdInUrl.describe('Id of the trunk');

export const listTrunks = endpoint('GET /siptrunk', {
  id: 'listTrunks',
  summary: 'List SIP trunks',
  description: 'Newest first.',
  scope: 'telephony:read',
  query: {
    ...pageQuery,
    status: z.enum(trunkStatuses).optional().describe('Only trunks of this status'),
    type: z.enum(trunkTypes).optional().describe('Only trunks of this type'),
    q: z.string().max(128).optional().describe('Only trunks whose name contains this text, in any case'),
  },
  answers: { 200: listOf(SipTrunk) },
  errors: [],
  effects: [reads('trunk'), reads('trunk-registration')],
});

export const getTrunk = endpoint('GET /siptrunk/{id}', {
  id: 'getTrunk',
  summary: 'Get a SIP trunk',
  scope: 'telephony:read',
  params: { id: TrunkId },
  query: {
    include: listOfWords(['ips', 'routes'])
      .optional()
      .describe('Comma-separated: `ips` adds its addresses, `routes` the gateways, policies and numbers that use it'),
    format: z.enum(['json', 'xml']).optional().describe('Format of the answer; default: as the Accept header asks'),
  },
  answers: { 200: SipTrunk },
  alsoAnswers: raw(['application/xml']),
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

/**
 * What saving a trunk may write: a password is sealed, and a change of type changes which other trunks may share its
 * addresses.
 */
const saveEffects = [
  writes('trunk'),
  unique('trunk-name'),
  writes('host'),
  writes('trunk-registration'),
  writes('trunkip'),
  unique('trunkip-address'),
  // The credentials with which it calls, in the realms of the organization's domains.
  writes('sip-credential'),
  reads('domain'),
  reads('count'),
  reads('number'),
  records('trunk.host_shared'),
  rotatesSecret('sealing-keys'),
] as const;

export const createTrunk = endpoint('PUT /siptrunk/{id}', {
  id: 'createTrunk',
  summary: 'Create or replace a SIP trunk',
  description:
    '`new` or a type creates a trunk; the id of a trunk replaces it. When replacing, absent fields return to their ' +
    'defaults, except the password, the number format and the consents of the seller. Status and type are kept too. ' +
    'A trunk with `register` is `pending` until a REGISTER succeeds. A new PBX or peer gets credentials with which ' +
    'it may call from its addresses; only this answer shows `inbound_password`. An organization has at most ' +
    '`limits.max_trunks` trunks (default 100).',
  scope: 'telephony:write',
  params: {
    id: z
      .union([z.enum(['new', ...trunkTypes]), IdInUrl])
      .describe('`new`, the type of the new trunk (then `type` may be absent), or the id of the trunk to replace'),
  },
  nullIsAbsent: ['password', 'number_format'],
  body: NewSipTrunk,
  answers: { 200: SipTrunk, 201: SipTrunk },
  errors: [
    'TRUNK_NAME_EXISTS',
    'INVALID_HOST',
    'INSECURE_KEYS',
    'LIMIT_EXCEEDED',
    'IP_IN_USE',
    'NOT_THE_SELLER',
    'NOT_YET_SUPPORTED',
  ],
  effects: [
    ...saveEffects,
    writes('count'),
    records('trunk.created'),
    records('trunk.updated'),
    reports('trunk.unregistered'),
  ],
});

export const updateTrunk = endpoint('POST /siptrunk/{id}', {
  id: 'updateTrunk',
  summary: 'Update a SIP trunk',
  description:
    'Changes the given fields; `organization_id` cannot change. Setting `status`: `inactive` ends the registration, ' +
    '`suspended` keeps it, `active` registers again. The answer shows `inbound_password` if the request made it.',
  scope: 'telephony:write',
  params: { id: TrunkId },
  body: SipTrunkChange,
  orgFromQueryOnly: true,
  answers: { 200: SipTrunk },
  errors: [
    'TRUNK_NAME_EXISTS',
    'INVALID_HOST',
    'INSECURE_KEYS',
    'IP_IN_USE',
    'OPERATOR_ONLY',
    'NOT_THE_SELLER',
    'NOT_YET_SUPPORTED',
  ],
  effects: [...saveEffects, records('trunk.updated'), reports('trunk.unregistered')],
});

export const deleteTrunk = endpoint('DELETE /siptrunk/{id}', {
  id: 'deleteTrunk',
  summary: 'Delete a SIP trunk',
  description:
    'Rejected while it has calls, gateways use it or numbers route to it, unless `force` is set; `details` names up ' +
    'to 20 of them. Its addresses and its registration are deleted with it. The answer warns of emergency numbers ' +
    'that are left without a way.',
  scope: 'telephony:write',
  params: { id: TrunkId },
  query: {
    force: flag
      .optional()
      .describe(
        'Delete it although it is in use: calls end, its gateways are disabled and the routes of its numbers ' +
          'cleared',
      ),
  },
  answers: { 200: Deletion },
  errors: ['TRUNK_IN_USE', 'TRUNK_HAS_ACTIVE_CALLS'],
  effects: [
    writes('trunk'),
    unique('trunk-name'),
    writes('host'),
    writes('trunk-registration'),
    writes('count'),
    writes('trunkip'),
    unique('trunkip-address'),
    writes('sip-credential'),
    writes('gateway'),
    writes('gateway-health'),
    reads('number', 'GSI2'),
    reads('channel'),
    ...changesPlan,
    invokes('emergency-warnings'),
    records('trunk.deleted'),
    reports('trunk.unregistered'),
    records('gateway.updated'),
  ],
});

export const sipTrunks = resource('sip-trunks', {
  area: 'telephony',
  format: 'standard',
  owner: 'organization',
  errors: trunkErrors,
  endpoints: [listTrunks, getTrunk, createTrunk, updateTrunk, deleteTrunk],
  examples,
});

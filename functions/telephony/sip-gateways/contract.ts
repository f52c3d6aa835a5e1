import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { changesPlan } from '#contract/decision-effects.ts';
import { invokes, reads, records, rotatesSecret, unique, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { flag, pageQuery } from '#schema/query.ts';
import { Deletion, IdInUrl, newOrId } from '#schema/values.ts';
import { gatewayStatuses } from '#telephony/gateway-health.ts';
import { examples } from './examples.ts';
import { gatewayErrors } from './gateway-references.ts';
import { SipGateway } from './presented-gateway.ts';
import { NewSipGateway, SipGatewayChange } from './sip-gateway.ts';

const GatewayId = IdInUrl.describe('Id of the gateway');

/**
 * What saving a gateway may write: it is published with the dial plan, what references its name is checked, and the
 * existence of its trunk is a condition.
 */
const saveEffects = [
  writes('gateway'),
  unique('gateway-name'),
  writes('host'),
  writes('gateway-health'),
  writes('trunk'),
  ...changesPlan,
  invokes('emergency-warnings'),
  records('gateway.host_shared'),
  reads('policy'),
  reads('template'),
  reads('number'),
  rotatesSecret('sealing-keys'),
] as const;

export const listGateways = endpoint('GET /sipgateways', {
  id: 'listGateways',
  summary: 'List SIP gateways',
  description: 'Newest first.',
  scope: 'telephony:read',
  query: {
    ...pageQuery,
    status: z.enum(gatewayStatuses).optional().describe('Only gateways of this status'),
    enabled: flag.optional().describe('Only enabled or only disabled gateways'),
    trunk_id: IdInUrl.optional().describe('Only gateways that use this trunk'),
    q: z.string().max(64).optional().describe('Only gateways whose name contains this text, in any case'),
  },
  answers: { 200: listOf(SipGateway) },
  errors: [],
  effects: [reads('gateway'), reads('gateway-health'), reads('trunk')],
});

export const getGateway = endpoint('GET /sipgateways/{id}', {
  id: 'getGateway',
  summary: 'Get a SIP gateway',
  scope: 'telephony:read',
  params: { id: GatewayId },
  answers: { 200: SipGateway },
  errors: [],
  effects: [reads('gateway'), reads('gateway-health'), reads('trunk')],
});

export const createGateway = endpoint('PUT /sipgateways/{id}', {
  id: 'createGateway',
  summary: 'Create or replace a SIP gateway',
  description:
    'With `trunk_id`, host, port, transport, credentials, codecs and channel limit are those of the trunk. When ' +
    'replacing, absent fields return to their defaults, except the password, which is kept. The name cannot change ' +
    'while a policy or the template references it. A consent to share the host (`shared_host`) is kept while host, ' +
    'port and transport stay. An organization has at most 200 gateways.',
  scope: 'telephony:write',
  params: { id: newOrId.describe('`new`, or the id of the gateway to replace') },
  nullIsAbsent: ['password'],
  body: NewSipGateway,
  answers: { 200: SipGateway, 201: SipGateway },
  errors: [
    'GATEWAY_NAME_EXISTS',
    'GATEWAY_IN_USE',
    'INVALID_HOST',
    'INSECURE_KEYS',
    'LIMIT_EXCEEDED',
    'NOT_THE_SELLER',
  ],
  effects: [...saveEffects, writes('count'), records('gateway.created'), records('gateway.updated')],
});

export const updateGateway = endpoint('POST /sipgateways/{id}', {
  id: 'updateGateway',
  summary: 'Update a SIP gateway',
  description:
    'Changes the given fields; those of `ping` one by one. The seller consents by `shared_host` to calls to a host ' +
    'that other organizations use.',
  scope: 'telephony:write',
  params: { id: GatewayId },
  body: SipGatewayChange,
  orgFromQueryOnly: true,
  answers: { 200: SipGateway },
  errors: ['GATEWAY_NAME_EXISTS', 'GATEWAY_IN_USE', 'INVALID_HOST', 'INSECURE_KEYS', 'NOT_THE_SELLER'],
  effects: [...saveEffects, records('gateway.updated')],
});

export const deleteGateway = endpoint('DELETE /sipgateways/{id}', {
  id: 'deleteGateway',
  summary: 'Delete a SIP gateway',
  description: 'Rejected while it has calls, or a policy or the template references it, unless `force` is set.',
  scope: 'telephony:write',
  params: { id: GatewayId },
  query: {
    force: flag.optional().describe('Delete it although it is in use: its calls end, and those policies find no route'),
  },
  answers: { 200: Deletion },
  errors: ['GATEWAY_IN_USE'],
  effects: [
    writes('gateway'),
    unique('gateway-name'),
    writes('host'),
    writes('gateway-health'),
    writes('count'),
    reads('channel'),
    ...changesPlan,
    invokes('emergency-warnings'),
    reads('policy'),
    reads('template'),
    records('gateway.deleted'),
  ],
});

export const sipGateways = resource('sip-gateways', {
  area: 'telephony',
  format: 'standard',
  owner: 'organization',
  errors: gatewayErrors,
  endpoints: [listGateways, getGateway, createGateway, updateGateway, deleteGateway],
  examples,
  cascades: [
    cascadeAfter('trunk.deleted', [
      writes('gateway'),
      writes('gateway-health'),
      ...changesPlan,
      records('gateway.updated'),
    ]),
    cascadeAfter('org.closed', [writes('gateway'), writes('gateway-name'), writes('gateway-health'), writes('host')]),
  ],
});

import * as z from 'zod';
import { after } from '../../../shared/contract/consequences.ts';
import { reads, records, rotatesSecret, unique, writes } from '../../../shared/contract/effects.ts';
import { endpoint, listOf } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { flag, pageQuery } from '../../../shared/schema/query.ts';
import { Deletion, IdInUrl, newOrId } from '../../../shared/schema/values.ts';
import { gatewayStatuses } from '../../../shared/telephony/gateway-health.ts';
import { NewSipGateway, SipGateway, SipGatewayChange } from './sip-gateway.ts';

/** The dial plan knows every gateway; what names one keeps its name. That its trunk is there is a condition. */
const saves = [
  writes('gateway'),
  unique('gateway-name'),
  writes('gateway-health'),
  writes('trunk'),
  writes('planhead'),
  writes('planchange'),
  records('plan.published'),
  reads('policy'),
  reads('template'),
  reads('number'),
  rotatesSecret('sealing-keys'),
] as const;

export const listSipGateways = endpoint('GET /sipgateways', {
  summary: 'List SIP gateways',
  scope: 'telephony:read',
  query: {
    ...pageQuery,
    status: z.enum(gatewayStatuses).optional(),
    enabled: flag.optional(),
    trunk_id: IdInUrl.optional(),
    q: z.string().max(64).optional(),
  },
  answers: { 200: listOf(SipGateway) },
  errors: [],
  effects: [reads('gateway'), reads('gateway-health'), reads('trunk')],
});

export const getSipGateway = endpoint('GET /sipgateways/{id}', {
  summary: 'Get a SIP gateway',
  scope: 'telephony:read',
  params: { id: IdInUrl },
  answers: { 200: SipGateway },
  errors: [],
  effects: [reads('gateway'), reads('gateway-health'), reads('trunk')],
});

export const putSipGateway = endpoint('PUT /sipgateways/{id}', {
  summary: 'Create (new) or replace a SIP gateway',
  description:
    "With `trunk_id`, host, port, transport, credentials, codecs and channel limit are the trunk's. A name that the dial plan names does not change.",
  scope: 'telephony:write',
  params: { id: newOrId },
  nullIsAbsent: ['password'],
  body: NewSipGateway,
  answers: { 200: SipGateway, 201: SipGateway },
  errors: ['GATEWAY_NAME_EXISTS', 'GATEWAY_IN_USE', 'INVALID_HOST', 'LIMIT_EXCEEDED'],
  effects: [...saves, writes('count'), records('gateway.created'), records('gateway.updated')],
});

export const postSipGateway = endpoint('POST /sipgateways/{id}', {
  summary: 'Update a SIP gateway',
  scope: 'telephony:write',
  params: { id: IdInUrl },
  body: SipGatewayChange,
  orgFromQueryOnly: true,
  answers: { 200: SipGateway },
  errors: ['GATEWAY_NAME_EXISTS', 'GATEWAY_IN_USE', 'INVALID_HOST'],
  effects: [...saves, records('gateway.updated')],
});

export const deleteSipGateway = endpoint('DELETE /sipgateways/{id}', {
  summary: 'Delete a SIP gateway',
  description: 'While a policy or the template names it, only with `force`: those then find no route.',
  scope: 'telephony:write',
  params: { id: IdInUrl },
  query: { force: flag.optional() },
  answers: { 200: Deletion },
  errors: ['GATEWAY_IN_USE'],
  effects: [
    writes('gateway'),
    unique('gateway-name'),
    writes('gateway-health'),
    writes('count'),
    writes('planhead'),
    writes('planchange'),
    records('plan.published'),
    reads('policy'),
    reads('template'),
    records('gateway.deleted'),
  ],
});

export const sipGateways = resource('sip-gateways', {
  area: 'telephony',
  format: 'standard',
  endpoints: [listSipGateways, getSipGateway, putSipGateway, postSipGateway, deleteSipGateway],
  cascades: [
    after('trunk.deleted', [
      writes('gateway'),
      writes('gateway-health'),
      writes('planhead'),
      writes('planchange'),
      records('plan.published'),
      records('gateway.updated'),
    ]),
    after('org.closed', [writes('gateway'), writes('gateway-name'), writes('gateway-health')]),
  ],
});

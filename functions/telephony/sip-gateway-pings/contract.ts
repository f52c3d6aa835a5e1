import * as z from 'zod';
import { reads, records, writes } from '../../../shared/contract/effects.ts';
import { endpoint } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { flag, pageQuery, wholeNumber } from '../../../shared/schema/query.ts';
import { Id, IdInUrl, Timestamp } from '../../../shared/schema/values.ts';
import { gatewayStatuses } from '../../../shared/telephony/gateway-health.ts';
import { PingStatus } from './ping-status.ts';
import { ReportBody } from './report.ts';

const IdOrName = z.union([IdInUrl, z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'is no gateway id or name')]);

export const getGatewayPing = endpoint('GET /sipgwping/{entity}', {
  summary: 'Ping status and history of a gateway, or of all',
  description:
    '`entity`: id or name of a gateway, or `all`, in pages. `resolution=raw` answers each ping of one gateway in place of one point an hour.',
  scope: 'telephony:read',
  params: { entity: IdOrName },
  query: {
    ...pageQuery,
    include_history: flag.optional(),
    history_hours: wholeNumber(1, 24).optional(),
    resolution: z.enum(['raw', 'hour']).optional(),
  },
  pagesData: true,
  rate: 'gatewaystatus',
  answers: { 200: z.union([PingStatus, z.object({ gateways: z.array(PingStatus) })]) },
  errors: [],
  effects: [reads('gateway'), reads('gateway-name'), reads('gateway-health'), reads('gatewayping'), reads('trunk')],
});

export const postGatewayPing = endpoint('POST /sipgwping/{entity}/{param1}/{param2}', {
  summary: 'Record what an outside monitor found',
  description:
    '`param1`: `status`, then the body says which, or `healthy`, `up`, `degraded`, `down`. `param2`: `update` (now), a latency in ms, Unix seconds or milliseconds, or ISO 8601. ' +
    'A report is taken as it is; `degraded` and `down` stand 5 minutes against better pings. One that is older than the last ping goes into the history only.',
  scope: 'telephony:write',
  params: { entity: IdOrName, param1: z.string(), param2: z.string() },
  body: ReportBody,
  answers: {
    200: z.object({
      gateway_id: Id('gw'),
      status: z.enum(gatewayStatuses),
      updated_at: Timestamp,
      alert_generated: z.boolean(),
    }),
  },
  errors: ['INVALID_STATUS'],
  effects: [
    reads('gateway'),
    reads('gateway-name'),
    writes('gateway-health'),
    writes('gatewayping'),
    records('gateway.healthy'),
    records('gateway.degraded'),
    records('gateway.down'),
  ],
  brokenRule: 400,
});

export const sipGatewayPings = resource('sip-gateway-pings', {
  area: 'telephony',
  format: 'standard',
  endpoints: [getGatewayPing, postGatewayPing],
});

import * as z from 'zod';
import { reads, reports, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { flag, pageQuery, wholeNumber } from '#schema/query.ts';
import { Id, IdInUrl, Timestamp } from '#schema/values.ts';
import { gatewayStatuses } from '#telephony/gateway-health.ts';
import { examples } from './examples.ts';
import { PingStatus } from './ping-status.ts';
import { ReportBody } from './report.ts';

const IdOrName = z.union([IdInUrl, z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'is not the id or name of a gateway')]);

export const getGatewayStatus = endpoint('GET /sipgwping/{entity}', {
  id: 'getGatewayStatus',
  summary: 'Get the ping status and history of a gateway, or of all gateways',
  description: 'The gateways of `all` are answered in pages. At most 300 requests a minute per organization.',
  scope: 'telephony:read',
  params: { entity: IdOrName.describe('Id or name of a gateway (case ignored), or `all`') },
  query: {
    ...pageQuery,
    include_history: flag.optional().describe('Add the history'),
    history_hours: wholeNumber(1, 24).optional().describe('Hours of history; default 24'),
    resolution: z
      .enum(['raw', 'hour'])
      .optional()
      .describe(
        '`hour` (default): one point an hour; `raw`: each ping and report, for one gateway only, at most 20,000',
      ),
  },
  pagesData: true,
  listField: 'gateways',
  rate: 'gatewaystatus',
  answers: { 200: z.union([PingStatus, z.object({ gateways: z.array(PingStatus).describe('The gateways') })]) },
  errors: [],
  effects: [reads('gateway'), reads('gateway-name'), reads('gateway-health'), reads('gatewayping'), reads('trunk')],
});

export const reportGatewayStatus = endpoint('POST /sipgwping/{entity}/{param1}/{param2}', {
  id: 'reportGatewayStatus',
  summary: 'Report the status that an external monitor found',
  description:
    'The reported status applies at once, without thresholds. `degraded` and `down` override better pings of the ' +
    'platform for 5 minutes, or until the next report if the gateway is not pinged. `healthy` clears the failures ' +
    'before it. A report that is older than the last ping, or for a disabled gateway, is added to the history only.',
  scope: 'telephony:write',
  unversioned: true,
  params: {
    entity: IdOrName.describe('Id or name of the gateway'),
    param1: z.string().describe('`status` (then the body has it), or the status: `healthy`, `up`, `degraded`, `down`'),
    param2: z
      .string()
      .describe(
        '`update` (now); a latency in milliseconds (up to 6 digits, at most 600,000); or a time: Unix seconds (10 ' +
          'digits), milliseconds (13 digits) or ISO 8601. A time is at most 60 s in the future and 24 h in the past',
      ),
  },
  body: ReportBody,
  answers: {
    200: z.object({
      gateway_id: Id('gw').describe('Id of the gateway'),
      status: z.enum(gatewayStatuses).describe('Status after the report; `unknown` if the gateway is disabled'),
      updated_at: Timestamp.describe('Time of the request'),
      alert_generated: z.boolean().describe('Whether the status changed, which records an event'),
    }),
  },
  errors: ['INVALID_STATUS'],
  effects: [
    reads('gateway'),
    reads('gateway-name'),
    writes('gateway-health'),
    writes('gatewayping'),
    reports('gateway.healthy'),
    reports('gateway.degraded'),
    reports('gateway.down'),
  ],
  brokenRule: 400,
});

export const sipGatewayPings = resource('sip-gateway-pings', {
  area: 'telephony',
  format: 'standard',
  owner: 'organization',
  endpoints: [getGatewayStatus, reportGatewayStatus],
  examples,
});

import * as z from 'zod';
import { Id, organizationText, Timestamp } from '#schema/values.ts';
import { deliveryStatuses, type Delivery } from '#schema/webhook/delivery.ts';
import { statisticsOf, type WebhookHour } from '#schema/webhook/statistics.ts';
import { activeSecrets, disabledReasons, type Webhook } from '#schema/webhook/webhook.ts';

/** Webhooks and their deliveries as answered. */

const WebhookId = z.string().describe('Id, or `default`');

export const ShownDelivery = z.object({
  id: Id('dlv').describe('Id of the delivery'),
  event_id: Id('evt').describe('Id of the event, also sent as `webhook-id`'),
  event_type: z.string().describe('Type of the event'),
  attempt: z.int().describe('Number of attempts, since the last redelivery'),
  status: z.enum(deliveryStatuses).describe('`pending`: another attempt follows'),
  response_status: z.int().nullable().describe('HTTP status of the last answer; null: no answer'),
  duration_ms: z.int().nullable().describe('Duration of the last attempt in milliseconds'),
  error: z
    .string()
    .nullable()
    .describe(
      'Code of the last failure; null after a success.\n\n' +
        '`HTTP_ERROR`, `REDIRECTED`: the answer is not 2xx, or is 3xx.\n\n' +
        '`GONE`: the answer is 410, which disables the webhook at once.\n\n' +
        '`ADDRESS_NOT_ALLOWED`, `URL_NOT_ALLOWED`, `DNS_FAILED`, `CONNECT_FAILED`, `TLS_FAILED`, `TIMEOUT`, ' +
        '`CONNECTION_CLOSED`: there is no answer.\n\n' +
        '`OVERLOADED`: six attempts were in flight to a receiver that fails, so this one was not made.\n\n' +
        '`TOO_LATE`: the attempt waited for a day behind six others in flight.\n\n' +
        '`DISABLED`: the webhook was disabled before the attempt.',
    ),
  response_excerpt: z
    .string()
    .nullable()
    .describe('Beginning of the last answer, up to 1 KiB; before it, the host of a redirection'),
  at: Timestamp.describe('Time of the last attempt, or when the delivery was queued'),
  next_attempt_at: Timestamp.nullable().describe('Time of the next attempt; null: none'),
});

const ShownSecret = z.object({
  hint: z.string().describe('End of the secret'),
  created_at: Timestamp.describe('Time of creation'),
  expires_at: Timestamp.nullable().describe('From then on it signs no more; null: never'),
});

const Statistics = z.object({
  delivered_24h: z.int().describe('Successful attempts in the last 24 hours'),
  failed_24h: z.int().describe('Failed attempts in the last 24 hours'),
  last_success_at: Timestamp.nullable().describe('Time of the last successful attempt'),
  last_failure_at: Timestamp.nullable().describe('Time of the last failed attempt'),
});

const exampleWebhook = {
  id: 'wh_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
  organization_id: 'org_1001',
  url: 'https://example.com/hooks/trunkline',
  events: ['trunk.*', 'gateway.down', 'sms.delivered'],
  description: 'Operations',
  enabled: true,
  status: 'active',
  disabled_reason: null,
  secrets: [{ hint: '…9f3a', created_at: '2026-01-31T12:00:00.000Z', expires_at: null }],
  stats: { delivered_24h: 120, failed_24h: 0, last_success_at: '2026-01-31T13:00:00.000Z', last_failure_at: null },
  created_at: '2026-01-31T12:00:00.000Z',
  updated_at: '2026-01-31T12:00:00.000Z',
};

const exampleDelivery = {
  id: 'dlv_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
  event_id: 'evt_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
  event_type: 'gateway.down',
  attempt: 1,
  status: 'delivered',
  response_status: 200,
  duration_ms: 132,
  error: null,
  response_excerpt: 'ok',
  at: '2026-01-31T13:00:00.000Z',
  next_attempt_at: null,
};

export const ShownWebhook = z
  .object({
    id: WebhookId,
    organization_id: z.string().describe('The organization, such as `org_1001`'),
    url: z.string().nullable().describe('Receiver; null for `default`'),
    events: z.array(z.string()).describe('Types of events, areas, `custom` or `*`'),
    description: z.string().nullable().describe('Description'),
    enabled: z.boolean().describe('Whether events are sent'),
    status: z.enum(['active', 'failing', 'disabled']).describe('`failing` from a failure to the next success'),
    disabled_reason: z
      .enum(disabledReasons)
      .nullable()
      .describe(
        '`gone`: the receiver answered 410; `failing`: ten failures and five days without a success; ' +
          '`requested`: by a client',
      ),
    secrets: z.array(ShownSecret).describe('Secrets that sign, newest first'),
    stats: Statistics.describe('Figures of its attempts'),
    created_at: Timestamp.describe('Time of creation'),
    updated_at: Timestamp.describe('Time of the last change'),
  })
  .meta({ id: 'Webhook', example: exampleWebhook });

export const WebhookWithDeliveries = ShownWebhook.extend({
  deliveries: z.array(ShownDelivery).describe('The latest 100 of 7 days, newest event first'),
}).meta({ id: 'WebhookWithDeliveries', example: { ...exampleWebhook, deliveries: [exampleDelivery] } });

export const WebhookWithSecret = ShownWebhook.extend({
  secret: z.string().optional().describe('New secret `whsec_…`; only in the answer that made it'),
}).meta({
  id: 'WebhookWithSecret',
  example: { ...exampleWebhook, secret: 'whsec_…' },
});

export const TestResult = z
  .object({
    delivery_id: Id('dlv').describe('Id of the delivery'),
    delivered: z.boolean().describe('Whether the receiver answered 2xx'),
    response_status: z.int().nullable().describe('HTTP status of the answer; null: no answer'),
    duration_ms: z.int().describe('Duration in milliseconds'),
    response_excerpt: z.string().nullable().describe('Beginning of the answer, up to 1 KiB'),
    error: z.string().nullable().describe('Code of the failure; null after a success'),
  })
  .meta({
    id: 'WebhookTestResult',
    example: {
      delivery_id: exampleDelivery.id,
      delivered: true,
      response_status: 200,
      duration_ms: 132,
      response_excerpt: 'ok',
      error: null,
    },
  });

export const Redelivered = z
  .object({ queued: z.int().describe('Number of deliveries; of a range, counted up to 10,000') })
  .meta({ id: 'WebhookRedelivery', example: { queued: 12 } });

const statusOf = ({ enabled, health }: Webhook) => {
  if (!enabled) return 'disabled';
  return health.failing_since === null ? 'active' : 'failing';
};

/** A webhook as answered, without secrets and headers. @param hours its figures of the last 24 hours */
export const presentWebhook = (
  webhook: Webhook,
  hours: readonly WebhookHour[],
  now: Date,
): z.input<typeof ShownWebhook> => ({
  id: webhook.id,
  organization_id: organizationText(webhook.org_id),
  url: webhook.url,
  events: [...webhook.events],
  description: webhook.description,
  enabled: webhook.enabled,
  status: statusOf(webhook),
  disabled_reason: webhook.disabled_reason,
  secrets: activeSecrets(webhook, now).map(({ hint, created_at, expires_at }) => ({ hint, created_at, expires_at })),
  stats: statisticsOf(hours, webhook.health),
  created_at: webhook.created_at,
  updated_at: webhook.updated_at,
});

export const presentDelivery = (delivery: Delivery): z.input<typeof ShownDelivery> => ({
  id: delivery.id,
  event_id: delivery.event_id,
  event_type: delivery.event_type,
  attempt: delivery.attempt,
  status: delivery.status,
  response_status: delivery.response_status,
  duration_ms: delivery.duration_ms,
  error: delivery.error,
  response_excerpt: delivery.response_excerpt,
  at: delivery.at,
  next_attempt_at: delivery.next_attempt_at,
});

/** What events say of a webhook: neither secrets nor headers. */
export const loggedFields = ({ url, events, description, enabled, disabled_reason }: Webhook) => ({
  url,
  events,
  description,
  enabled,
  disabled_reason,
});

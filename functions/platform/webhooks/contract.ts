import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import {
  callsOut,
  reads,
  readsSecret,
  records,
  reports,
  rotatesSecret,
  sends,
  unique,
  writes,
} from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { EventSelector } from '#contract/events.ts';
import { resource } from '#contract/resource.ts';
import { pageQuery } from '#schema/query.ts';
import { Deletion, IdInUrl, text } from '#schema/values.ts';
import { examples } from './examples.ts';
import {
  Redelivered,
  ShownWebhook,
  TestResult,
  WebhookWithDeliveries,
  WebhookWithSecret,
} from './presented-webhook.ts';
import { RedeliveryRequest } from './redelivery.ts';
import { webhookErrors } from './errors.ts';

const maxHeaders = 5;
/** No such field has a meaning for connections (RFC 9110 §7.6), or is one that the platform sends itself. */
const headerName = /^[Xx]-[A-Za-z0-9-]{1,62}$/;
/** Printable ASCII, without white space at its ends (RFC 9110 §5.5). */
const headerValue = /^[!-~](?:[ -~]{0,254}[!-~])?$/;

const Headers = z
  .record(
    z.string().regex(headerName, 'must be a name such as X-Api-Key'),
    z.string().regex(headerValue, 'must be 1 to 256 printable ASCII characters'),
  )
  .refine((headers) => Object.keys(headers).length <= maxHeaders, `must have at most ${maxHeaders} headers`)
  .refine((headers) => {
    const names = Object.keys(headers).map((name) => name.toLowerCase());
    return new Set(names).size === names.length;
  }, 'must not have a name twice');

/** Body of PUT. */
export const NewWebhook = z
  .object({
    url: z
      .string()
      .trim()
      .optional()
      .describe(
        'Receiver: https, port 443 or 8443, public addresses only, up to 2,048 characters. Checked again with each ' +
          'request. Required except for `default`',
      ),
    events: z
      .array(EventSelector)
      .max(50)
      .optional()
      .describe(
        'Types of events, areas such as `trunk.*`, `*` for all, `custom` for those that clients file. Required ' +
          'except for `default`',
      ),
    description: text(255).optional().describe('Description, up to 255 characters'),
    enabled: z
      .boolean()
      .optional()
      .describe('Whether events are sent. Default: true, which also clears the failures of a disabled webhook'),
    headers: Headers.optional().describe(
      'Up to 5 static `X-…` headers of each request. Never answered; kept when absent, `{}` removes them',
    ),
    rotate_secret: z
      .boolean()
      .optional()
      .describe('Make a new secret, which is in the answer; only for a webhook that exists'),
    overlap_hours: z
      .int()
      .min(0)
      .max(168)
      .optional()
      .describe('Hours for which the old secret signs as well. Default: 24; 0 ends it at once'),
  })
  .meta({ id: 'NewWebhook' });
export type NewWebhook = z.output<typeof NewWebhook>;

const WebhookId = z
  .union([z.literal('default'), IdInUrl], 'must be default or a well-formed id')
  .describe('Id of the webhook, or `default`');

export const listWebhooks = endpoint('GET /webhooks', {
  id: 'listWebhooks',
  summary: 'List webhooks',
  description: 'The built-in webhook `default` first, then newest first.',
  scope: 'system:read',
  query: {
    ...pageQuery,
    q: z.string().max(128).optional().describe('Only webhooks whose URL or description contains this text'),
  },
  answers: { 200: listOf(ShownWebhook) },
  errors: [],
  effects: [reads('webhook'), reads('webhookhour')],
});

export const getWebhook = endpoint('GET /webhooks/{id}', {
  id: 'getWebhook',
  summary: 'Get a webhook with its latest deliveries',
  scope: 'system:read',
  params: { id: WebhookId },
  answers: { 200: WebhookWithDeliveries },
  errors: [],
  effects: [reads('webhook'), reads('webhookhour'), reads('webhookdelivery')],
});

export const saveWebhook = endpoint('PUT /webhooks/{id}', {
  id: 'saveWebhook',
  summary: 'Create or replace a webhook',
  description:
    '`new` creates a webhook. Only this answer has its secret. The webhook gets the events from its creation on. An ' +
    'organization has 20 webhooks at most, and `default`.\n\n' +
    'When replacing, absent fields return to their defaults, but headers and secrets stay. A disabled webhook is ' +
    'enabled again unless `enabled` is false; its failures are forgotten.\n\n' +
    '`rotate_secret` makes a new secret, which the answer shows. The old one signs as well for `overlap_hours`; ' +
    'until then a further rotation is rejected. The built-in webhook `default` signs callbacks; only its secret can ' +
    'be rotated.',
  scope: 'system:write',
  params: {
    id: z
      .union([z.enum(['new', 'default']), IdInUrl], 'must be new, default or a well-formed id')
      .describe('`new`, `default`, or the id of the webhook to replace'),
  },
  nullIsAbsent: true,
  body: NewWebhook,
  answersSecret: true,
  answers: { 200: WebhookWithSecret, 201: WebhookWithSecret },
  errors: ['WEBHOOK_URL_NOT_ALLOWED', 'WEBHOOK_EXISTS', 'ROTATION_IN_PROGRESS', 'LIMIT_EXCEEDED'],
  effects: [
    writes('webhook'),
    unique('webhook-url'),
    writes('count'),
    reads('webhookhour'),
    rotatesSecret('sealing-keys'),
    callsOut(),
    records('webhook.created'),
    records('webhook.updated'),
    records('webhook.secret_rotated'),
  ],
});

export const deleteWebhook = endpoint('DELETE /webhooks/{id}', {
  id: 'deleteWebhook',
  summary: 'Delete a webhook',
  description: 'Pending deliveries are dropped.',
  scope: 'system:write',
  params: { id: WebhookId },
  answers: { 200: Deletion },
  errors: ['DEFAULT_WEBHOOK'],
  effects: [writes('webhook'), unique('webhook-url'), writes('count'), records('webhook.deleted')],
});

const TestRequest = z
  .object({
    type: z.string().nullish().describe('Type of the event that is sent. Default: `webhook.test`'),
  })
  .meta({ id: 'WebhookTestRequest' });

export const testWebhook = endpoint('POST /webhooks/{id}/test', {
  id: 'testWebhook',
  summary: 'Send a signed test event',
  description:
    'One attempt, at once and without retries, also if the webhook is disabled. At most 30 in 10 minutes to a ' +
    'host, and 120 of an organization.',
  scope: 'system:write',
  unversioned: true,
  params: { id: WebhookId },
  body: TestRequest,
  answers: { 200: TestResult },
  errors: ['DEFAULT_WEBHOOK'],
  effects: [
    writes('webhook'),
    writes('webhookdelivery'),
    writes('rate'),
    readsSecret('sealing-keys'),
    callsOut(),
    reports('webhook.test'),
  ],
});

export const redeliverWebhook = endpoint('POST /webhooks/{id}/redeliver', {
  id: 'redeliverWebhook',
  summary: 'Deliver failed or chosen events again',
  description:
    'Chosen events, also those that the webhook did not get before, or the deliveries of a range of time. Each ' +
    'delivery begins again with the same `webhook-id` and all retries. A pending one continues as it is.',
  scope: 'system:write',
  params: { id: WebhookId },
  body: RedeliveryRequest,
  answers: { 202: Redelivered },
  errors: ['WEBHOOK_DISABLED'],
  effects: [reads('webhook'), reads('webhookdelivery'), reads('event'), sends('webhook-retry')],
});

export const webhooks = resource('webhooks', {
  area: 'system',
  format: 'standard',
  errors: webhookErrors,
  endpoints: [listWebhooks, getWebhook, saveWebhook, deleteWebhook, testWebhook, redeliverWebhook],
  examples,
  cascades: [cascadeAfter('org.closed', [writes('webhook'), unique('webhook-url'), writes('count')])],
});

import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { reads, records, reports, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { ConfirmRemoval, text, Timestamp } from '#schema/values.ts';
import { blfFields, PresentedBlf } from './blf.ts';
import { subscriptionErrors } from './errors.ts';
import { examples } from './examples.ts';
import { PresentedServices, serviceFields } from './service.ts';

const params = {
  entity: text(64, 1)
    .describe('Kind of the subscription: `blf` (keys of phones), or the services of a `user`, `device` or `line`')
    .meta({ examples: ['blf', 'user', 'device', 'line'] }),
  id: text(64, 1)
    .describe('`blf`: id of the user or device; else id of the user or device, or user name of the phone line')
    .meta({ examples: ['usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A'] }),
};

const Subscription = z.union([PresentedBlf, PresentedServices]).meta({
  id: 'Subscription',
  example: {
    subscriptionId: 'sub_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
    entityType: 'user',
    entityId: 'usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
    organizationId: 'org_1001',
    status: 'active',
    subscriptions: [
      {
        serviceType: 'pbx',
        plan: 'pro',
        status: 'active',
        features: ['queues'],
        startDate: '2026-01-31T12:00:00.000Z',
        billingRate: 5,
        billingCycle: 'monthly',
        quantity: 9,
      },
    ],
    totalMonthlyRate: 45,
    currency: 'USD',
    nextBillingDate: '2026-02-01T00:00:00.000Z',
  },
});

/** What all need to find the entity, and its periods. */
const found = [reads('user'), reads('device'), reads('phone'), reads('subscription'), reads('billingprofile')] as const;

export const getSubscription = endpoint('GET /subscriptions/{entity}/{id}', {
  id: 'getSubscription',
  summary: 'Get the BLF list or the services of a user, device or line',
  description: 'A cancelled service is listed to the end of the billing period.',
  scope: 'users:read',
  params,
  answers: { 200: Subscription },
  errors: ['INVALID_ENTITY_TYPE'],
  effects: [...found],
});

export const setSubscription = endpoint('PUT /subscriptions/{entity}/{id}', {
  id: 'setSubscription',
  summary: 'Set the BLF list or the services of a user, device or line',
  description:
    'Replaces the list.\n\n' +
    'A service has the price and cycle of the tariff at this time. A service that the request repeats keeps ' +
    'its price; one that it does not name is cancelled.\n\n' +
    'The rest of the billing period is charged by days when a service begins, each later period at its start. ' +
    'If the service was paid for this period already, only what is dearer than before is charged.',
  scope: 'users:write',
  params,
  body: z
    .object({ ...blfFields, ...serviceFields, confirm_removal: ConfirmRemoval })
    .meta({ id: 'SubscriptionChange' }),
  answers: { 200: Subscription, 201: Subscription },
  errors: ['INVALID_ENTITY_TYPE', 'UNKNOWN_TARGET', 'UNKNOWN_SERVICE_PLAN', 'UNKNOWN_FEATURE', 'REMOVES_MANY'],
  actsOn: { path: 'id' },
  effects: [
    ...found,
    reads('user-extension'),
    reads('device-line'),
    reads('tariff'),
    writes('subscription'),
    writes('reference'),
    writes('ledger'),
    writes('balance'),
    writes('chargeday'),
    records('subscription.set'),
    reports('balance.low'),
    reports('balance.exhausted'),
  ],
});

export const cancelSubscription = endpoint('DELETE /subscriptions/{entity}/{id}', {
  id: 'cancelSubscription',
  summary: 'Cancel a BLF list, all services, or one of them',
  description: 'There is no refund.',
  scope: 'users:write',
  params,
  query: { serviceType: text(64, 1).optional().describe('The only service to cancel; default: all') },
  answers: {
    200: z
      .object({
        subscriptionId: z.string().describe('Id of the subscription'),
        status: z.literal('cancelled').describe('The subscription has ended'),
        cancelledAt: Timestamp.describe('Time of the end'),
      })
      .meta({
        id: 'CancelledSubscription',
        example: {
          subscriptionId: 'sub_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
          status: 'cancelled',
          cancelledAt: '2026-01-31T12:00:00.000Z',
        },
      }),
  },
  errors: ['INVALID_ENTITY_TYPE'],
  actsOn: { path: 'id' },
  effects: [...found, writes('subscription'), writes('reference'), records('subscription.cancelled')],
});

/** What ends with a user, device or line. */
const ending = [reads('billingprofile'), writes('subscription')] as const;

export const subscriptions = resource('subscriptions', {
  area: 'users',
  format: 'reference',
  errors: subscriptionErrors,
  endpoints: [getSubscription, setSubscription, cancelSubscription],
  examples,
  cascades: [
    cascadeAfter('user.deleted', [...ending, writes('reference')]),
    cascadeAfter('device.deleted', ending),
    cascadeAfter('phone.deleted', ending),
    cascadeAfter('org.closed', [writes('subscription')]),
  ],
});

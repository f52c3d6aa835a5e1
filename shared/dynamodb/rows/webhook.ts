import { createHash } from 'node:crypto';
import { day, second } from '../../schema/time.ts';
import { row } from '../row.ts';
import { overwrite, shardedWrite, change, type Write } from '../write.ts';
import type { Delivery } from '../../schema/webhook/delivery.ts';
import type { DeliveryLeases } from '../../schema/webhook/delivery-leases.ts';
import { hourOf, type WebhookHour } from '../../schema/webhook/statistics.ts';
import type { Webhook } from '../../schema/webhook/webhook.ts';

/** `webhook#1001`, at most 20 and `default`. The event sealer reads all of an organization. */
export const webhookRow = row<'webhook', Webhook, { readonly id: string }>('webhook', { sort: ({ id }) => id });

/** The webhooks of an organization are counted in the transactions that create and delete them. */
export const webhookCount = 'webhooks';

type UrlMark = { readonly url: string };

/** Marks a URL of an organization as taken. */
export const webhookUrlRow = row<'webhook-url', UrlMark, UrlMark>('webhook-url', {
  sort: ({ url }) =>
    createHash('sha256')
      .update(URL.parse(url)?.href ?? url)
      .digest('hex'),
});

/** `webhookdelivery#1001#wh_…` by the time of the event, 7 days. */
export const webhookDeliveryRow = row<
  'webhookdelivery',
  Delivery,
  { readonly webhook_id: string; readonly event_id: string },
  { readonly webhook_id: string }
>('webhookdelivery', {
  partition: ({ webhook_id }) => [webhook_id],
  sort: ({ event_id }) => event_id,
  expires: ({ expires_at }) => expires_at,
});

/** The next state of a delivery, unless another process has changed it since it was read. */
export const deliveryWrite = (before: Delivery | undefined, after: Delivery): Write<'webhookdelivery'> =>
  overwrite(
    webhookDeliveryRow,
    after,
    before === undefined
      ? { expression: 'attribute_not_exists(PK)' }
      : {
          expression: '#version = :version',
          names: { '#version': 'version' },
          values: { ':version': before.version },
        },
  );

type HourKey = Pick<WebhookHour, 'webhook_id' | 'hour' | 'shard'>;

/** `webhookhour#1001#wh_…`, 2 days. */
export const webhookHourRow = row<'webhookhour', WebhookHour, HourKey, { readonly webhook_id: string }>('webhookhour', {
  afterClosing: 'expires two days after its hour',
  partition: ({ webhook_id }) => [webhook_id],
  sort: ({ hour, shard }) => (shard === 0 ? hour : `${hour}#${shard}`),
});

const hourTtl = (2 * day) / second;

/** Counts an attempt in its hour. */
export const countAttempt = (webhookId: string, isSuccess: boolean, now: Date): Write<'webhookhour'> =>
  shardedWrite((shard) => {
    const key = { webhook_id: webhookId, hour: hourOf(now), shard };
    return change(webhookHourRow, key, {
      set: {
        ...key,
        [isSuccess ? 'last_success_at' : 'last_failure_at']: now.toISOString(),
        ttl: Math.floor(now.getTime() / second) + hourTtl,
      },
      add: { [isSuccess ? 'delivered' : 'failed']: 1 },
    });
  });

/**
 * `webhookflight#1001#<receiver>`: attempts in flight. Two writes per batch of attempts, none for receivers that answer
 * quickly.
 */
export const deliveryLeasesRow = row<'webhookflight', DeliveryLeases, { readonly receiver: string }>('webhookflight', {
  sort: ({ receiver }) => receiver,
  expires: ({ expires_at }) => expires_at,
});

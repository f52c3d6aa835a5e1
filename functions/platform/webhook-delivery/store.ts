import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import { emailRow } from '#dynamodb/rows/email.ts';
import { eventRow } from '#dynamodb/rows/event.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import {
  countAttempt,
  deliveryWrite,
  webhookDeliveryRow,
  deliveryLeasesRow,
  webhookRow,
} from '#dynamodb/rows/webhook.ts';
import type { Table } from '#dynamodb/table.ts';
import { idsBetween } from '#dynamodb/ulid.ts';
import { change, create, overwrite, replace } from '#dynamodb/write.ts';
import type { Email } from '#schema/email.ts';
import type { Delivery } from '#schema/webhook/delivery.ts';
import type { DeliveryLeases } from '#schema/webhook/delivery-leases.ts';
import { retryKind, retrySubject } from './retry-pointer.ts';
import type { Webhook } from '#schema/webhook/webhook.ts';
import type { webhookRetries } from './contract.ts';

/** Deliveries of a range that a redelivery begins again at once. */
const sliceSize = 50;

export const deliveryStore = (table: Table<ReadName<EffectOf<typeof webhookRetries>>>) => ({
  webhook: (id: string): Promise<Webhook | undefined> => table.get(webhookRow, { id }),
  delivery: (webhookId: string, eventId: string): Promise<Delivery | undefined> =>
    table.get(webhookDeliveryRow, { webhook_id: webhookId, event_id: eventId }),
  event: (id: string) => table.get(eventRow, { id }),
  leases: (receiver: string): Promise<DeliveryLeases | undefined> => table.get(deliveryLeasesRow, { receiver }),

  /** The next deliveries of events in a range of time, oldest first. */
  slice: (webhookId: string, range: { readonly since: string; readonly until: string }, after: string | null) =>
    table.query<'webhookdelivery', Delivery, { webhook_id: string }>(
      webhookDeliveryRow,
      { webhook_id: webhookId },
      {
        order: 'asc',
        limit: sliceSize,
        between: idsBetween('evt', range),
        ...(after === null ? {} : { after }),
      },
    ),

  /** The address of the organization's technical contact, or of its administrator. */
  contactAddress: async (): Promise<string | undefined> => {
    const contacts = (await table.get(organizationRow, {}))?.contacts;
    const id = contacts?.tech_user_id ?? contacts?.admin_user_id;
    return id === undefined ? undefined : ((await table.get(userRow, { id }))?.email ?? undefined);
  },
});

/** The next state of a delivery. */
export const stateWrite = deliveryWrite;
export const attemptCount = countAttempt;

/** Makes a retry due that is later than a queue can wait. */
export const retryWrite = (organization: number, { webhook_id, event_id, series, attempt }: Delivery, at: string) =>
  scheduleDue({
    kind: retryKind,
    org_id: organization,
    at,
    subject: retrySubject({ webhook_id, event_id, series, attempt: attempt + 1 }),
  });

/** Stores what an attempt has changed, without a new version. Stale if the webhook was deleted. */
export const conditionWrite = ({ id, health, pace }: Webhook) =>
  change(webhookRow, { id }, { set: { health, pace }, onlyIf: { expression: 'attribute_exists(PK)' } });

export const disableWrite = (before: Webhook, after: Webhook) => replace(webhookRow, after, before);
export const emailWrite = (email: Email) => create(emailRow, email);

/** The next leases, unless another process has changed them since they were read. */
export const leasesWrite = (before: DeliveryLeases | undefined, after: DeliveryLeases) =>
  overwrite(
    deliveryLeasesRow,
    after,
    before === undefined
      ? { expression: 'attribute_not_exists(PK)' }
      : { expression: '#version = :version', names: { '#version': 'version' }, values: { ':version': before.version } },
  );

import { AppError } from '#errors.ts';
import { servedEntities, type ServedEntity } from '#schema/service-list.ts';
import { subscriptionErrors } from './errors.ts';

/** What subscriptions have in common (functions/accounts/README.md, "Subscriptions"). */

const entities = ['blf', ...servedEntities] as const;
export type SubscribingEntity = (typeof entities)[number];

/** @throws AppError INVALID_ENTITY_TYPE */
export function subscribingEntity(text: string): SubscribingEntity {
  const entity = entities.find((each) => each === text);
  if (entity === undefined)
    throw new AppError(subscriptionErrors.INVALID_ENTITY_TYPE, `The entity must be one of ${entities.join(', ')}`, {
      details: [{ path: 'entity', message: 'is no kind of subscription' }],
    });
  return entity;
}

/** The resource that an event about a subscription names. */
export const subject = (entity: 'blf' | ServedEntity, id: string) => ({
  type: entity === 'line' ? 'phone' : id.startsWith('dev_') ? 'device' : 'user',
  id,
});

/** A subscription as events have it. */
type Subscription = { readonly id: string };

/** The audit event of a change. @param what `BLF list` or `services` */
export const setEvent = (
  entity: SubscribingEntity,
  id: string,
  before: Subscription | undefined,
  after: Subscription,
) => ({
  entity: subject(entity, id),
  description: `${entity === 'blf' ? 'BLF list' : 'Services'} of ${id} set`,
  fields: { subscription_id: after.id },
  ...(before === undefined ? {} : { before, after }),
});

/** The audit event of an end. @param service the only service that ends; undefined: all */
export const cancelEvent = (
  entity: SubscribingEntity,
  id: string,
  { id: subscription }: Subscription,
  service?: string,
) => ({
  entity: subject(entity, id),
  description: `${entity === 'blf' ? 'BLF list' : (service ?? 'All services')} of ${id} cancelled`,
  fields: { subscription_id: subscription, ...(service === undefined ? {} : { service_type: service }) },
});

/** The answer to an end. */
export const presentCancelled = ({ id }: Subscription, now: Date) => ({
  subscriptionId: id,
  status: 'cancelled' as const,
  cancelledAt: now.toISOString(),
});

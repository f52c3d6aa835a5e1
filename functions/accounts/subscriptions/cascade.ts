import { blfListRow, serviceListRow, watchingLists, watchRow } from '#dynamodb/rows/subscription.ts';
import { remove, replace } from '#dynamodb/write.ts';
import type { CascadeEffect } from '#contract/resource.ts';
import type { CascadeContext, CascadeSteps } from '#runtime/cascade.ts';
import type { BlfList } from '#schema/blf-list.ts';
import type { ServedEntity } from '#schema/service-list.ts';
import { billingProfileRow } from '../../billing/rows/billing-profile.ts';
import { withoutTarget } from './blf.ts';
import type { subscriptions } from './contract.ts';
import { cancelServices } from './service.ts';

type Context = CascadeContext<CascadeEffect<typeof subscriptions>>;

/** Lists in a slice. */
const limit = 40;

/** Cancels the services of what was deleted. They are still charged for periods that had begun before. */
const cancelServicesOf =
  (entity: ServedEntity) =>
  async (entity_id: string, { table, now }: Context) => {
    const [list, profile] = await Promise.all([
      table.get(serviceListRow, { entity, entity_id }),
      table.get(billingProfileRow, {}),
    ]);
    const after =
      list === undefined || profile === undefined
        ? undefined
        : cancelServices(list, undefined, { days: profile.billingDays, now });
    return list === undefined || after === undefined ? [] : [replace(serviceListRow, after, list)];
  };

/** The keys of a deleted user or device. */
async function deleteOwnList(entity_id: string, { table }: Context) {
  const list = await table.get(blfListRow, { entity_id });
  return list === undefined ? [] : [remove(blfListRow, list)];
}

/** The keys of others that watch a deleted user. */
async function deleteWatchingKeys(user: string, { table, now }: Context) {
  const { items } = await table.query(watchRow, { resource: user }, { ...watchingLists, order: 'asc', limit });
  const lists = await table.getAll(
    blfListRow,
    items.map(({ list }) => ({ entity_id: list })),
  );
  const writesOf = (list: BlfList) => {
    const after = withoutTarget(list, user, now);
    return after.targets.length === 0 ? remove(blfListRow, list, list) : replace(blfListRow, after, list);
  };
  return items.flatMap((reference, at) => {
    const list = lists[at];
    const watches = list?.targets.some(({ target_id: id }) => id === user) === true;
    return [remove(watchRow, reference), ...(list !== undefined && watches ? [writesOf(list)] : [])];
  });
}

/** All subscriptions of a closed organization, which is charged nothing any more. */
async function deleteAll(_organization: string, { table }: Context) {
  const { items } = await table.query(blfListRow, {}, { prefix: 'blf/', limit });
  if (items.length > 0) return items.map((list) => remove(blfListRow, list));
  const services = await table.query(serviceListRow, {}, { prefix: 'service/', limit });
  return services.items.map((list) => remove(serviceListRow, list));
}

export const cascade: CascadeSteps<typeof subscriptions> = {
  'user.deleted': [cancelServicesOf('user'), deleteOwnList, deleteWatchingKeys],
  'device.deleted': [cancelServicesOf('device'), deleteOwnList],
  'phone.deleted': [cancelServicesOf('line')],
  'org.closed': [deleteAll],
};

import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { deviceRow, extensionOwnerRow } from '#dynamodb/rows/device.ts';
import { phoneRow } from '#dynamodb/rows/phone.ts';
import { blfListRow, serviceListRow, watchRow } from '#dynamodb/rows/subscription.ts';
import { userExtensionRow, userRow } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { create, overwrite, remove, replace, type Write } from '#dynamodb/write.ts';
import type { BlfList } from '#schema/blf-list.ts';
import type { ServedEntity, ServiceList } from '#schema/service-list.ts';
import { readProfile } from '../../billing/charging/row.ts';
import { tariffRow } from '../../billing/tariffs/row.ts';
import { watchedUsers, type FoundTarget, type WantedTarget } from './blf.ts';
import type { subscriptions } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof subscriptions>>>;

async function findTargets(table: Reads, wanted: readonly WantedTarget[]): Promise<FoundTarget[]> {
  const extensions = wanted.flatMap((each) => ('extension' in each ? [each.extension] : []));
  const keys = [...new Set(extensions)].map((extension) => ({ extension }));
  const [owners, lines] = await Promise.all([
    table.getAll(userExtensionRow, keys),
    table.getAll(extensionOwnerRow, keys),
  ]);
  const ownerOf = new Map(owners.flatMap((found) => (found === undefined ? [] : [[found.extension, found.owner]])));
  const ids = wanted.map((each) => ('id' in each ? each.id : (ownerOf.get(each.extension) ?? '')));
  const known = [...new Set(ids)].filter((id) => id.startsWith('usr_')).map((id) => ({ id }));
  const found = await table.getAll(userRow, known);
  const users = new Map(found.flatMap((user) => (user === undefined ? [] : [[user.id, user]])));
  const ofDevices = new Set(lines.flatMap((line) => line?.extension ?? []));
  return wanted.map((each, at): FoundTarget => {
    const { id, extension = null, display_name: name = '' } = users.get(ids[at] ?? '') ?? {};
    if (id !== undefined && extension !== null) return { target_id: id, extension, display_name: name };
    if (!('extension' in each) || !ofDevices.has(each.extension)) return undefined;
    return { target_id: null, extension: each.extension, display_name: each.extension };
  });
}

export const subscriptionStore = (table: Reads) => ({
  /** Whether the organization has a user, device or live phone line. */
  exists: async (entity: 'blf' | ServedEntity, id: string): Promise<boolean> => {
    if (entity === 'line') return (await table.get(phoneRow, { username: id }))?.ended_at === null;
    const isDevice = entity === 'device' || (entity === 'blf' && id.startsWith('dev_'));
    if (isDevice) return (await table.get(deviceRow, { id })) !== undefined;
    return (await table.get(userRow, { id }))?.type === 'user';
  },
  blf: (entity_id: string): Promise<BlfList | undefined> => table.get(blfListRow, { entity_id }),
  services: (entity: ServedEntity, entity_id: string): Promise<ServiceList | undefined> =>
    table.get(serviceListRow, { entity, entity_id }),
  /** Users in the order of the ids. */
  users: (ids: readonly string[]) =>
    table.getAll(
      userRow,
      ids.map((id) => ({ id })),
    ),
  /** What targets are, in their order: users with an extension, else extensions of devices. */
  targets: (wanted: readonly WantedTarget[]) => findTargets(table, wanted),
});

/** The billing profile; null if the organization has none. */
export const billingProfile = (table: Reads) => readProfile(table);

/** The tariff of a profile. @param table of the seller */
export const tariffOf = async (table: Reads, id: string | null) =>
  id === null ? null : ((await table.get(tariffRow, { id })) ?? null);

/** Items of one transaction that references may take; 4 are for the list, the event and the request. */
const maxReferences = 95;

/**
 * Saves a list, with a reference to each user that it watches. References that do not fit are left: the deletion of
 * their users looks into the list.
 */
export function saveBlfWrites(before: BlfList | undefined, after: BlfList): Write<'subscription' | 'reference'>[] {
  const [had, has] = [watchedUsers(before), watchedUsers(after)];
  const added = has.filter((user) => !had.includes(user));
  const removed = had.filter((user) => !has.includes(user)).slice(0, maxReferences - added.length);
  const referenceOf = (resource: string) => ({ resource, list: after.entity_id });
  return [
    before === undefined ? create(blfListRow, after) : replace(blfListRow, after, before),
    ...added.map((user) => overwrite(watchRow, referenceOf(user))),
    ...removed.map((user) => remove(watchRow, referenceOf(user))),
  ];
}

export const removeBlfWrites = (list: BlfList): Write<'subscription' | 'reference'>[] => [
  remove(blfListRow, list, list),
  ...watchedUsers(list).map((user) => remove(watchRow, { resource: user, list: list.entity_id })),
];

export const saveServiceWrites = (before: ServiceList | undefined, after: ServiceList): Write<'subscription'>[] => [
  before === undefined ? create(serviceListRow, after) : replace(serviceListRow, after, before),
];

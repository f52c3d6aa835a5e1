import type { CascadeEffect } from '../../../shared/contract/resource.ts';
import { deviceRow, devicesOfUser, keptDeviceRow, type KeptDeviceItem } from '../../../shared/dynamodb/rows/device.ts';
import { remove } from '../../../shared/dynamodb/write.ts';
import type { CascadeContext, CascadeSteps } from '../../../shared/runtime/cascade.ts';
import { bindingRow, bindingsOfDevice } from '../rows/binding.ts';
import { deviceDeleteWrites, unassignUserWrites } from '../rows/device-change.ts';
import type { devices } from './contract.ts';

type Context = CascadeContext<CascadeEffect<typeof devices>>;

/** Items of one write each in a slice. */
const limit = 40;

/** A device of a deleted user loses it: one device in a slice, as each takes many writes. */
async function detachUser(user: string, { table }: Context) {
  const { items } = await table.queryIndex(deviceRow, 'GSI1', devicesOfUser(table.organization, user));
  const device = (await table.getAll(deviceRow, items.slice(0, 100))).find((found) => found?.user_id === user);
  return device === undefined ? [] : unassignUserWrites(device);
}

/** The registered contacts of a deleted device. */
async function deleteBindings(device: string, { table }: Context) {
  const found = await table.queryIndex(bindingRow, 'GSI1', bindingsOfDevice(table.organization, device), { limit });
  // The index may still show some that are deleted already.
  const bindings = (await table.getAll(bindingRow, found.items)).flatMap((binding) => binding ?? []);
  return bindings.map((binding) => remove(bindingRow, binding));
}

/** The devices of a closed organization, one in a slice, each after its contacts. */
async function deleteDevices(_organization: string, context: Context) {
  const { items } = await context.table.query(deviceRow, {}, { limit: 1 });
  for (const { id } of items) await context.cascade('device.deleted', id);
  return items.flatMap(deviceDeleteWrites);
}

/** What is kept of deleted devices, in case that they come back. */
async function deleteKeptDevices(_organization: string, { table }: Context) {
  const { items } = await table.query<'device-kept', KeptDeviceItem, object>(keptDeviceRow, {}, { limit });
  return items.map((kept) => remove(keptDeviceRow, kept));
}

export const cascade: CascadeSteps<typeof devices> = {
  'user.deleted': [detachUser],
  'device.deleted': [deleteBindings],
  'org.closed': [deleteDevices, deleteKeptDevices],
};

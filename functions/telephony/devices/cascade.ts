import type { CascadeEffect } from '#contract/resource.ts';
import { deviceRow, devicesOfUser, keptDeviceRow, type KeptDeviceItem } from '#dynamodb/rows/device.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { fileReferenceRow, readReadyFile, unreferenceWrites } from '#dynamodb/rows/file.ts';
import { remove, replace } from '#dynamodb/write.ts';
import type { CascadeContext, CascadeSteps } from '#runtime/cascade.ts';
import { bindingRow, bindingsOfDevice } from '../rows/binding.ts';
import { deviceDeleteWrites, lockWrites } from '../rows/device-change.ts';
import type { devices } from './contract.ts';
import { clearTemplate, followTemplate } from './device.ts';

type Context = CascadeContext<CascadeEffect<typeof devices>>;

/** Items of one write each in a slice. */
const limit = 40;

/** The references of devices among those to a file. */
const toDevices = { prefix: 'device/', order: 'asc' } as const;

/** A device of a deleted user loses it, and is locked: one device in a slice, as each takes many writes. */
async function detachUser(user: string, { table }: Context) {
  const { items } = await table.queryIndex(deviceRow, 'GSI1', devicesOfUser(table.organization, user));
  const device = (await table.getAll(deviceRow, items.slice(0, 100))).find((found) => found?.user_id === user);
  return device === undefined ? [] : lockWrites(device);
}

/** The registered contacts of a deleted device. */
async function deleteBindings(device: string, { table }: Context) {
  const found = await table.queryIndex(bindingRow, 'GSI1', bindingsOfDevice(table.organization, device), { limit });
  // The index may still show some that are deleted already.
  const bindings = (await table.getAll(bindingRow, found.items)).flatMap((binding) => binding ?? []);
  return bindings.map((binding) => remove(bindingRow, binding));
}

/** Devices whose template was deleted get the built-in one. */
async function clearTemplates(file: string, { table }: Context) {
  const { items } = await table.query(fileReferenceRow, { resource: file }, { ...toDevices, limit });
  const found = await table.getAll(
    deviceRow,
    items.map(({ id }) => ({ id })),
  );
  return items.flatMap((reference, at) => {
    const device = found[at];
    return [
      ...unreferenceWrites(file, reference),
      ...(device?.template_id === file ? [replace(deviceRow, clearTemplate(device), device)] : []),
    ];
  });
}

/** Devices whose template has a new content need another file. */
async function followTemplates(id: string, { table }: Context) {
  const file = await readReadyFile(table, id);
  if (file?.kind !== 'provisioning_template') return [];
  const { number } = file.content;
  const references = await readToEnd((after) =>
    table.query(fileReferenceRow, { resource: id }, { ...toDevices, ...after }),
  );
  const found = await table.getAll(
    deviceRow,
    references.map((reference) => ({ id: reference.id })),
  );
  return found
    .flatMap((device) => (device?.template_id === id && device.template_number !== number ? [device] : []))
    .slice(0, limit)
    .map((device) => replace(deviceRow, followTemplate(device, number), device));
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
  'file.deleted': [clearTemplates],
  'file.ready': [followTemplates],
  'org.closed': [deleteDevices, deleteKeptDevices],
};

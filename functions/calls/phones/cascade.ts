import type { CascadeEffect } from '#contract/resource.ts';
import { livePhones, phoneRow, phonesOfUser } from '#dynamodb/rows/phone.ts';
import { removeExisting } from '#dynamodb/write.ts';
import type { CascadeContext, CascadeSteps } from '#runtime/cascade.ts';
import type { PhoneLine } from '#schema/phone.ts';
import { bindingRow, type BindingItem } from '../../telephony/rows/binding.ts';
import { endEvent, endWrites } from '../rows/phone-end.ts';
import type { phones } from './contract.ts';

type Context = CascadeContext<CascadeEffect<typeof phones>>;

/** Lines that end in one transaction. */
const limit = 20;

/** Ends lines as their items are now: the index may still show some that have ended. */
async function endLines(lines: readonly PhoneLine[], { table, now, record }: Context) {
  const stored = await table.getAll(phoneRow, lines);
  return stored
    .flatMap((line) => (line === undefined || line.ended_at !== null ? [] : [line]))
    .flatMap((line) => [...endWrites(line, now.toISOString()), record('phone.deleted', endEvent(line, 'deleted'))]);
}

async function endOfUser(user: string, context: Context) {
  const { table } = context;
  const { items } = await table.queryIndex(phoneRow, 'GSI2', phonesOfUser(table.organization, user), { limit });
  return endLines(items, context);
}

async function endOfOrganization(_organization: string, context: Context) {
  const { table } = context;
  const { items } = await table.queryIndex(phoneRow, 'GSI1', livePhones(table.organization), { limit });
  return endLines(items, context);
}

/** The registered contacts of an ended line. The registrar may remove them at the same time. */
async function deleteBindings(sip_username: string, { table, record }: Context) {
  const { items } = await table.query<'binding', BindingItem, { sip_username: string }>(bindingRow, { sip_username });
  const [first] = items;
  if (first === undefined) return [];
  return [
    ...items.map((binding) => removeExisting(bindingRow, binding)),
    record('phone.unregistered', {
      entity: { type: 'phone', id: sip_username },
      description: 'The phone line ended',
      fields: {
        contact: first.contact,
        transport: first.flow.transport,
        ip_address: first.flow.remote.address,
        reason: 'ended',
      },
      callback_url: first.event_callback,
    }),
  ];
}

export const cascade: CascadeSteps<typeof phones> = {
  'user.deleted': [endOfUser],
  'org.closed': [endOfOrganization],
  'phone.deleted': [deleteBindings],
  'phone.expired': [deleteBindings],
};

import { expect } from 'vitest';
import { lampOf } from '#functions/sip-sidecar/service/line-states.fixture.ts';
import { eventually } from '../support/eventually.ts';
import { newPhone, type Phone } from '../support/sip-phone.fixture.ts';
import { newAccounts } from './peers/accounts.ts';
import { ownAddress } from './peers/sip-server.ts';
import type { TaskAddress } from './sidecar-tasks.fixture.ts';
import type { AdministeredTenant } from './tenant.fixture.ts';

/** Keys of phones that show whether a call is in a slot. */

/** A phone at a task that watches a slot. @param open ends it */
export async function newSlotKey(
  tenant: AdministeredTenant,
  { task, slot }: { readonly task: TaskAddress; readonly slot: string },
  open: AsyncDisposableStack,
): Promise<Phone> {
  const [account] = await newAccounts(tenant, { devices: 1 });
  if (account === undefined) throw new Error('the device has no account');
  const phone = await newPhone(task, account, { from: ownAddress() });
  open.defer(() => phone.close());
  expect((await phone.register()).status).toBe(200);
  expect((await phone.subscribe({ target: `park/${slot}`, event: 'dialog' })).status).toBe(200);
  return phone;
}

/** @param lamp `recipient confirmed` while a call is in the slot, `terminated` while none is */
export const showsSlot = (phone: Phone, slot: string, lamp: string): Promise<void> =>
  eventually(() => expect(lampOf(phone, `park/${slot}`)).toBe(lamp), 20_000);

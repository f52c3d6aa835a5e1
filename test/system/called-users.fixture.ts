import { expect } from 'vitest';
import { Softphone } from '../support/softphone.fixture.ts';
import { newAccountOf } from './peers/accounts.ts';
import { ownAddress, sipServer } from './peers/sip-server.ts';
import type { TaskAddress } from './sidecar-tasks.fixture.ts';
import { outcome, texts, uniqueName, type AdministeredTenant } from './tenant.fixture.ts';

/** Users that are called: each has an extension, and a registered phone with it. */
export type CalledUser = { readonly id: string; readonly extension: string; readonly phone: Softphone };

/** @param open ends the phone */
export const newCalledUser = (
  tenant: AdministeredTenant,
  extension: string,
  open: DisposableStack,
): Promise<CalledUser> => newCalledUserAt(sipServer, tenant, extension, open);

/** One whose phone is registered at a task. */
export async function newCalledUserAt(
  task: TaskAddress,
  tenant: AdministeredTenant,
  extension: string,
  open: DisposableStack,
): Promise<CalledUser> {
  const made = await tenant.ask('PUT', '/users', { username: uniqueName('called'), extension });
  const { id = '' } = texts(made);
  const account = await newAccountOf(tenant, { user: id, extension });
  const phone = open.use(await Softphone.open(task, { from: ownAddress(), account }));
  expect(await phone.register()).toBe(200);
  return { id, extension, phone };
}

/** Sets what a user does with calls. Without `voicemail` no mailbox takes them. */
export async function useHandling(
  tenant: AdministeredTenant,
  { id }: Pick<CalledUser, 'id'>,
  settings: object,
): Promise<void> {
  const saved = await tenant.ask('PUT', `/users/${id}/callhandling`, { voicemail: false, ...settings });
  if (saved.status >= 300) throw new Error(`call handling is answered ${outcome(saved)}`);
}

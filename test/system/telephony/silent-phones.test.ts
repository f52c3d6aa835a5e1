import { afterAll, beforeAll, expect, test } from 'vitest';
import { second } from '#schema/time.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { cdrsOf, useExtensions } from '../calls.fixture.ts';
import { newPeerTenant } from '../peers/accounts.ts';
import { ownAddress, sipServer } from '../peers/sip-server.ts';
import { expectEnd, newSoftphones, type RegisteredSoftphone } from '../softphones.fixture.ts';
import type { AdministeredTenant } from '../tenant.fixture.ts';

/** Phones that are registered at two places, of which one is dead. */

let tenant: AdministeredTenant;
let alice: RegisteredSoftphone;
const open = new DisposableStack();

beforeAll(async () => {
  tenant = await newPeerTenant();
  await useExtensions(tenant);
  [alice] = await newSoftphones(tenant, ['200']);
  open.use(alice.phone);
});
afterAll(() => open.dispose());

/** A phone that was restarted with another port: its former one has nothing any more. */
async function restartedPhone(extension: string): Promise<Softphone> {
  const [before] = await newSoftphones(tenant, [extension]);
  before.phone[Symbol.dispose]();
  const phone = open.use(await Softphone.open(sipServer, { from: ownAddress(), account: before.account }));
  expect(await phone.register()).toBe(200);
  return phone;
}

test('a busy phone whose former port is dead keeps its caller waiting for 4 s, not for 32 s', async () => {
  const phone = await restartedPhone('201');
  phone.answers = 486;
  const began = performance.now();
  const call = alice.phone.call('201');
  await expectEnd(call, 'failed 486');
  const waited = performance.now() - began;
  expect(waited).toBeGreaterThan(3.5 * second);
  expect(waited).toBeLessThan(15 * second);
  const [cdr] = await cdrsOf(tenant, 1);
  expect(cdr).toMatchObject({ callee: '201', disposition: 'BUSY', cause: { sip_code: 486 } });
});

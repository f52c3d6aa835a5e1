import { afterAll, beforeAll, expect, test } from 'vitest';
import { second } from '#schema/time.ts';
import { eventually } from '#test/support/eventually.ts';
import type { Phone } from '#test/support/sip-phone.fixture.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { cdrsOf, newLine, useExtensions } from '../calls.fixture.ts';
import { newPeerTenant } from '../peers/accounts.ts';
import { ownAddress, sipServer } from '../peers/sip-server.ts';
import { answeringPhoneOf } from '../sidecar-tasks.fixture.ts';
import { newSoftphones, type RegisteredSoftphone } from '../softphones.fixture.ts';
import type { AdministeredTenant } from '../tenant.fixture.ts';

/** Phones that lose their TCP connection in a call. Calls are lost at the same time, as each takes half a minute. */

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

type Connected = {
  readonly caller: SoftCall;
  readonly phone: Phone;
  /** Opens another connection, and registers. */
  readonly connect: () => Promise<Phone>;
};

const methodsAt = ({ notified }: Phone): readonly string[] => notified.map(({ method }) => method);

/** Alice calls a phone over TCP. */
async function callTo(extension: string): Promise<Connected> {
  const of = { account: await newLine(tenant, extension), from: ownAddress() };
  const connect = async (): Promise<Phone> => {
    const phone = await answeringPhoneOf(of, sipServer, 'tcp');
    open.defer(() => phone.close());
    return phone;
  };
  const phone = await connect();
  const caller = alice.phone.call(extension);
  await eventually(() => expect([caller.isUp, methodsAt(phone)]).toEqual([true, ['INVITE', 'ACK']]), 20_000);
  return { caller, phone, connect };
}

const expectLost = (call: SoftCall): Promise<void> =>
  eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 120_000);

test('a call ends 30 s after the connection of its phone closed, unless the phone returns', async () => {
  const [lost, back, restarted] = [await callTo('201'), await callTo('202'), await callTo('203')];
  for (const { phone } of [lost, back, restarted]) phone.close();
  const closed = Date.now();
  const phone = await back.connect();
  // It gets our Contact over its new connection: it may not know the dialog any more.
  await eventually(() => expect(methodsAt(phone)).toContain('INVITE'), 30_000);
  const without = await restarted.connect();
  without.replies = () => ({ status: 481 });
  await expectLost(restarted.caller);
  expect(lost.caller.isUp).toBe(true);
  await expectLost(lost.caller);
  const ended = Date.now();
  expect(ended - closed).toBeGreaterThan(25 * second);
  expect([back.caller.isUp, methodsAt(phone)]).toEqual([true, ['INVITE', 'ACK']]);
  back.caller.hangUp();
  await eventually(() => expect(methodsAt(phone)).toContain('BYE'), 20_000);
  const cdrs = await cdrsOf(tenant, 3);
  expect(cdrs.map(({ callee, disposition }) => [callee, disposition]).toSorted()).toEqual(
    ['201', '202', '203'].map((extension) => [extension, 'ANSWERED']),
  );
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '#infra/local/machine/free-port.ts';
import { textHeader } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { eventually } from '#test/support/eventually.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { newFlow, newNumber, useExtensions, usePrepaid } from '../calls.fixture.ts';
import { newPeerTenant } from '../peers/accounts.ts';
import { machineAddress, needsMachineAddress } from '../peers/machine-address.ts';
import { sipServer } from '../peers/sip-server.ts';
import { expectEnd, newSoftphones, untilTrusted, type RegisteredSoftphone } from '../softphones.fixture.ts';
import {
  askAsOperator,
  outcome,
  texts,
  trustAddresses,
  uniqueName,
  type AdministeredTenant,
} from '../tenant.fixture.ts';

needsMachineAddress();

// A prepaid organization with 0.50, whose inbound calls cost 1.00 a minute.

let tenant: AdministeredTenant;
let phones: readonly RegisteredSoftphone[];
let carrier: Softphone;
let number: string;
/** A caller that a flow answers. */
const blocked = '+19005550100';
const open = new DisposableStack();

beforeAll(async () => {
  tenant = await newPeerTenant();
  await useExtensions(tenant);
  phones = await newSoftphones(tenant, ['200']);
  for (const { phone } of phones) open.use(phone);
  const port = await freePort();
  const trunk = await tenant.ask('PUT', '/siptrunk/carrier', { name: uniqueName('c'), host: machineAddress, port });
  const ips = [{ address: machineAddress, port, type: 'both' }] as const;
  expect(outcome(await trustAddresses(tenant, texts(trunk)['id'] ?? '', ips))).toBe('201');
  await untilTrusted(machineAddress, port);
  carrier = open.use(await Softphone.open(sipServer, { from: machineAddress, port }));
  const flow = await newFlow(tenant, { greet: { type: 'hangup' } });
  const block = { name: uniqueName('b'), caller: blocked, action: { flow } };
  expect(outcome(await tenant.ask('PUT', '/blockedcallers/new', block))).toBe('201');
  number = await newNumber(tenant, { type: 'device', id: phones[0]?.device ?? '' });
  await usePrepaid(tenant, { prefix: '46', price: '1', credit: '0.5000', direction: 'inbound' });
});
afterAll(() => open.dispose());

type Profile = { readonly currentBalance: number; readonly availableCredit: number };
const readProfile = async (): Promise<Profile> =>
  ((await askAsOperator('GET', `/billingprofile/${tenant.id}`)).body as { readonly data: Profile }).data;

test('its seller has its inbound calls rejected without credit, before anything rings', async () => {
  const policy = { inboundWhenExhausted: 'reject' };
  expect(outcome(await tenant.ask('PUT', `/billingprofile/${tenant.id}`, policy))).toBe('403 NOT_THE_SELLER');
  expect(outcome(await askAsOperator('PUT', `/billingprofile/${tenant.id}`, policy))).toBe('200');
  const first = carrier.call(number);
  const answered = await phones[0]?.phone.nextCall();
  await eventually(() => expect([first.isUp, answered?.isUp]).toEqual([true, true]), 20_000);
  const asserted = Headers.none.append(textHeader('P-Asserted-Identity'), `<sip:${blocked}@carrier.example.com>`);
  const others = [carrier.call(number), carrier.call(number), carrier.call(number, { headers: asserted })];
  for (const other of others) await expectEnd(other, 'failed 480');
  expect(phones[0]?.phone.calls).toHaveLength(1);
  first.hangUp();
  await eventually(async () => {
    const { data } = (await tenant.ask('GET', `/cdr?number=${encodeURIComponent(number)}`)).body as {
      data: { disposition: string; rating: { charge: string } }[];
    };
    expect(data.filter(({ disposition }) => disposition === 'ANSWERED')).toHaveLength(1);
    const { currentBalance, availableCredit } = await readProfile();
    expect(availableCredit).toBe(currentBalance);
    expect(currentBalance).toBeGreaterThanOrEqual(0);
    expect(currentBalance).toBeLessThan(0.5);
  }, 30_000);
  const { body } = await tenant.ask('GET', `/events/org/${tenant.id}?type=call.hangup`);
  expect(JSON.stringify(body)).toContain('INSUFFICIENT_BALANCE');
});

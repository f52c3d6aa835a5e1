import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '#infra/local/machine/free-port.ts';
import { textHeader } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { eventually } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { cdrsOf, newNumber, useExtensions } from '../calls.fixture.ts';
import { newPeerTenant } from '../peers/accounts.ts';
import { machineAddress, needsMachineAddress } from '../peers/machine-address.ts';
import { sipServer } from '../peers/sip-server.ts';
import { newSoftphones, untilTrusted, type RegisteredSoftphone } from '../softphones.fixture.ts';
import {
  newAdministeredTenant,
  outcome,
  texts,
  trustAddresses,
  uniqueName,
  type AdministeredTenant,
} from '../tenant.fixture.ts';

needsMachineAddress();

/** Callers from outside that an organization blocks. A carrier calls from the address of this machine. */

let tenant: AdministeredTenant;
let other: AdministeredTenant;
let alice: RegisteredSoftphone;
let carrier: Softphone;
let number: string;
const open = new DisposableStack();

/** What is at a trunk of the organization, which calls from its address. */
async function trunk(type: 'carrier' | 'pbx'): Promise<Softphone> {
  const port = await freePort();
  const made = await tenant.ask('PUT', `/siptrunk/${type}`, { name: uniqueName(type), host: machineAddress, port });
  const ips = [{ address: machineAddress, port, type: 'both' }] as const;
  const trusted = await trustAddresses(tenant, texts(made)['id'] ?? '', ips);
  expect([outcome(made), outcome(trusted)]).toEqual(['201', '201']);
  await untilTrusted(machineAddress, port);
  return open.use(await Softphone.open(sipServer, { from: machineAddress, port }));
}

beforeAll(async () => {
  [tenant, other] = await Promise.all([newPeerTenant(), newAdministeredTenant('blocks')]);
  await useExtensions(tenant);
  const [phone] = await newSoftphones(tenant, ['200']);
  alice = phone;
  open.use(alice.phone);
  carrier = await trunk('carrier');
  number = await newNumber(tenant, { type: 'device', id: alice.device });
});
afterAll(() => open.dispose());

const block = (fields: object, by = tenant) =>
  by.ask('PUT', '/blockedcallers/new', { name: uniqueName('b'), ...fields });
const idOf = async (fields: object): Promise<string> => texts(await block(fields))['id'] ?? '';

const from = (caller: string, ...privacy: readonly string[]): { readonly headers: Headers } => {
  const asserted = Headers.none.append(textHeader('P-Asserted-Identity'), `<sip:${caller}@carrier.example.com>`);
  return { headers: privacy.reduce((all, each) => all.append(textHeader('Privacy'), each), asserted) };
};

const over = async (call: SoftCall): Promise<string | undefined> => {
  await eventually(() => expect(call.isOver).toBe(true), 20_000);
  return call.log.at(-1);
};

test('blocked callers are rejected or busy, their calls say by what, and others ring', async () => {
  const [exact, prefix, hidden] = [
    await idOf({ caller: '+19005550100' }),
    await idOf({ caller: '+1900…', action: 'busy' }),
    await idOf({ caller: 'anonymous' }),
  ];
  // Entries are cached for 10 s, and none was read before.
  const tries = [
    from('+19005550100'),
    from('+19005550199'),
    from('anonymous'),
    from('+46701234567', 'id'),
    from('+19005550100', 'id'),
  ].map((options) => carrier.call(number, options));
  expect(await Promise.all(tries.map(over))).toEqual([
    'failed 603',
    'failed 486',
    'failed 603',
    'failed 603',
    'failed 603',
  ]);
  expect(alice.phone.calls).toHaveLength(0);
  const call = carrier.call(number, from('+46701234567'));
  await eventually(() => expect(call.isUp).toBe(true), 20_000);
  call.hangUp();
  const cdrs = await cdrsOf(tenant, 6);
  const noted = cdrs.map(({ custom }) => (custom as { blocked_by?: string } | null)?.blocked_by ?? null);
  expect(noted.toSorted()).toEqual([exact, prefix, hidden, hidden, hidden, null].toSorted());
  const busy = cdrs.find(({ custom }) => (custom as { blocked_by?: string } | null)?.blocked_by === prefix);
  const { body } = await tenant.ask('GET', `/Calls/${String(busy?.['call_id'])}`);
  expect(body).toMatchObject({ blocked_by: prefix, hangup: { cause: 'CALLER_BLOCKED', sip_code: 486, by: 'system' } });
});

test('an entry is of its own organization, well-formed, and names a flow that exists', async () => {
  const id = await idOf({ caller: '+1901…' });
  const rejected = [
    await block({ caller: 'someone' }),
    await block({ caller: '+1902…', action: 'drop' }),
    await block({ caller: '+1902…', action: { flow: 'flow_missing' } }),
    await other.ask('PUT', `/blockedcallers/${id}`, { name: 'mine', caller: '+1902…' }),
    await other.ask('DELETE', `/blockedcallers/${id}`),
  ];
  expect(rejected.map(outcome)).toEqual([
    ...['422 VALIDATION_FAILED', '422 VALIDATION_FAILED', '422 VALIDATION_FAILED'],
    ...['404 NOT_FOUND', '404 NOT_FOUND'],
  ]);
  expect(outcome(await tenant.ask('DELETE', `/blockedcallers/${id}`))).toBe('200');
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { startCarrier, type Carrier, type CarrierManner } from '#test/support/sip-gateways.fixture.ts';
import { useExtensions } from '../calls.fixture.ts';
import { callOver, claimHosts, expectRightfulCall, gatewayOf, requests, type Party } from './host-claims.fixture.ts';
import { newPeerTenant } from '../peers/accounts.ts';
import { ownAddress } from '../peers/sip-server.ts';
import { expectEnd, newSoftphones } from '../softphones.fixture.ts';
import { operatorToken, type Answer } from '../cloud.ts';
import { outcome, texts, uniqueName, type Body } from '../tenant.fixture.ts';

/** An organization that names the host of another's carrier does not call at its expense. */

let victim: Party;
let attacker: Party;
let other: Party;
const open = new DisposableStack();

async function newParty(): Promise<Party> {
  const tenant = await newPeerTenant();
  await useExtensions(tenant);
  const [phone] = await newSoftphones(tenant, ['200']);
  open.use(phone.phone);
  return { tenant, phone };
}

beforeAll(async () => {
  [victim, attacker, other] = [await newParty(), await newParty(), await newParty()];
});
afterAll(() => open.dispose());

const newCarrier = async (manner: CarrierManner, address = ownAddress()): Promise<Carrier> => {
  const carrier = await startCarrier(manner, address);
  open.defer(() => carrier.close());
  return carrier;
};

const asOperator = { token: operatorToken() };
const idOf = (answer: Answer): string => texts(answer)['id'] ?? '';

describe('a gateway whose host another organization uses', () => {
  test.each([
    ['rings', 'INVITE CANCEL ACK'],
    ['answers', 'INVITE ACK BYE'],
  ] as const)('gets no call through a carrier that %s without asking who calls', async (manner, expected) => {
    const carrier = await newCarrier(manner);
    const own = await gatewayOf(victim, carrier);
    const { name } = await gatewayOf(attacker, carrier);
    await expectEnd(await callOver(attacker, name), 'failed 403');
    await eventually(() => expect(requests(carrier)).toBe(expected), 20_000);
    await expectRightfulCall(victim, carrier, own.name);
  });

  test('calls through a carrier that asks for its credentials', async () => {
    const carrier = await newCarrier('challenges');
    await gatewayOf(victim, carrier);
    const call = await callOver(attacker, (await gatewayOf(attacker, carrier)).name);
    await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
    await eventually(() => expect(requests(carrier)).toBe('INVITE ACK INVITE+ ACK+'), 20_000);
    call.hangUp();
  });

  test('is followed by the next gateway, and the cause is shown', async () => {
    const [carrier, own] = [await newCarrier('answers'), await newCarrier('answers')];
    await gatewayOf(victim, carrier);
    const [one, other] = [await gatewayOf(attacker, carrier), await gatewayOf(attacker, own)];
    const call = await callOver(attacker, one.name, other.name);
    await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
    await eventually(
      () => expect([requests(carrier), requests(own)]).toEqual(['INVITE ACK BYE', 'INVITE ACK']),
      20_000,
    );
    call.hangUp();
    await expectEnd(await callOver(attacker, one.name), 'failed 403');
    await eventually(async () => {
      const { body } = await attacker.tenant.ask('GET', `/events/org/${attacker.tenant.id}?type=call.hangup`);
      expect(JSON.stringify(body)).toContain('HOST_IN_USE');
    }, 20_000);
  });

  test('is found by another name of the same address', async () => {
    const carrier = await newCarrier('answers', '127.0.0.1');
    const own = await gatewayOf(victim, carrier);
    await expectRightfulCall(victim, carrier, own.name);
    carrier.received.length = 0;
    for (const host of ['localhost', 'LOCALHOST']) {
      const { name } = await gatewayOf(attacker, carrier, { host });
      await expectEnd(await callOver(attacker, name), 'failed 403');
    }
  });

  test('needs the consent of the seller, which ends with another port', async () => {
    const carrier = await newCarrier('answers');
    await gatewayOf(victim, carrier);
    const { id, name } = await gatewayOf(attacker, carrier);
    const change = (body: Body, as?: typeof asOperator) =>
      attacker.tenant.ask('POST', `/sipgateways/${id}?org_id=${attacker.tenant.id}`, body, as);
    expect(outcome(await change({ shared_host: true }))).toBe('403 NOT_THE_SELLER');
    expect(texts(await change({ shared_host: true }, asOperator))).toMatchObject({ shared_host: true });
    const call = await callOver(attacker, name);
    await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
    call.hangUp();
    const { body } = await attacker.tenant.ask('GET', `/events/gateway/${id}?type=gateway.host_shared`);
    expect(JSON.stringify(body)).toContain(carrier.address);
    expect(texts(await change({ prefix: '9' }))).toMatchObject({ shared_host: true });
    expect(texts(await change({ prefix: '', port: carrier.port + 1 }))).toMatchObject({ shared_host: false });
    await change({ port: carrier.port });
    await expectEnd(await callOver(attacker, name), 'failed 403');
  });

  // The long form is `npm run soak -- attacks`.
  test.each(Array.from({ length: 20 }, (_, at) => at + 1))(
    'leaves nothing of its calls there, however the host is named (seed %i)',
    (seed) => claimHosts([victim, attacker, other], seed),
  );

  test('that a SIP URI names gets no call either', async () => {
    const carrier = await newCarrier('answers');
    await gatewayOf(victim, carrier);
    // The API calls hosts of gateways and trunks of the organization only.
    await gatewayOf(attacker, carrier);
    const placed = await attacker.tenant.ask('POST', '/Calls', {
      source: { type: 'sip', uri: `sip:1@${carrier.address}:${carrier.port}` },
      destination: { type: 'device', id: attacker.phone.device },
    });
    expect(outcome(placed)).toBe('201');
    await eventually(() => expect(requests(carrier)).toBe('INVITE ACK BYE'), 20_000);
  });
});

describe('a trunk whose host another organization uses', () => {
  const trunkOf = async ({ tenant }: Party, { address, port }: Carrier): Promise<string> => {
    const fields = { name: uniqueName('trunk'), host: address, port, username: 'u', password: 'p', register: true };
    return idOf(await tenant.ask('PUT', '/siptrunk/carrier', fields));
  };
  const shown = async ({ tenant }: Party, id: string): Promise<Body> =>
    texts(await tenant.ask('GET', `/siptrunk/${id}`));

  test('is registered by a registrar that asks for credentials only', async () => {
    const carrier = await newCarrier('answers');
    const own = await trunkOf(victim, carrier);
    await eventually(async () => expect(await shown(victim, own)).toMatchObject({ status: 'active' }), 20_000);
    const other = await trunkOf(attacker, carrier);
    const refused = { status: 'pending', last_error: { code: 403, reason: 'HOST_IN_USE' } };
    await eventually(async () => expect(await shown(attacker, other)).toMatchObject(refused), 20_000);
    carrier.manner = 'challenges';
    await attacker.tenant.ask('POST', `/siptrunk/${other}`, { status: 'active' });
    await eventually(
      async () => expect(await shown(attacker, other)).toMatchObject({ registration: { state: 'registered' } }),
      20_000,
    );
  });
});

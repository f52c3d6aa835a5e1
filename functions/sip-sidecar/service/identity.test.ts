import { beforeAll, expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { gatewayRow } from '#dynamodb/rows/gateway.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import { create } from '#dynamodb/write.ts';
import type { Outbound } from '#outbound/outbound.ts';
import { day } from '#schema/time.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { readChain, trustChain } from '#stir/certificate.ts';
import { issue, issueRoot } from '#stir/certificates.fixture.ts';
import { signCall } from '#stir/signing.ts';
import { verifyIdentity } from '#stir/verification.ts';
import { sealedKeyOf } from '#telephony/stir-certificate.ts';
import { policyOf } from '#test/bench/plans.ts';
import { eventually } from '#test/support/eventually.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import { gatewayOf, numberOf, peerOf, pingOf, setAddresses, trunkOf } from '#test/support/resources.fixture.ts';
import { newCaller, proof, type Caller } from '#test/support/sip-caller.fixture.ts';
import type { Phone } from '#test/support/sip-phone.fixture.ts';
import { eventsOf } from '#test/support/store.fixture.ts';
import { storePlan } from '#test/support/stored-plan.fixture.ts';
import { emptyPlan } from '../../dialplan/plan/plan-change.ts';
import {
  stirAuthoritiesRow,
  stirCertificateRow,
  type StirAuthoritiesItem,
} from '../../telephony/rows/stir-certificate.ts';
import { originOf } from '../calls/identity/attestation.ts';
import { fieldOf, playCarrier, type Played } from './carriers.fixture.ts';
import { addPhoneLine } from './mailboxes.fixture.ts';
import { sipDomain, testSidecar, type Account } from './sidecar.fixture.ts';

/** Calls whose callers are verified and signed, between a carrier, a gateway and phones. */

const organization = 1_001;
const office = '127.10.0.1';
const [own, caller, callee] = ['+12125550101', '+13125550199', '+14155550111'];
const origid = '5ad1a8d5-3c29-4f61-9d5e-1b1b2f9a4c77';
const publicUrl = 'https://trunkline.test';

const times = { from: new Date(Date.now() - day), to: new Date(Date.now() + day) };
const root = issueRoot();
const ofCarrier = issue({ by: root, ...times });
const ofPlatform = issue({ by: root, ...times });

/** URLs that were fetched. One named `slow` answers when the test lets it. */
const fetched: string[] = [];
let answerSlowly = (): void => undefined;
const slowness = new Promise<void>((resolve) => (answerSlowly = resolve));
const outbound: Outbound = {
  check: async () => null,
  send: async ({ url }) => {
    fetched.push(url);
    if (url.includes('slow')) await slowness;
    return { status: 200, headers: {}, excerpt: ofCarrier.pem, duration_ms: 1 };
  },
};

const task = testSidecar({ outbound, environment: { SIP_DOMAIN: sipDomain, PUBLIC_URL: publicUrl } });
const authorities: StirAuthoritiesItem = {
  ...{ id: 'authorities', certificates: root.pem, created_at: '', updated_at: '', version: 1 },
};
let carrier: Played;
let gateway: Played;
let bob: Phone;
let alice: { readonly account: Account; readonly caller: Caller };

const newCarrier = async (address: string): Promise<Played> => {
  const played = await playCarrier(address, undefined);
  task.everything.defer(() => played.close());
  return played;
};

beforeAll(async () => {
  [carrier, gateway] = [await newCarrier('127.10.1.1'), await newCarrier('127.10.2.1')];
  const trunk = trunkOf({ id: 'trunk_1', type: 'carrier', host: carrier.address, port: carrier.port });
  const signing = gatewayOf({
    ...{ id: 'gw_1', name: 'signing', trunk_id: null, ping: pingOf({ enabled: false }), caller_id_number: own },
    ...{ stir: 'sign', peer: peerOf({ host: gateway.address, port: gateway.port }) },
  });
  await commit(task.store, organization, [
    create(organizationRow, organizationOf(organization, { country: 'US' })),
    create(trunkRow, trunk),
    create(gatewayRow, signing),
  ]);
  const { address, port } = carrier;
  await setAddresses(task.store, trunk, [
    {
      ...{ id: 'ip_1', address, type: 'signaling', port, priority: 1, active: true, trusted: true },
      ...{ created_at: '', updated_at: '' },
    },
  ]);
  const route = { type: 'device', id: 'dev_b' } as const;
  await commit(task.store, 0, [
    create(numberRow, numberOf({ number: own, org_id: organization, route })),
    create(stirAuthoritiesRow, authorities),
  ]);
  await storePlan(task.store, organization, {
    ...emptyPlan,
    version: 1,
    policies: [
      {
        ...policyOf('^\\+?1415[0-9]+$', 0),
        ...{ actions: { allow: true, gateway: 'signing' }, gateway_ids: { signing: 'gw_1' } },
      },
    ],
    gateways: [{ id: 'gw_1', name: 'signing', enabled: true, prefix: '', strip: 0 }],
  });
  const line = (device: string, extension: string) => addPhoneLine(task.store, { device, extension, user: null });
  const [one, two] = [await line('dev_a', '201'), await line('dev_b', '202')];
  for (const account of [one, two]) {
    bob = await task.sidecar.phone(account, { from: office });
    task.everything.defer(bob.close);
    await eventually(async () => expect((await bob.register()).status).toBe(200));
  }
  bob.answers = 486;
  alice = { account: one, caller: await newCaller(task.sidecar.bound.udp, office) };
  task.everything.defer(() => alice.caller.close());
});

const signed = (orig: string, x5u: string): string =>
  signCall({
    ...{ signer: { key: ofCarrier.key, x5u }, attestation: 'A', origid, orig, dest: own },
    now: Date.now(),
  }) ?? '';

/** A call of the carrier. @returns From and P-Asserted-Identity at the phone, and what the event of the call says */
async function callIn(lines: readonly string[]) {
  await carrier.call(task.sidecar.bound.udp, {
    what: '',
    requestUser: own,
    from: `<sip:${caller}@carrier.example>`,
    lines,
  });
  const { headers } = bob.notified.findLast(({ method }) => method === 'INVITE') ?? expect.fail('no call came');
  const valueOf = (key: string): string => headers.fields({ key })[0]?.value ?? '';
  const [from, asserted] = [valueOf('from'), valueOf('p-asserted-identity')];
  const events = await eventsOf(task.store, organization);
  const last = events.findLast(({ type }) => type === 'call.created');
  return { from, asserted, last };
}

test('a phone and the events of a call show that its caller is genuine; its certificate is fetched once', async () => {
  const x5u = 'https://certificates.example/1.pem';
  for (const _ of [1, 2]) {
    const { from, asserted, last } = await callIn([`Identity: ${signed(caller, x5u)}`]);
    expect(from).toContain(`<sip:${caller};verstat=TN-Validation-Passed@${sipDomain};user=phone>`);
    expect(asserted).toBe(`<sip:${caller};verstat=TN-Validation-Passed@${sipDomain};user=phone>`);
    expect(JSON.stringify(last)).toContain('"verstat":"TN-Validation-Passed"');
  }
  expect(fetched).toEqual([x5u]);
});

test('a signature for another number is shown as one that fails; no signature, and a claim, as nothing', async () => {
  const failed = await callIn([`Identity: ${signed('+13125550198', 'https://certificates.example/1.pem')}`]);
  expect(failed.from).toContain(';verstat=TN-Validation-Failed@');
  for (const lines of [[], [`P-Asserted-Identity: <sip:${caller};verstat=TN-Validation-Passed@x>`]]) {
    const plain = await callIn(lines);
    expect([plain.from.includes('verstat'), plain.asserted]).toEqual([false, '']);
  }
});

test('a call does not wait for a certificate that is slow', async () => {
  const { from } = await callIn([`Identity: ${signed(caller, 'https://slow.example/2.pem')}`]);
  expect([from.includes('verstat'), fetched.at(-1)]).toEqual([false, 'https://slow.example/2.pem']);
  answerSlowly();
});

/** A call of a phone over the gateway. @returns its `Identity` */
async function callOut(): Promise<string> {
  const uri = `sip:${callee}@${sipDomain}`;
  const user = alice.account.username;
  const challenge = await alice.caller.invite({ uri, user });
  await alice.caller.invite({ uri, user, lines: [proof(challenge, alice.account, uri)] });
  return fieldOf(gateway.calls.at(-1) ?? expect.fail('no call left'), 'Identity');
}

test('a call over a gateway that signs is not lost without a certificate, and an event says so', async () => {
  expect(await callOut()).toBe('');
  await eventually(async () => {
    const events = await eventsOf(task.store, organization);
    expect(events.map(({ type }) => type)).toContain('gateway.unsigned');
  });
});

test('a call over a gateway that signs is one that others verify', async () => {
  const of = { id: 'stircert_1', org_id: organization };
  const pem = String(ofPlatform.key.export({ type: 'pkcs8', format: 'pem' }));
  await commit(task.store, organization, [
    create(stirCertificateRow, {
      ...of,
      ...{ name: 'own', chain: ofPlatform.pem, chain_id: 'a'.repeat(40), public_key: '', csr: null, spcs: ['1234'] },
      sealed_key: await sealsFrom(task.sidecar.secrets).seal(pem, sealedKeyOf(of)),
      ...{ not_before: times.from.toISOString(), not_after: times.to.toISOString() },
      ...{ created_at: '', updated_at: '', version: 1 },
    }),
  ]);
  const identity = await callOut();
  const fetchedAt: string[] = [];
  const verified = await verifyIdentity({
    ...{ identities: [identity], orig: own, dest: callee, now: Date.now() },
    certificateOf: async (x5u) => {
      fetchedAt.push(x5u);
      const [chain, roots] = [readChain(ofPlatform.pem), readChain(root.pem)];
      return trustChain(chain ?? expect.fail(), roots ?? expect.fail(), Date.now());
    },
  });
  expect([verified, fetchedAt]).toEqual([
    {
      ...{ verstat: 'TN-Validation-Passed', attestation: 'A', identities: [identity] },
      origid: originOf(organization, sipDomain),
    },
    [`${publicUrl}/stir/${'a'.repeat(40)}.pem`],
  ]);
});

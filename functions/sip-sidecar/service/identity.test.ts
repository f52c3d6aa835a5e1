import { beforeAll, expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { gatewayRow } from '#dynamodb/rows/gateway.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import { create } from '#dynamodb/write.ts';
import type { Outbound } from '#outbound/outbound.ts';
import { day, second } from '#schema/time.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { readChain, trustChain } from '#stir/certificate.ts';
import { issue, issueRoot } from '#stir/certificates.fixture.ts';
import { signCall } from '#stir/signing.ts';
import { verifyIdentity } from '#stir/verification.ts';
import { defaultCallHandling } from '#telephony/call-handling.ts';
import { sealedKeyOf } from '#telephony/stir-certificate.ts';
import { policyOf } from '#test/bench/plans.ts';
import { eventually } from '#test/support/eventually.ts';
import { organizationOf, userOf } from '#test/support/people.fixture.ts';
import { gatewayOf, numberOf, peerOf, pingOf, setAddresses, trunkOf } from '#test/support/resources.fixture.ts';
import { newCaller, proof, statusOf, type Caller } from '#test/support/sip-caller.fixture.ts';
import type { Phone } from '#test/support/sip-phone.fixture.ts';
import { eventsOf } from '#test/support/store.fixture.ts';
import { storePlan } from '#test/support/stored-plan.fixture.ts';
import { emptyPlan } from '../../dialplan/plan/plan-change.ts';
import {
  stirAuthoritiesRow,
  stirCertificateRow,
  type StirAuthoritiesItem,
} from '../../telephony/rows/stir-certificate.ts';
import { callHandlingRow } from '../../telephony/rows/call-handling.ts';
import { originOf } from '../calls/identity/attestation.ts';
import { fieldOf, playCarrier, type Played } from './carriers.fixture.ts';
import { addPhoneLine } from './mailboxes.fixture.ts';
import { sipDomain, testSidecar, type Account } from './sidecar.fixture.ts';

/** Calls whose callers are verified and signed, between a carrier, a gateway and phones. */

const organization = 1_001;
const office = '127.10.0.1';
const [own, caller, callee] = ['+12125550101', '+13125550199', '+14155550111'];
/** The number of a user who forwards all calls to the callee. */
const forwarding = '+12125550102';
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
    create(userRow, userOf('usr_f', { extension: '203' })),
    create(callHandlingRow, {
      ...defaultCallHandling,
      ...{ user_id: 'usr_f', created_at: '', updated_at: '', version: 1 },
      forward: { ...defaultCallHandling.forward, always: callee },
    }),
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
    create(numberRow, numberOf({ number: forwarding, org_id: organization, route: { type: 'user', id: 'usr_f' } })),
    create(stirAuthoritiesRow, authorities),
  ]);
  await storePlan(task.store, organization, {
    ...emptyPlan,
    version: 1,
    policies: [
      {
        ...policyOf('', 1),
        ...{ priority: 1, conditions: { pattern: '.', verstat: ['TN-Validation-Failed'] }, actions: { allow: false } },
      },
      {
        ...policyOf('^\\+?1415[0-9]+$', 0),
        priority: 2,
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

const signed = (orig: string, x5u: string, dest = own): string =>
  signCall({
    ...{ signer: { key: ofCarrier.key, x5u }, attestation: 'A', origid, orig, dest },
    now: Date.now(),
  }) ?? '';

/** A call of the carrier. @returns its status, From and P-Asserted-Identity at the phone, and the event of the call */
async function callIn(lines: readonly string[]) {
  bob.notified.length = 0;
  const response = await carrier.call(task.sidecar.bound.udp, {
    what: '',
    requestUser: own,
    from: `<sip:${caller}@carrier.example>`,
    lines,
  });
  const { headers } = bob.notified.findLast(({ method }) => method === 'INVITE') ?? {};
  const valueOf = (key: string): string => headers?.fields({ key })[0]?.value ?? '';
  const [from, asserted] = [valueOf('from'), valueOf('p-asserted-identity')];
  const events = await eventsOf(task.store, organization);
  const last = events.findLast(({ type }) => type === 'call.created');
  return { status: statusOf(response), from, asserted, last };
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

/** An `Identity` header whose parts are as they are given, with a signature of nothing. */
function identityOf(head: object, payload: string): string {
  const [first, second] = [JSON.stringify(head), payload].map((part) => Buffer.from(part).toString('base64url'));
  return `${first}.${second}.${'A'.repeat(86)};info=<https://bad.example/1.pem>;alg=ES256;ppt=shaken`;
}
const head = { alg: 'ES256', ppt: 'shaken', typ: 'passport', x5u: 'https://bad.example/1.pem' };
function claims(orig: string): string {
  const iat = Math.floor(Date.now() / second);
  return `{"attest":"A","dest":{"tn":["${own.slice(1)}"]},"iat":${iat},${orig},"origid":"${origid}"}`;
}
const known = 'https://certificates.example/1.pem';
const [first, other] = [`"orig":{"tn":"${caller.slice(1)}"}`, '"orig":{"tn":"13125550198"}'];

test.each<[string, number, () => readonly string[]]>([
  [
    '50 headers of which the last is right',
    486,
    () => [...new Array<string>(49).fill(signed('+13125550198', 'https://bad.example/1.pem')), signed(caller, known)],
  ],
  ['a token of 27 KB', 486, () => [identityOf({ ...head, more: 'x'.repeat(20_000) }, claims(first))]],
  ['a token of 60 KB', 513, () => [identityOf({ ...head, more: 'x'.repeat(45_000) }, claims(first))]],
  ['the algorithm none', 486, () => [identityOf({ ...head, alg: 'none' }, claims(first))]],
  [
    'two callers',
    486,
    () => [identityOf(head, claims(`${other},${first}`)), identityOf(head, claims(`${first},${other}`))],
  ],
  ['a list of callers', 486, () => [identityOf(head, claims('"orig":{"tn":["13125550199","13125550198"]}'))]],
])('%s end with %i, cost no fetch, and verify no one; the next call is verified', async (_name, ends, identities) => {
  const before = fetched.length;
  const { status, from } = await callIn(identities().map((identity) => `Identity: ${identity}`));
  expect([status, from.includes('Passed'), fetched.slice(before)]).toEqual([ends, false, []]);
  const next = await callIn([`Identity: ${signed(caller, known)}`]);
  expect(next.from).toContain(';verstat=TN-Validation-Passed@');
});

/** A call of the carrier to the user who forwards. @returns calls that have left over the gateway */
async function forwardedBy(orig: string): Promise<number> {
  const before = gateway.calls.length;
  await carrier.call(task.sidecar.bound.udp, {
    what: '',
    requestUser: forwarding,
    from: `<sip:${caller}@carrier.example>`,
    lines: [`Identity: ${signed(orig, known, forwarding)}`],
  });
  return gateway.calls.length - before;
}

test('a policy denies forwards of calls whose verification has failed', async () => {
  expect([await forwardedBy(caller), await forwardedBy('+13125550198')]).toEqual([1, 0]);
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

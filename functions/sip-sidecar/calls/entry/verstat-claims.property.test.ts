import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { trunkRow, type TrunkItem } from '#dynamodb/rows/trunk.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create, overwrite } from '#dynamodb/write.ts';
import { accountOf } from '../../service/sidecar.fixture.ts';
import { trunkWrite } from '#functions/telephony/sip-trunk-ips/store.ts';
import { printAddress } from '#sip/address.ts';
import { Headers } from '#sip/headers.ts';
import { sipUri } from '#sip/uri.ts';
import { verstatTrustAfter } from '#telephony/verstat-trust.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import { runs } from '#test/support/property-runs.ts';
import { gatewayOf, numberOf, peerOf, setAddresses, trunkOf } from '#test/support/resources.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { newPassportKey } from '#stir/passport-key.ts';
import { signCall } from '#stir/signing.ts';
import { newRecord, noParty } from '../call/record.ts';
import { invitationTo } from '../legs/invitation.ts';
import { incomingFacts } from '../running/facts.ts';
import type { AdmittedCall } from '../running/calls.ts';
import { gatewayTarget } from '../routing/sip-targets.ts';
import type { PeerTrust, Target } from '../routing/target.ts';
import { admissionOf, blockedCaller, flowFrom, inviteTo } from './admission.fixture.ts';

/** Claims that a caller is genuine: by whom, in which header, from which address, and after which changes. */

const organization = 1_001;
const called = '+12125550101';
const caller = '+13125550199';

const running = testStore();
beforeAll(async () => {
  await commit(running.store, organization, [create(organizationRow, organizationOf(organization))]);
  await commit(running.store, 0, [create(numberRow, numberOf({ number: called, org_id: organization }))]);
});

const passed = 'TN-Validation-Passed';
/** Header lines of a claim, and whether it is of the caller whom the trunk names. */
const claims = {
  'a parameter of the number in From': [`From: <sip:${caller};verstat=${passed}@x>;tag=1`],
  'a parameter of the URI in From': [`From: <sip:${caller}@x;verstat=${passed}>;tag=1`],
  'an escaped parameter in From': [`From: <sip:x%3Bverstat=${passed}@x>;tag=1`],
  'P-Asserted-Identity': [`P-Asserted-Identity: <sip:${caller};verstat=${passed}@x;user=phone>`],
  'a tel URI': [`P-Asserted-Identity: <tel:${caller};verstat=${passed}>`],
  'another identity': [
    `From: <sip:${caller}@x>;tag=1`,
    `Remote-Party-ID: <sip:${caller};verstat=${passed}@x>`,
    `Diversion: <sip:${caller};verstat=${passed}@x>`,
    `History-Info: <sip:${caller}%3Bverstat=${passed}@x>;index=1`,
  ],
  'headers of others': ['X-Verstat: TN-Validation-Passed', 'X-Attestation: A', 'X-StirShaken: passed-A'],
} as const;
/** What a claim is about; `from`: only while no other header names the caller. */
const believable: Readonly<Record<keyof typeof claims, 'from' | 'asserted' | 'nothing'>> = {
  'a parameter of the number in From': 'from',
  'a parameter of the URI in From': 'from',
  'an escaped parameter in From': 'nothing',
  'P-Asserted-Identity': 'asserted',
  'a tel URI': 'asserted',
  'another identity': 'nothing',
  'headers of others': 'nothing',
};

/** Fields after a change; each has another value than before. */
const fieldsAfter = {
  name: (_, count) => ({ name: `trunk ${count}` }),
  host: (_, count) => ({ host: `host-${count}.example.com` }),
  port: ({ port }) => ({ port: port + 1 }),
  transport: ({ transport }) => ({ transport: transport === 'udp' ? 'tls' : 'udp' }),
  outbound_proxy: (_, count) => ({ outbound_proxy: `proxy-${count}.example.com` }),
  realm: (_, count) => ({ realm: `realm-${count}` }),
  inbound_username: (_, count) => ({ inbound_username: `caller-${count}` }),
  username: (_, count) => ({ username: `user-${count}` }),
  password: (_, count) => ({ sealed_password: `password-${count}` }),
  type: ({ type }) => ({ type: ({ carrier: 'pbx', pbx: 'peer', peer: 'pbx' } as const)[type] }),
  rotation: () => ({}),
  address: () => ({}),
} as const satisfies Readonly<Record<string, (trunk: TrunkItem, count: number) => Partial<TrunkItem>>>;
const kinds = Object.keys(fieldsAfter) as (keyof typeof fieldsAfter)[];
type Change = { readonly what: keyof typeof fieldsAfter; readonly bySeller: boolean };
let count = 0;

type Generated = typeof generated extends fc.Arbitrary<infer Each> ? Each : never;
const generated = fc.record({
  type: fc.constantFrom('carrier' as const, 'pbx' as const, 'peer' as const),
  isSet: fc.boolean(),
  changes: fc.array(fc.record({ what: fc.constantFrom(...kinds), bySeller: fc.boolean() }), { maxLength: 2 }),
  proof: fc.constantFrom(undefined, 'trusted' as const, 'proven' as const),
  transport: fc.constantFrom('udp' as const, 'tcp' as const),
  claim: fc.constantFrom(...(Object.keys(claims) as (keyof typeof claims)[])),
  isSigned: fc.boolean(),
});

/** Each change alone, by the tenant, of a trunk whose claims are believed. */
const examples = kinds.map((what): [Generated] => [
  {
    ...{ type: 'pbx', isSet: true, changes: [{ what, bySeller: false }], proof: 'trusted', transport: 'udp' },
    ...{ claim: 'P-Asserted-Identity', isSigned: false },
  },
]);

/** A trunk after a change by its tenant or its seller. */
async function changed(trunk: TrunkItem, { what, bySeller }: Change): Promise<TrunkItem> {
  if (what === 'address') {
    await commit(running.store, organization, [overwrite(trunkRow, trunk)]);
    await commit(running.store, organization, [trunkWrite(trunk, bySeller, '2026-11-28T12:00:00.000Z')]);
    return (await tableFor<'trunk'>(running.store, organization).get(trunkRow, { id: trunk.id })) ?? trunk;
  }
  count += 1;
  const after = { ...trunk, ...fieldsAfter[what](trunk, count) };
  const request = {
    wanted: undefined,
    seller: bySeller ? ('reseller' as const) : null,
    isRotated: what === 'rotation',
  };
  return { ...after, ...verstatTrustAfter(trunk, after, request) };
}

const key = newPassportKey();
const signature = (orig = caller, dest = called): string =>
  signCall({
    ...{ signer: { key, x5u: 'https://certificates.example/1.pem' }, attestation: 'A', orig, dest },
    ...{ origid: '5ad1a8d5-3c29-4f61-9d5e-1b1b2f9a4c77', now: Date.now() },
  }) ?? '';

const phone: Target = {
  party: { ...noParty, kind: 'device', target: '201', device_id: 'dev_1' },
  uri: sipUri({ user: '201', host: '192.0.2.5' }),
  to: { kind: 'phone', flow: flowFrom('192.0.2.5') },
  ...{ trust: 'phone', callerNumber: null, channels: [], limits: {} },
};
const gateway = (trust: PeerTrust): Target => ({
  ...(gatewayTarget({ ...gatewayOf(), peer: peerOf() }, called) ?? expect.fail('it is no target')),
  ...{ trust, acceptsForeign: true },
});

/** What a target gets of a call: its caller and all headers. */
function seenAt(target: Target, { caller: who, request }: AdmittedCall): string {
  const facts = incomingFacts(
    { id: 'call_1', task: 'task_1', now: new Date() },
    { dialed: called, caller: who, domain: 'sip.example.com' },
  );
  const { from, headers = Headers.none } = invitationTo(target, {
    ...{ call: newRecord(facts, new Date()), called, received: { from: who.trust, headers: request.headers } },
    ...{ domain: 'sip.example.com', contact: sipUri({ host: 'sip.example.com' }), sdp: undefined },
    ...{ timeout: 1, maxForwards: undefined },
  });
  return [printAddress(from), ...[...headers].map(({ name, value }) => `${name}: ${value}`)].join('\n');
}

let trunks = 0;

test('no claim is believed that the rules do not permit, and none reaches a phone', { timeout: 120_000 }, async () => {
  const outcomes = { believed: 0, not: 0 };
  await fc.assert(
    fc.asyncProperty(generated, async ({ type, isSet, changes: made, proof, transport, claim, isSigned }) => {
      trunks += 1;
      const id = `trunk_${trunks}`;
      let trunk: TrunkItem = { ...trunkOf({ id, org_id: organization, type }), trusts_verstat: isSet };
      for (const change of made) trunk = await changed(trunk, change);
      await commit(running.store, organization, [overwrite(trunkRow, trunk)]);
      const address = `198.18.${trunks >> 8}.${trunks & 255}`;
      const entry = { id: `ip_${trunks}`, address, type: 'signaling', port: 5_060, priority: 1, active: true } as const;
      await setAddresses(running.store, trunk, [
        { ...entry, ...(proof !== undefined && { [proof]: true }), created_at: '', updated_at: '' },
      ]);
      const lines = [...claims[claim], ...(isSigned ? [`Identity: ${signature()}`] : []), 'P-Attestation-Indicator: A'];
      const { item } = accountOf();
      const account = { ...item, kind: 'trunk' as const, trunk_id: id };
      const outcome = await admissionOf(
        running.store,
        inviteTo(called, lines),
        flowFrom(address, { transport }),
        trunk.type === 'carrier' ? undefined : { kind: 'trunk', account },
      );
      const { admitted, fetched } = outcome;
      const isConfirmed = proof === 'trusted' || (proof === 'proven' && transport === 'udp');
      const trusts = isSet && made.every(({ what, bySeller }) => bySeller || what === 'name');
      const about = believable[claim];
      const isNamed = about === 'from' || (about === 'asserted' && trunk.type !== 'peer');
      if (admitted === undefined) {
        expect(fetched).toEqual([]);
        return;
      }
      const counts = trusts && isConfirmed && !isSigned;
      const { verstat, attestation } = admitted.caller.stir ?? expect.fail('it was not verified');
      expect([verstat, attestation]).toEqual([
        counts && isNamed ? passed : 'No-TN-Validation',
        counts ? 'A' : undefined,
      ]);
      const seen = seenAt(phone, admitted);
      const shows = counts && isNamed;
      expect(/verstat|attest|stir/i.test(seen)).toBe(shows);
      outcomes[shows ? 'believed' : 'not'] += 1;
    }),
    { numRuns: examples.length + 100, seed: 62, examples },
  );
  expect(outcomes.believed).toBeGreaterThan(3);
  expect(outcomes.not).toBeGreaterThan(50);
});

test('no claim of a phone is believed, and none reaches another phone or a gateway', async () => {
  const { item: account } = accountOf();
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.constantFrom(...Object.values(claims)), { minLength: 1, maxLength: 2 }),
      fc.boolean(),
      fc.constantFrom(phone, ...(['pbx', 'carrier', 'stranger'] as const).map(gateway)),
      async (claimed, isSigned, target) => {
        // A request has one From.
        const [, ...more] = claimed.flat().filter((line) => line.startsWith('From:'));
        const lines = [
          ...claimed.flat().filter((line) => !more.some((other) => other === line)),
          ...(isSigned ? [`Identity: ${signature()}`] : []),
          ...['P-Attestation-Indicator: A', 'Attestation-Info: A', `P-Origination-ID: ${crypto.randomUUID()}`],
        ];
        const { admitted, fetched } = await admissionOf(running.store, inviteTo(called, lines), flowFrom('192.0.2.5'), {
          kind: 'authenticated',
          account,
        });
        const call = admitted ?? expect.fail('the phone is not admitted');
        expect([call.caller.stir, call.caller.identities, fetched]).toEqual([undefined, undefined, []]);
        expect(seenAt(target, call)).not.toMatch(/verstat|attest|stir|shaken|origination|identity: e/i);
      },
    ),
    { numRuns: runs(100), seed: 62 },
  );
});

test('an INVITE that is not admitted, or calls no number, costs no certificate', async () => {
  const lines = [`From: <sip:${caller}@x>;tag=1`, `Identity: ${signature()}`];
  const stranger = await admissionOf(running.store, inviteTo(called, lines), flowFrom('198.51.100.99'));
  const trunk = trunkOf({ id: 'trunk_known', org_id: organization, type: 'carrier' });
  await commit(running.store, organization, [create(trunkRow, trunk)]);
  const entry = { id: 'ip_known', address: '198.51.100.98', type: 'signaling', port: 5_060, priority: 1 } as const;
  await setAddresses(running.store, trunk, [
    { ...entry, ...{ active: true, trusted: true, created_at: '', updated_at: '' } },
  ]);
  const unknown = await admissionOf(running.store, inviteTo('+12125550199', lines), flowFrom('198.51.100.98'));
  expect([stranger.admitted, stranger.fetched, unknown.status, unknown.fetched]).toEqual([undefined, [], 404, []]);
  const known = await admissionOf(running.store, inviteTo(called, lines), flowFrom('198.51.100.98'));
  expect(known.fetched).toEqual(['https://certificates.example/1.pem']);
  const blocked = [`From: <sip:${blockedCaller}@x>;tag=1`, `Identity: ${signature(blockedCaller)}`];
  const rejected = await admissionOf(running.store, inviteTo(called, blocked), flowFrom('198.51.100.98'));
  expect([rejected.admitted?.caller.leg.number, rejected.fetched]).toEqual([blockedCaller, []]);
});

test('an INVITE to a suspended organization costs no certificate', async () => {
  const [suspended, number, address] = [1_002, '+12125550102', '198.51.100.97'];
  const trunk = trunkOf({ id: 'trunk_suspended', org_id: suspended, type: 'carrier' });
  await commit(running.store, suspended, [
    create(organizationRow, organizationOf(suspended, { status: 'suspended' })),
    create(trunkRow, trunk),
  ]);
  await commit(running.store, 0, [create(numberRow, numberOf({ number, org_id: suspended }))]);
  const entry = { id: 'ip_suspended', address, type: 'signaling', port: 5_060, priority: 1 } as const;
  await setAddresses(running.store, trunk, [
    { ...entry, ...{ active: true, trusted: true, created_at: '', updated_at: '' } },
  ]);
  const lines = [`From: <sip:${caller}@x>;tag=1`, `Identity: ${signature(caller, number)}`];
  const { admitted, fetched } = await admissionOf(running.store, inviteTo(number, lines), flowFrom(address));
  expect([admitted?.caller.organization.org_id, fetched]).toEqual([suspended, []]);
});

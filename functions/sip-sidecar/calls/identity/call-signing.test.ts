import { expect, test } from 'vitest';
import { sipUri } from '#sip/uri.ts';
import { newPassportKey } from '#stir/passport-key.ts';
import { readPassport, type Passport } from '#stir/passport.ts';
import { signCall } from '#stir/signing.ts';
import { verifyIdentity } from '#stir/verification.ts';
import { noParty } from '../call/record.ts';
import type { SignedFacts } from '../legs/invitation.ts';
import type { SipTarget } from '../routing/target.ts';
import { originOf } from './attestation.ts';
import { callSigning } from './call-signing.ts';

const now = Date.parse('2026-11-28T12:00:00Z');
const own = '+12125550100';
const foreign = '+13125550199';
const callee = '+14155550111';
const signer = { key: newPassportKey(), x5u: 'https://platform.example/stir/1.pem' };
const origin = originOf(1_001, 'platform.example');

const party = (user: string) => ({ scheme: 'sip', user, name: '' }) as const;
const call = (more: Partial<SignedFacts['call']> = {}): SignedFacts['call'] => ({
  source: { endpoint: { type: 'phone', number: own }, caller: party('201'), asserted: null },
  numbers: { caller: own, called: callee, asserted: own, diverter: null, billing: own },
  ...{ privacy: false, header: {}, direction: 'outbound' },
  ...more,
});
const gateway = (more: Partial<SipTarget> = {}): SipTarget => ({
  party: { ...noParty, kind: 'gateway', target: callee, number: callee, gateway_id: 'gw_1' },
  uri: sipUri({ user: callee, host: 'carrier.example' }),
  to: {
    kind: 'peer',
    peer: { host: 'carrier.example', port: 5_060, transport: 'udp' },
    account: null,
    claim: { org_id: 1_001, id: 'gw_1', since: null, consent: null },
  },
  ...{ trust: 'stranger', callerNumber: null, isSigned: true, channels: [], limits: {} },
  ...more,
});

type Outcome = { readonly identities: readonly string[]; readonly reports: readonly string[] };

async function sign(
  target: SipTarget,
  facts: Omit<SignedFacts, 'organization'>,
  signerOf: () => Promise<typeof signer | undefined> = async () => signer,
  times = 1,
): Promise<Outcome> {
  const reports: string[] = [];
  const signing = callSigning({
    signerOf,
    directory: { activeNumber: async (number) => (number === own ? { org_id: 1_001 } : undefined) },
    report: (organization, id, reason) => void reports.push(`${organization} ${id} ${reason}`),
    ...{ fault: () => undefined, domain: 'platform.example', now: () => now },
  });
  let identities: readonly string[] = [];
  for (let at = 0; at < times; at += 1) identities = await signing(target, { ...facts, organization: 1_001 });
  return { identities, reports };
}

const claimsOf = ({ identities }: Outcome) => identities.map((each) => (readPassport(each) as Passport).claims);

test('the own number of an organization has attestation A, and a UUID of the organization', async () => {
  const [claims] = claimsOf(await sign(gateway(), { call: call() }));
  expect(claims).toMatchObject({ orig: own.slice(1), dest: [callee.slice(1)], attest: 'A', origid: origin });
});

test('another number has B, and that of a call which is sent on has C', async () => {
  const numbers = { ...call().numbers, asserted: foreign, caller: foreign };
  expect(claimsOf(await sign(gateway(), { call: call({ numbers }) }))).toMatchObject([{ attest: 'B' }]);
  const original = { call: { ...call(), original: foreign } };
  const claims = claimsOf(await sign(gateway({ acceptsForeign: true }), original));
  expect(claims).toMatchObject([{ orig: foreign.slice(1), attest: 'C' }]);
  // A peer that does not accept it sees the number of the organization.
  expect(claimsOf(await sign(gateway(), original))).toMatchObject([{ orig: own.slice(1), attest: 'A' }]);
});

test('a valid identity goes on with a diversion for each forward, which others verify', async () => {
  const key = newPassportKey();
  const [called, second] = ['+12125550123', '+12125550124'];
  const origid = '5ad1a8d5-3c29-4f61-9d5e-1b1b2f9a4c77';
  const shaken = { signer: { key, x5u: 'https://other.example/2.pem' }, attestation: 'A', origid, now } as const;
  const received = signCall({ ...shaken, orig: foreign, dest: called }) ?? '';
  const by = [called, second].map((number) => ({ extension: null, number, reason: 'unconditional' as const }));
  const target = gateway({ acceptsForeign: true, diverted: { by, to: callee } });
  const numbers = { ...call().numbers, called };
  const facts = { call: { ...call({ numbers }), original: foreign }, identities: [received] };
  const { identities } = await sign(target, facts);
  expect(identities).toHaveLength(3);
  const keys = { [signer.x5u]: signer.key, 'https://other.example/2.pem': key };
  const verified = await verifyIdentity({
    ...{ identities, orig: foreign, dest: callee, now },
    certificateOf: async (x5u) => ({ key: keys[x5u] ?? expect.fail(), covers: () => true, until: Infinity }),
  });
  expect(verified).toMatchObject({ verstat: 'TN-Validation-Passed', attestation: 'A', origid });
  // After a minute the next verifier would reject its date.
  const shakenBefore = signCall({ ...shaken, orig: foreign, dest: called, now: now - 61_000 }) ?? '';
  const stale = await sign(target, { ...facts, identities: [shakenBefore] });
  expect(claimsOf(stale)).toMatchObject([{ orig: foreign.slice(1), attest: 'C' }]);
  // It proves nothing of a call in the organization's own name.
  expect(claimsOf(await sign(gateway(), facts))).toMatchObject([{ orig: own.slice(1), attest: 'A' }]);
});

test('a call over a gateway that does not sign has no identity, and asks for no certificate', async () => {
  const facts = { call: call() };
  const certificate = () => expect.fail('a certificate is asked for');
  expect(await sign(gateway({ isSigned: false }), facts, certificate)).toEqual({ identities: [], reports: [] });
});

test('a caller that the peer does not see is not signed', async () => {
  const withheld = await sign(gateway(), { call: call({ privacy: true }) });
  expect(withheld).toEqual({ identities: [], reports: [] });
  const trusted = await sign(gateway({ trust: 'carrier' }), { call: call({ privacy: true }) });
  expect(claimsOf(trusted)).toMatchObject([{ orig: own.slice(1), attest: 'A' }]);
});

test('a call goes unsigned without a certificate, or with one that fails, and one event says so', async () => {
  const [target, facts] = [gateway(), { call: call() }];
  expect(await sign(target, facts, async () => undefined, 3)).toEqual({
    identities: [],
    reports: ['1001 gw_1 no_certificate'],
  });
  const broken = () => Promise.reject(new Error('the key cannot be opened'));
  expect(await sign(target, facts, broken, 2)).toEqual({ identities: [], reports: ['1001 gw_1 failed'] });
});

test('what is no telephone number is not signed', async () => {
  const target = gateway({ party: { ...gateway().party, number: null } });
  expect(await sign(target, { call: call() })).toEqual({ identities: [], reports: [] });
});

import { expect, test } from 'vitest';
import { header, textHeader } from '#sip/header-kinds.ts';
import { Field, Headers } from '#sip/headers.ts';
import { isSipUri, sipUri } from '#sip/uri.ts';
import { dialedIn } from '../routing/dialed.ts';
import { callFacts, gatewayParty, phoneParty } from '../call/calls.fixture.ts';
import { invitationTo, type InvitationFacts } from './invitation.ts';
import type { Target } from '../routing/target.ts';

const gateway = (callerNumber: string | null): Target => ({
  party: gatewayParty('gw_1'),
  uri: sipUri({ user: '+15551234567', host: 'carrier.example.com' }),
  to: {
    kind: 'peer',
    peer: { host: 'carrier.example.com', port: 5_060, transport: 'udp' },
    account: null,
    claim: { org_id: 1_001, id: 'gw_1', since: '', consent: null },
  },
  trust: 'carrier',
  callerNumber,
  channels: [],
  limits: {},
});

const [own, foreign, ofGateway] = ['+4610100555', '+46701234567', '+46890510'];

const phone: Target = {
  ...gateway(null),
  party: phoneParty('202'),
  uri: sipUri({ user: '202', host: '192.0.2.1' }),
  to: {
    kind: 'phone',
    flow: {
      transport: 'udp',
      remote: { address: '192.0.2.1', port: 5_060 },
      local: { address: '192.0.2.2', port: 5_060 },
    },
  },
  trust: 'phone',
};

const inviteOf = (target: Target, facts: Partial<InvitationFacts> = {}) =>
  invitationTo(target, {
    call: callFacts(),
    called: null,
    received: undefined,
    domain: 'pbx.example.com',
    contact: sipUri({ host: 'sip.example.com' }),
    sdp: undefined,
    timeout: 30_000,
    maxForwards: undefined,
    ...facts,
  });

/** The headers of an INVITE that are not of its dialog. */
function headersTo(target: Target, facts: Partial<InvitationFacts> = {}): readonly string[] {
  const { headers = Headers.none } = inviteOf(target, facts);
  return [...headers].map(({ name, value }) => `${name}: ${value}`);
}

/** The user in From, and the asserted identity. */
function presented(
  numbers: { readonly caller: string; readonly asserted: string | null },
  callerNumber: string | null,
) {
  const { from, headers = Headers.none } = invitationTo(gateway(callerNumber), {
    call: callFacts({ began_by: 'api', numbers: { ...callFacts().numbers, ...numbers } }),
    domain: 'pbx.example.com',
    contact: sipUri({ host: 'sip.example.com' }),
    called: null,
    received: undefined,
    sdp: undefined,
    timeout: 30_000,
    maxForwards: undefined,
  });
  const asserted = headers.first(header.assertedIdentity);
  return [from, asserted].map((each) =>
    each !== undefined && 'uri' in each && isSipUri(each.uri) ? each.uri.user : undefined,
  );
}

test('a gateway sees the number that is verified, never the number of a source that is called over a carrier', () => {
  expect(presented({ caller: own, asserted: own }, ofGateway)).toEqual([own, own]);
  expect(presented({ caller: foreign, asserted: null }, ofGateway)).toEqual([ofGateway, ofGateway]);
  expect(presented({ caller: foreign, asserted: null }, null)).toEqual(['anonymous', undefined]);
});

test('a caller of others is seen where it is accepted, and is never asserted', () => {
  const original = { ...callFacts(), numbers: { ...callFacts().numbers, asserted: own }, original: foreign };
  const seen = (target: Target, call: InvitationFacts['call']) => dialedIn(inviteOf(target, { call }).from.uri);
  const accepting = { ...gateway(null), acceptsForeign: true };
  expect(seen(accepting, original)).toBe(foreign);
  expect(headersTo(accepting, { call: original })).toEqual([`P-Asserted-Identity: <sip:${own}@pbx.example.com>`]);
  expect(seen(gateway(null), original)).toBe(own);
  expect(seen(accepting, { ...original, original: null })).toBe(own);
  expect(seen(accepting, { ...original, privacy: true })).toBe('anonymous');
});

test('a phone sees what was dialed, and no one else does', () => {
  const dialed = ['P-Called-Party-ID: <sip:+46890510@pbx.example.com>'];
  expect(headersTo(phone, { called: ofGateway })).toEqual(dialed);
  expect(headersTo({ ...phone, trust: 'pbx' }, { called: ofGateway })).toEqual([]);
  expect([headersTo(gateway(null), { called: ofGateway }), headersTo(phone)]).toEqual([[], []]);
});

test('what is received passes as its table says, beside the headers of the API', () => {
  const headers = new Headers([
    Field.of(textHeader('X-Order'), '4711'),
    Field.of(textHeader('Subject'), 'lunch'),
    Field.of(textHeader('Privacy'), 'user'),
  ]);
  const received = { from: 'pbx', headers } as const;
  const call = callFacts({ privacy: true, header: { 'X-Api': '1' } });
  expect(headersTo(phone, { received, call })).toEqual(['Privacy: id', 'Subject: lunch', 'X-Order: 4711', 'X-Api: 1']);
  expect(headersTo(gateway(null), { received, call })).toEqual(['Privacy: user;id', 'X-Api: 1']);
});

test('a phone to which another one has sent the call on sees it', () => {
  const diverted = { by: [{ extension: '201', number: null, reason: 'unconditional' as const }], to: '202' };
  expect(headersTo({ ...phone, diverted })).toEqual([
    'Diversion: <sip:201@pbx.example.com>;reason=unconditional',
    'History-Info: <sip:201@pbx.example.com>;index=1',
    'History-Info: <sip:202@pbx.example.com;cause=302>;index=1.1;mp=1',
  ]);
});

import { expect, test } from 'vitest';
import { printAddress } from '#sip/address.ts';
import { header, textHeader } from '#sip/header-kinds.ts';
import { Field, Headers } from '#sip/headers.ts';
import { isSipUri, printUri, sipUri } from '#sip/uri.ts';
import { dialedIn } from '../routing/dialed.ts';
import { callFacts, gatewayParty, phoneParty } from '../call/calls.fixture.ts';
import type { Invitation } from '#sip/session/session.ts';
import { silentListener } from '#sip/session/silent-listener.ts';
import { invitationTo, inviteSender, type InvitationFacts } from './invitation.ts';
import type { PeerContext } from './senders.ts';
import type { CalledPeer, Target } from '../routing/target.ts';

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

/** A carrier with settings. */
const carrierWith = (
  settings: Omit<CalledPeer, 'host' | 'port' | 'transport'>,
  more: Partial<Target> = {},
): Target => ({
  ...gateway(null),
  to: {
    kind: 'peer',
    peer: { host: 'carrier.example.com', port: 5_060, transport: 'udp', username: 'account', ...settings },
    account: null,
    claim: { org_id: 1_001, id: 'gw_1', since: '', consent: null },
  },
  ...more,
});

/** From, and the headers of an INVITE to a target. */
function sentTo(target: Target, { privacy = false, original }: { privacy?: boolean; original?: string } = {}) {
  const facts = callFacts({ privacy });
  const numbers = { ...facts.numbers, caller: own, asserted: own };
  const call = { ...facts, numbers, ...(original === undefined ? {} : { original }) };
  const { from } = inviteOf(target, { call });
  return [printUri(from.uri), ...headersTo(target, { call })];
}

const stranger = { trust: 'stranger' } as const;
const [anonymousUri, caller] = ['sip:anonymous@anonymous.invalid', `sip:${own}@pbx.example.com`];

test('From has the name of the trunk beside numbers of the organization, and not beside those of others', () => {
  const named = { ...gateway(ofGateway), callerName: 'Example "Ltd"' };
  const numbers = { ...callFacts().numbers, asserted: own };
  const from = (target: Target, call: Partial<InvitationFacts['call']> = {}): string =>
    printAddress(inviteOf(target, { call: { ...callFacts(), numbers, ...call } }).from);
  expect(from(named)).toBe(`"Example \\"Ltd\\"" <sip:${own}@pbx.example.com>`);
  expect(from({ ...named, callerName: null })).toBe(`<sip:${own}@pbx.example.com>`);
  expect(from({ ...named, acceptsForeign: true }, { original: foreign })).toBe(`<sip:${foreign}@pbx.example.com>`);
  expect(from(named, { privacy: true })).not.toContain('Example');
});

test('From names the account of a peer that demands it, and the identity the caller', () => {
  const settings = { from_user: 'username' } as const;
  const account = 'sip:account@pbx.example.com';
  expect(sentTo(carrierWith(settings))).toEqual([account, `P-Asserted-Identity: <${caller}>`]);
  // What From would say otherwise is known to a stranger, too.
  expect(sentTo(carrierWith(settings, stranger))).toEqual([account, `P-Asserted-Identity: <${caller}>`]);
  const accepting = carrierWith(settings, { acceptsForeign: true });
  expect(sentTo(accepting, { original: foreign })[1]).toBe(`P-Asserted-Identity: <${caller}>`);
  const preferring = { ...settings, identity_header: 'p_preferred_identity' } as const;
  const seen = sentTo(carrierWith(preferring, { acceptsForeign: true }), { original: foreign });
  expect(seen[1]).toBe(`P-Preferred-Identity: <sip:${foreign}@pbx.example.com>`);
  expect(sentTo(carrierWith({ ...settings, username: null }))[0]).toBe(caller);
});

test('a peer that reads no plus gets its numbers without one, and the account of From as it is', () => {
  const bare = `sip:${own.slice(1)}@pbx.example.com`;
  const settings = { caller_format: 'e164_without_plus', identity_header: 'p_preferred_identity' } as const;
  expect(sentTo(carrierWith(settings))).toEqual([bare, `P-Preferred-Identity: <${bare}>`]);
  const username = '+4989123456';
  expect(sentTo(carrierWith({ ...settings, from_user: 'username', username }))[0]).toBe(
    `sip:${username}@pbx.example.com`,
  );
  const diverted = { by: [{ extension: null, number: foreign, reason: 'unconditional' as const }], to: own };
  const sentOn = headersTo(carrierWith(settings, { diverted }));
  expect(sentOn.join()).toContain(`Diversion: <sip:${foreign.slice(1)}@`);
  expect(sentOn.join()).not.toContain('+');
});

test.each([
  ['p_asserted_identity', `P-Asserted-Identity: <${caller}>`, undefined],
  ['p_preferred_identity', `P-Preferred-Identity: <${caller}>`, `P-Preferred-Identity: <${caller}>`],
  [
    'remote_party_id',
    `Remote-Party-ID: <${caller}>;party=calling;screen=yes;privacy=off`,
    `Remote-Party-ID: <${caller}>;party=calling;screen=yes;privacy=off`,
  ],
  ['none', undefined, undefined],
] as const)('the identity in %s', (identity_header, trusted, untrusted) => {
  expect(sentTo(carrierWith({ identity_header }))).toEqual([caller, ...(trusted === undefined ? [] : [trusted])]);
  expect(sentTo(carrierWith({ identity_header }, stranger))).toEqual([
    caller,
    ...(untrusted === undefined ? [] : [untrusted]),
  ]);
});

test.each(['p_asserted_identity', 'p_preferred_identity', 'remote_party_id', 'none'] as const)(
  'a caller that withholds its number is anonymous in From, and %s names it to trusted peers only',
  (identity_header) => {
    for (const from_user of ['caller', 'username'] as const) {
      const settings = { identity_header, from_user };
      expect(sentTo(carrierWith(settings, stranger), { privacy: true })).toEqual([anonymousUri, 'Privacy: id']);
      const [from, ...headers] = sentTo(carrierWith(settings), { privacy: true });
      expect([from, headers.at(-1)]).toEqual([anonymousUri, 'Privacy: id']);
      expect(headers.slice(0, -1).filter((each) => each.includes(own))).toHaveLength(
        identity_header === 'none' ? 0 : 1,
      );
      if (identity_header === 'remote_party_id') expect(headers[0]).toContain('screen=yes;privacy=full');
    }
  },
);

test('a caller of others is not screened', () => {
  const settings = { identity_header: 'remote_party_id', from_user: 'username' } as const;
  const [, identity] = sentTo(carrierWith(settings, { acceptsForeign: true }), { original: foreign });
  expect(identity).toBe(`Remote-Party-ID: <sip:${foreign}@pbx.example.com>;party=calling;screen=no;privacy=off`);
});

test('the host of From and of the identity is that of the settings', () => {
  expect(sentTo(carrierWith({ from_domain: 'carrier.example.com' }))).toEqual([
    `sip:${own}@carrier.example.com`,
    `P-Asserted-Identity: <sip:${own}@carrier.example.com>`,
  ]);
  expect(sentTo(carrierWith({ from_domain: '2001:db8::1' }))[0]).toBe(`sip:${own}@[2001:db8::1]`);
});

test('constant headers are for their own peer, and replace what a caller wrote', () => {
  const target = carrierWith({ identity_header: 'none', headers: { 'X-Account': '4711', 'X-Site': 'Malmö' } });
  const received = { from: 'phone', headers: new Headers([Field.of(textHeader('X-Account'), 'forged')]) } as const;
  const call = callFacts({ header: { 'x-account': 'of the API', 'X-Api': '1' } });
  const sent = headersTo({ ...target, trust: 'pbx' }, { received, call }).toSorted();
  expect(sent).toEqual(['X-Account: 4711', 'X-Api: 1', 'X-Site: Malmö']);
  expect(headersTo(gateway(null), { received })).toEqual([]);
});

test('a stored header that is not X-, or could be a line of its own, is not sent', () => {
  const headers = {
    From: '<sip:attacker@example.com>',
    'X-Two: 1\r\nRoute': '<sip:attacker.example>',
    'X-Line': '1\r\nRoute: <sip:attacker.example>',
    'X-Feed': '1\nRoute: <sip:attacker.example>',
    'X-Nul': 'a\0b',
    'X-Empty': '',
    'X-Long': 'a'.repeat(257),
  };
  expect(headersTo(carrierWith({ identity_header: 'none', headers }))).toEqual([]);
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`X-H${at}`, String(at)]));
  expect(headersTo(carrierWith({ identity_header: 'none', headers: many }))).toHaveLength(8);
});

test('an INVITE has a loose Route of the outbound proxy, and its Request-URI is unchanged', () => {
  const { uri, routes = [] } = inviteOf(carrierWith({ outbound_proxy: 'proxy.example.com:5070;transport=tcp' }));
  expect(printUri(uri)).toBe('sip:+15551234567@carrier.example.com');
  expect(routes.map(printAddress)).toEqual(['<sip:proxy.example.com:5070;transport=tcp;lr>']);
  expect(inviteOf(carrierWith({}))).not.toHaveProperty('routes');
});

test('a peer may have its own time until it rings', () => {
  expect(inviteOf(carrierWith({ progress_seconds: 7 })).progressTimeout).toBe(7_000);
  expect(inviteOf(carrierWith({}))).not.toHaveProperty('progressTimeout');
});

/** An INVITE to a trunk of which these routes are stored, and what it needs of others. */
async function sendOver(
  peer: Partial<CalledPeer>,
  stored: readonly string[],
  proven: (host: string) => boolean = () => true,
) {
  const asked: (readonly [id: string | null, host: string])[] = [];
  const sent: { invitation?: Invitation; context?: PeerContext | undefined; reads: number } = { reads: 0 };
  const target = carrierWith(peer, { party: { ...gatewayParty('gw_1'), trunk_id: 'trunk_1' } });
  const send = inviteSender({
    settings: {
      advertised: { host: 'sip.example.com', port: 5_060 },
      advertisedTls: { host: 'tls.example.com', port: 5_061 },
    },
    membership: { id: 'task_1' },
    domain: 'pbx.example.com',
    sessions: { invite: (invitation) => void (sent.invitation = invitation) },
    stack: { newTag: () => 'tag' },
    hosts: {
      mustProve: async ({ id }, { host }) => {
        asked.push([id, host]);
        return !proven(host);
      },
    },
    senders: {
      toPhone: () => expect.fail(),
      toPeer: (_peer, _party, context) => {
        sent.context = context;
        return { request: () => expect.fail(), acknowledge: () => undefined };
      },
    },
    directory: {
      serviceRoute: async () => {
        sent.reads += 1;
        return stored;
      },
    },
    seals: { open: async () => '' },
    sign: async () => [],
  });
  const facts = { ...{ call: callFacts(), called: null, received: undefined }, sdp: undefined, maxForwards: undefined };
  await send({ ...target, to: peerTargetOf(target) }, { ...facts, timeout: 1, organization: 1_001 }, silentListener);
  return { ...sent, asked, mustProve: () => sent.context?.mustProve?.({ address: '192.0.2.1', port: 5_060 }) };
}

const peerTargetOf = ({ to }: Target) => (to.kind === 'peer' ? to : expect.fail());
const serviceRoute = ['<sip:edge.example.com:5080;lr>', '<sip:core.example.com;lr>'];

test('an INVITE of a registered trunk follows its Service-Route in place of the outbound proxy', async () => {
  const proxied = { register: true, outbound_proxy: 'proxy.example.com' };
  const { invitation, context } = await sendOver(proxied, serviceRoute);
  expect(invitation?.routes?.map(printAddress)).toEqual(serviceRoute);
  expect(context?.nextHop).toEqual({ host: 'edge.example.com', port: 5_080, transport: 'udp' });
  expect(printUri(invitation!.contact)).toBe('sip:task_1@sip.example.com:5060');
  const without = await sendOver(proxied, []);
  expect(without.invitation?.routes?.map(printAddress)).toEqual(['<sip:proxy.example.com;transport=udp;lr>']);
  const secure = await sendOver({ outbound_proxy: 'proxy.example.com;transport=tls' }, []);
  expect(printUri(secure.invitation!.contact)).toBe('sip:task_1@tls.example.com:5061;transport=tls');
  const unregistered = await sendOver({}, serviceRoute);
  expect([unregistered.invitation?.routes, unregistered.reads]).toEqual([undefined, 0]);
});

test('the server of a Service-Route is one that the organization has not named: others count first there', async () => {
  const named = ['gw_1', 'carrier.example.com'];
  const { mustProve, asked } = await sendOver({ register: true }, serviceRoute, (host) => host !== 'edge.example.com');
  expect([await mustProve(), asked]).toEqual([true, [named, [null, 'edge.example.com']]]);
  const free = await sendOver({ register: true }, serviceRoute);
  expect(await free.mustProve()).toBe(false);
  const same = await sendOver({ register: true }, ['<sip:carrier.example.com;lr>']);
  expect([await same.mustProve(), same.asked]).toEqual([false, [named]]);
  const proxied = await sendOver({ outbound_proxy: 'proxy.example.com' }, []);
  expect([await proxied.mustProve(), proxied.asked]).toEqual([false, [['gw_1', 'proxy.example.com']]]);
});

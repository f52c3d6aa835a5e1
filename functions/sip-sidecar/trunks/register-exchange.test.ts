import { expect, test } from 'vitest';
import { newResponse, type ResponseParts } from '#sip/build.ts';
import { authentication } from '#sip/digest/authentication.ts';
import { DigestClient } from '#sip/digest/client.ts';
import { Fault } from '#sip/fault.ts';
import { header } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import type { SipRequest } from '#sip/message.ts';
import { printUri } from '#sip/uri.ts';
import { addressOf } from '#sip/values.fixture.ts';
import type { Outbound, Peer, Reply } from '../outbound/outbound.ts';
import { RegisterExchange, type ExchangeStart, type RegisteredPeer } from './register-exchange.ts';

const trunk = { host: 'carrier.example', port: 5_060, transport: 'udp', username: 'user' } as const;
const end = { address: '192.0.2.1', port: 5_060 };

type Answer = ResponseParts | 'ADDRESS_NOT_ALLOWED';

/** A carrier that gives these answers in turn, and the exchange with it. */
function newCarrier(...answers: readonly Answer[]) {
  return newCarrierOf({}, ...answers);
}

/** The same with settings of the trunk. */
function newCarrierOf(settings: Partial<RegisteredPeer>, ...answers: readonly Answer[]) {
  const received: { readonly request: SipRequest; readonly peer: Peer }[] = [];
  const outbound: Pick<Outbound, 'send'> = {
    send: async (request, peer): Promise<Reply> => {
      const answer = answers[received.push({ request, peer }) - 1] ?? { status: 500 };
      return answer === 'ADDRESS_NOT_ALLOWED'
        ? { kind: 'failed', code: 503, reason: answer }
        : {
            kind: 'response',
            response: newResponse(request, answer),
            flow: { transport: 'udp', remote: end, local: end },
          };
    },
  };
  const state = { mustProve: false };
  let tags = 0;
  const newTag = (): string => `t${(tags += 1)}`;
  const newExchange = (start: Partial<ExchangeStart> = {}): RegisterExchange =>
    new RegisterExchange(
      {
        outbound,
        mustProve: async () => state.mustProve,
        advertised: { host: 'sip.example.com', port: 5_060 },
        newTag,
        newSession: async (host) =>
          new DigestClient({ username: 'user', password: 'secret', realm: null, host }, newTag),
      },
      { ...trunk, ...settings },
      { callId: 'c', sequence: 1, seconds: 3_600, session: undefined, ...start },
    );
  return { received, newExchange, state };
}

const ok: ResponseParts = { status: 200 };
const challenge = (nonce: string, more = '', realm = 'carrier.example'): ResponseParts => {
  const kind = authentication.user.challenge;
  const value = kind.parse(`Digest realm="${realm}", nonce="${nonce}", qop="auth", algorithm=MD5${more}`);
  if (value instanceof Fault) throw new Error(value.reason);
  return { status: 401, headers: Headers.none.append(kind, value) };
};
const redirectTo = (contact: string): ResponseParts => ({
  status: 302,
  headers: Headers.none.append(header.contact, addressOf(contact)),
});
/** Nonce and count of the credentials of each request; '' without credentials. */
const credentialsOf = (received: readonly { readonly request: SipRequest }[]): string[] =>
  received.map(({ request }) => {
    const value = request.headers.one(authentication.user.credentials);
    return value === undefined || value instanceof Fault
      ? ''
      : `${value.parameters.get('nonce')} ${value.parameters.get('nc')}`;
  });
const registered = { kind: 'registered', seconds: 3_600 };

test('a challenge is answered with the next CSeq number', async () => {
  const { received, newExchange } = newCarrier(challenge('one'), ok);
  const exchange = newExchange();
  expect([await exchange.run(), exchange.sequence, credentialsOf(received)]).toEqual([
    registered,
    2,
    ['', 'one 00000001'],
  ]);
});

test('a registrar that must ask for credentials and does not has not registered the trunk', async () => {
  const { newExchange, state } = newCarrier(ok);
  state.mustProve = true;
  const exchange = newExchange();
  const outcome = { kind: 'failed', error: { code: 403, reason: 'HOST_IN_USE' } };
  expect([await exchange.run(), exchange.isUnproven]).toEqual([outcome, true]);
});

test('one that must ask for credentials, and did, may take those of a reused nonce at once', async () => {
  const { newExchange, state } = newCarrier(challenge('one'), ok, ok);
  state.mustProve = true;
  const first = newExchange();
  expect(await first.run()).toEqual(registered);
  const { session, proven } = first;
  expect(await newExchange({ sequence: first.sequence + 1, session, proven }).run()).toEqual(registered);
});

test('with the session of the last REGISTER a refresh is one round trip', async () => {
  const { received, newExchange } = newCarrier(challenge('one'), ok, ok);
  const first = newExchange();
  await first.run();
  expect(await newExchange({ sequence: first.sequence + 1, session: first.session }).run()).toEqual(registered);
  expect(credentialsOf(received)).toEqual(['', 'one 00000001', 'one 00000002']);
});

test.each([
  ['says so', ', stale=true'],
  ['does not say so', ''],
])('a registrar that has forgotten the nonce, and %s, gets credentials for its new one', async (_, stale) => {
  const { received, newExchange } = newCarrier(challenge('one'), ok, challenge('two', stale), ok, ok);
  const first = newExchange();
  await first.run();
  const second = newExchange({ sequence: first.sequence + 1, session: first.session });
  expect(await second.run()).toEqual(registered);
  await newExchange({ sequence: second.sequence + 1, session: second.session }).run();
  expect(credentialsOf(received).slice(2)).toEqual(['one 00000002', 'two 00000001', 'two 00000002']);
});

test('a nonce that is stale at its first use is replaced once', async () => {
  const stale = (nonce: string) => challenge(nonce, ', stale=TRUE');
  const patient = newCarrier(challenge('one'), stale('two'), ok);
  expect([await patient.newExchange().run(), credentialsOf(patient.received)]).toEqual([
    registered,
    ['', 'one 00000001', 'two 00000001'],
  ]);
  const endless = newCarrier(challenge('one'), stale('two'), stale('three'), stale('four'));
  expect([await endless.newExchange().run(), endless.received.length]).toEqual([
    { kind: 'failed', error: { code: 401, reason: 'Credentials rejected' } },
    3,
  ]);
});

test('after a 423 the lifetime is raised to Min-Expires once', async () => {
  const tooBrief = { status: 423, headers: Headers.none.append(header.minExpires, 7_200) };
  const { received, newExchange } = newCarrier(tooBrief, ok);
  const exchange = newExchange();
  expect([await exchange.run(), exchange.seconds]).toEqual([{ kind: 'registered', seconds: 7_200 }, 7_200]);
  expect(received.map(({ request }) => [request.cseq.sequence, request.headers.one(header.expires)])).toEqual([
    [1, 3_600],
    [2, 7_200],
  ]);
  const again = { status: 423, headers: Headers.none.append(header.minExpires, 9_000) };
  const endless = newCarrier(tooBrief, again, again);
  expect([await endless.newExchange().run(), endless.received.length]).toEqual([
    { kind: 'failed', error: { code: 423, reason: 'Min-Expires rises again' } },
    2,
  ]);
});

test('a Min-Expires above a day is not obeyed', async () => {
  const tooLong = { status: 423, headers: Headers.none.append(header.minExpires, 86_401) };
  const { received, newExchange } = newCarrier(tooLong, ok);
  expect([await newExchange().run(), received.length]).toEqual([
    { kind: 'failed', error: { code: 423, reason: 'Min-Expires above 86400' } },
    1,
  ]);
});

test('the user of the Contact is that of the settings, and no other one changes', async () => {
  const { received, newExchange } = newCarrierOf({ contact_user: 'trunk-1' }, ok);
  await newExchange().run();
  const [contact, to] = [
    received[0]?.request.headers.first(header.contact),
    received[0]?.request.headers.one(header.to),
  ];
  expect(contact).toMatchObject({ uri: { user: 'trunk-1', host: 'sip.example.com' } });
  expect(to).toMatchObject({ uri: { user: 'user', host: 'carrier.example' } });
});

test('the Contact has the transport of the proxy', async () => {
  const { received, newExchange } = newCarrierOf({ outbound_proxy: 'proxy.example;transport=tcp' }, ok);
  await newExchange().run();
  expect(received[0]?.request.headers.fields(header.contact)[0]?.value).toContain('transport=tcp');
});

test('each REGISTER is sent to the outbound proxy with a Route of it, also after a challenge or redirect', async () => {
  const proxied = { outbound_proxy: 'proxy.example:5070' };
  const { received, newExchange } = newCarrierOf(proxied, challenge('one'), redirectTo('<sip:node2.example>'), ok);
  expect(await newExchange().run()).toEqual(registered);
  expect(received.map(({ peer }) => `${peer.host}:${peer.port}`)).toEqual(Array(3).fill('proxy.example:5070'));
  expect(received.map(({ request }) => printUri(request.uri))).toEqual([
    'sip:carrier.example',
    'sip:carrier.example',
    'sip:node2.example',
  ]);
  expect(received.map(({ request }) => request.headers.fields(header.route).map(({ value }) => value))).toEqual(
    Array(3).fill(['<sip:proxy.example:5070;transport=udp;lr>']),
  );
});

test('a proxy that challenges for another realm than the registrar gets no credentials', async () => {
  const ofProxy = challenge('two', '', 'proxy.example');
  const { received, newExchange } = newCarrierOf({ outbound_proxy: 'proxy.example' }, challenge('one'), ofProxy, ok);
  expect(await newExchange().run()).toEqual({
    kind: 'failed',
    error: { code: 401, reason: 'Challenged for another realm' },
  });
  expect(credentialsOf(received)).toEqual(['', 'one 00000001']);
});

test('a redirect is followed once, and authenticated there', async () => {
  const { received, newExchange } = newCarrier(redirectTo('<sip:node2.example:5080>'), challenge('one'), ok);
  const exchange = newExchange();
  expect(await exchange.run()).toEqual(registered);
  expect(received.map(({ peer, request }) => [peer.host, peer.port, request.cseq.sequence])).toEqual([
    ['carrier.example', 5_060, 1],
    ['node2.example', 5_080, 2],
    ['node2.example', 5_080, 3],
  ]);
  const endless = newCarrier(redirectTo('<sip:node2.example>'), redirectTo('<sip:node3.example>'), ok);
  expect([await endless.newExchange().run(), endless.received.length]).toMatchObject([{ error: { code: 302 } }, 2]);
});

test('credentials for the nonce of a redirect are sent to its host only', async () => {
  const redirect = redirectTo('<sip:node2.example>');
  const { received, newExchange } = newCarrier(redirect, challenge('one'), ok, redirect, ok);
  const first = newExchange();
  await first.run();
  expect(await newExchange({ sequence: 4, session: first.session }).run()).toEqual(registered);
  expect(credentialsOf(received)).toEqual(['', '', 'one 00000001', '', 'one 00000002']);
});

test('a redirect to a host that is not allowed fails with that reason', async () => {
  const { newExchange } = newCarrier(redirectTo('<sip:10.0.0.1>'), 'ADDRESS_NOT_ALLOWED');
  expect(await newExchange().run()).toEqual({ kind: 'failed', error: { code: 503, reason: 'ADDRESS_NOT_ALLOWED' } });
});

test('a rejection is the outcome', async () => {
  const { newExchange } = newCarrier({ status: 503, headers: Headers.none.append(header.retryAfter, '120') });
  expect(await newExchange().run()).toEqual({
    kind: 'failed',
    error: { code: 503, reason: 'Service Unavailable' },
    retryAfter: 120,
  });
});

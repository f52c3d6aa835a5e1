import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { address } from '#sip/address.ts';
import { newRequest, newResponse } from '#sip/build.ts';
import { authentication } from '#sip/digest/authentication.ts';
import { DigestClient } from '#sip/digest/client.ts';
import { Fault } from '#sip/fault.ts';
import type { SipRequest } from '#sip/message.ts';
import { unwrap, uriOf } from '#sip/values.fixture.ts';
import { newVia } from '#sip/via.ts';
import { accountOf, sipDomain } from '../service/sidecar.fixture.ts';
import { authenticator, realmOf, type Origin } from './authentication.ts';

const udpFrom = (address: string): Origin => ({ transport: 'udp', remote: { address, port: 5_060 } });
const tcpFrom = (address: string): Origin => ({ transport: 'tcp', remote: { address, port: 5_060 } });
const home = udpFrom('192.0.2.1');

const register = (username: string): SipRequest =>
  newRequest({
    method: 'REGISTER',
    uri: uriOf(`sip:${sipDomain}`),
    via: newVia('UDP', '192.0.2.1', 5_060, 'z9hG4bK1'),
    from: address(uriOf(`sip:${username}@${sipDomain}`)),
    to: address(uriOf(`sip:${username}@${sipDomain}`)),
    callId: 'c',
    sequence: 1,
  });

/** An authenticator over accounts in memory. */
function newTestAuthenticator() {
  const accounts = new Map([accountOf().item].map((item) => [item.sip_username, item]));
  const clock = { now: Date.parse('2026-11-20T10:00:00.000Z') };
  const lookups: (readonly string[])[] = [];
  const authenticateFrom = authenticator({
    readAccounts: async (usernames) => {
      lookups.push(usernames);
      return usernames.map((username) => accounts.get(username));
    },
    clock: () => new Date(clock.now),
    platformDomain: 'platform.example.com',
  });
  const authenticate = (request: SipRequest, origin: Origin = home) => authenticateFrom(request, origin);
  /** Answers the challenge with a password. */
  const attempt = async (password: string, username = accountOf().username, origin = home) => {
    const request = register(username);
    const challenged = await authenticate(request, origin);
    if (challenged.kind !== 'challenged') throw new Error(challenged.kind);
    const client = new DigestClient({ username, password, realm: null, host: sipDomain }, () =>
      randomBytes(8).toString('hex'),
    );
    const response = newResponse(request, { status: 401, headers: challenged.headers });
    return unwrap(client.answer(request, response));
  };
  return { accounts, clock, lookups, authenticate, attempt };
}

test('the right password authenticates the account', async () => {
  const { authenticate, attempt } = newTestAuthenticator();
  const { username, password } = accountOf();
  expect(await authenticate(await attempt(password))).toMatchObject({
    kind: 'authenticated',
    account: { sip_username: username },
  });
});

test('a wrong password and an unknown user get the same answer', async () => {
  const { authenticate, attempt } = newTestAuthenticator();
  const rejected = { kind: 'rejected', status: 403, reason: 'Forbidden' };
  expect([
    await authenticate(await attempt('wrong')),
    await authenticate(await attempt(accountOf().password, 'unknown')),
  ]).toEqual([rejected, rejected]);
});

test('a request whose credentials another task has verified is that of its account, without its nonces', async () => {
  const [other, here] = [newTestAuthenticator(), newTestAuthenticator()];
  const proven: Origin = { ...home, isProven: true };
  const { username, password } = accountOf();
  const request = await other.attempt(password);
  expect((await here.authenticate(request)).kind).toBe('challenged');
  expect(await here.authenticate(request, proven)).toMatchObject({
    kind: 'authenticated',
    account: { sip_username: username },
  });
  const rejected = { kind: 'rejected', status: 403, reason: 'Forbidden' };
  expect([
    await here.authenticate(await other.attempt(password, 'unknown'), proven),
    await here.authenticate(register(username), proven),
  ]).toEqual([rejected, rejected]);
});

test('a repeated request is challenged as stale, and so is an old nonce', async () => {
  const { authenticate, attempt, clock } = newTestAuthenticator();
  const request = await attempt(accountOf().password);
  await authenticate(request);
  expect((await authenticate(request)).kind).toBe('challenged');
  const late = await attempt(accountOf().password);
  clock.now += 3_600_000;
  expect((await authenticate(late)).kind).toBe('challenged');
});

test('with a nonce that its source was not given, nothing is looked up and no failure counts', async () => {
  const { authenticate, attempt, lookups } = newTestAuthenticator();
  const { username, password } = accountOf();
  const elsewhere = await attempt('wrong', username, udpFrom('192.0.2.2'));
  const overTcp = await attempt('wrong', username, tcpFrom('192.0.2.1'));
  for (let times = 0; times < 50; times += 1)
    expect([(await authenticate(elsewhere)).kind, (await authenticate(overTcp)).kind]).toEqual([
      'challenged',
      'challenged',
    ]);
  expect(lookups).toEqual([]);
  expect((await authenticate(await attempt(password))).kind).toBe('authenticated');
});

test('a nonce of a connection is valid on connections from the same address, from its first use on', async () => {
  const { authenticate, attempt } = newTestAuthenticator();
  const { username, password } = accountOf();
  const request = await attempt(password, username, tcpFrom('192.0.2.1'));
  expect((await authenticate(request, tcpFrom('192.0.2.2'))).kind).toBe('challenged');
  expect((await authenticate(request, tcpFrom('192.0.2.1'))).kind).toBe('authenticated');
});

test('after 20 wrong passwords within a minute a user name must wait, at this address only', async () => {
  const { authenticate, attempt } = newTestAuthenticator();
  const { username, password } = accountOf();
  for (let times = 0; times < 20; times += 1)
    expect((await authenticate(await attempt('wrong'))).kind).toBe('rejected');
  expect(await authenticate(await attempt(password))).toEqual({ kind: 'delayed', seconds: 300 });
  const away = udpFrom('192.0.2.2');
  expect((await authenticate(await attempt(password, username, away), away)).kind).toBe('authenticated');
});

test('requests at once with the right password are no guesses, however many', async () => {
  const { authenticate, attempt } = newTestAuthenticator();
  const requests = await Promise.all(Array.from({ length: 100 }, () => attempt(accountOf().password)));
  const outcomes = await Promise.all(requests.map((request) => authenticate(request)));
  expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['authenticated']));
});

test('guesses at once are limited as those one after the other', async () => {
  const { authenticate, attempt } = newTestAuthenticator();
  const requests = await Promise.all(Array.from({ length: 100 }, () => attempt('wrong')));
  const outcomes = await Promise.all(requests.map((request) => authenticate(request)));
  expect(outcomes.filter(({ kind }) => kind === 'rejected')).toHaveLength(20);
});

test('what others ask in the name of a phone does not take SHA-256 from it', async () => {
  const { authenticate, attempt } = newTestAuthenticator();
  const { username, password } = accountOf();
  const algorithmsFor = async (origin: Origin) => {
    const outcome = await authenticate(register(username), origin);
    const challenges = outcome.kind === 'challenged' ? outcome.headers.all(authentication.user.challenge) : [];
    return challenges instanceof Fault ? [] : challenges.map(({ parameters }) => parameters.get('algorithm'));
  };
  const [both, stranger, forged] = [['SHA-256', 'MD5'], udpFrom('192.0.2.9'), home];
  expect([await algorithmsFor(stranger), await algorithmsFor(stranger)]).toEqual([both, ['MD5']]);
  await authenticate(await attempt(password));
  expect([await algorithmsFor(forged), await algorithmsFor(forged), await algorithmsFor(home)]).toEqual([
    both,
    both,
    both,
  ]);
});

test('an account is cached for 40 s, and looked up again after a wrong password', async () => {
  const { authenticate, attempt, lookups, clock, accounts } = newTestAuthenticator();
  const { username, password, item } = accountOf();
  for (let times = 0; times < 2; times += 1) await authenticate(await attempt(password));
  expect(lookups).toEqual([[username]]);
  accounts.delete(username);
  expect((await authenticate(await attempt(password))).kind).toBe('authenticated');
  clock.now += 40_000;
  expect((await authenticate(await attempt(password))).kind).toBe('rejected');
  accounts.set(username, item);
  expect((await authenticate(await attempt(password))).kind).toBe('authenticated');
});

test('the realm is the host of the Request-URI, or the platform domain for an IP address or our own host', () => {
  const uris = ['sip:PBX.example.com', 'sip:192.0.2.1', 'sip:[2001:db8::1]', 'tel:+1', 'sip:task_1@SIP.example.com'];
  const platform = 'platform.example.com';
  const realms = uris.map((uri) => realmOf({ uri: uriOf(uri) }, platform, 'sip.example.com'));
  expect(realms).toEqual(['pbx.example.com', ...uris.slice(1).map(() => platform)]);
});

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '#test/support/eventually.ts';
import type { EventItem } from '#dynamodb/rows/event.ts';
import { AppError } from '#errors.ts';
import { second } from '#schema/time.ts';
import { webSocketServer } from '../transport/websocket-server.ts';
import type { Deliver } from './event-feed.ts';
import { Listeners } from './listeners.ts';

/** Listeners on an injected clock, with a feed that the test fills. */

const running = new AsyncDisposableStack();
afterAll(() => running.disposeAsync());

const clock = { now: 1_000_000 };
const faults: unknown[] = [];
const delivering = new Set<Deliver>();
const asked: (string | undefined)[] = [];
const state = { mayListen: true, endsBetween: false, isBroken: false, expiresAt: Infinity, checks: 0 };
const listeners = new Listeners({
  feed: {
    listen: async (_organization, deliver, since) => {
      asked.push(since);
      if (state.endsBetween) state.mayListen = false;
      delivering.add(deliver);
      return () => void delivering.delete(deliver);
    },
  },
  authenticate: async (credentials) => {
    state.checks += 1;
    if (state.isBroken) throw new Error('the store is down');
    if (!state.mayListen || (credentials.kind === 'line' && credentials.password !== 'secret'))
      throw new AppError('INVALID_CREDENTIALS', 'wrong');
    return credentials.kind === 'token'
      ? { organization: 1_001, user_id: 'usr_1', expiresAt: state.expiresAt }
      : { organization: 1_001, user_id: null, line: { username: credentials.username } };
  },
  now: () => clock.now,
  fault: (error) => void faults.push(error),
});

const event = (id: string, type = 'phone.registered', of = 'phone'): EventItem => ({
  id: 'evt_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
  org_id: 1_001,
  type,
  at: '2026-11-22T10:00:00.000Z',
  entity: { type: of, id },
  severity: 'info',
  description: '',
  actor: { id: 'system', type: 'system', name: 'system', credential: null },
  ip: null,
  user_agent: null,
  request_id: null,
  changes: null,
  data: {},
  pending: true,
});
const deliver = (id: string): void => delivering.forEach((each) => each(event(id)));

let url = '';
beforeAll(async () => {
  const open = (opened: Parameters<Listeners['open']>[0]): void => listeners.open(opened);
  const server = webSocketServer({
    admits: () => true,
    hasRoomFor: () => true,
    subprotocols: { events: open, '': open },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`;
  running.defer(() => void server.close());
  running.defer(() => listeners.close());
});
beforeEach(() =>
  Object.assign(state, { mayListen: true, endsBetween: false, isBroken: false, expiresAt: Infinity, checks: 0 }),
);

type Received = { readonly type: string; readonly entity?: { id: string }; readonly data?: { code?: string } };

function opened(query = '', options: object = {}, protocols: readonly string[] = ['events']) {
  const client = new WebSocket(url + query, [...protocols], options).on('error', () => undefined);
  const received: Received[] = [];
  client.on('message', (message: Buffer) => received.push(JSON.parse(message.toString()) as Received));
  running.defer(() => client.terminate());
  // Unlike `once`, it does not reject after an error: a client that is terminated while it connects has one.
  const closed = new Promise<number>((resolve) => void client.once('close', resolve));
  const open = once(client, 'open');
  open.catch(() => undefined);
  return { client, received, closed, open };
}

const listening = (count: number) => eventually(() => delivering.size === count);
async function closeAll(...clients: readonly WebSocket[]): Promise<void> {
  for (const client of clients) client.terminate();
  await eventually(() => listeners.size === 0 && delivering.size === 0);
}

test('a line logs in by Basic or by its first message, with the subprotocol or with none', async () => {
  const one = opened('', { auth: 'line1:secret' });
  const other = opened('', {}, []);
  await other.open;
  other.client.send('{"username":"line2","password":"secret"}');
  await listening(2);
  deliver('line1');
  deliver('line2');
  await eventually(() => one.received.length + other.received.length === 2);
  expect([one.received, other.received]).toMatchObject([[{ entity: { id: 'line1' } }], [{ entity: { id: 'line2' } }]]);
  await closeAll(one.client, other.client);
});

test('a token gets the events of its organization, after the one that the client names', async () => {
  asked.length = 0;
  const { client, received } = opened('?access_token=abc&since=evt_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A');
  await listening(1);
  deliver('any');
  await eventually(() => received.length === 1);
  expect(received[0]).toMatchObject({
    id: 'evt_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
    org_id: 'org_1001',
    entity: { id: 'any' },
  });
  const malformed = opened('?access_token=abc&since=yesterday');
  await listening(2);
  expect(asked).toEqual(['evt_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A', undefined]);
  await closeAll(client, malformed.client);
});

test.each([
  ['a wrong password', '{"username":"line1","password":"guess"}'],
  ['a message that is no log-in', 'hello'],
])('%s is answered by an error, and closes with 1008', async (_case, message) => {
  const { client, received, closed, open } = opened();
  await open;
  client.send(message);
  expect(await closed).toBe(1_008);
  expect(received).toEqual([
    { type: 'error', data: { code: 'INVALID_CREDENTIALS', message: expect.any(String) as string } },
  ]);
  expect(delivering.size).toBe(0);
});

test('a client that does not log in within five seconds is closed', async () => {
  const { received, closed, open } = opened();
  await open;
  await eventually(() => listeners.size === 1);
  clock.now += 5 * second;
  await listeners.tick();
  expect(listeners.size).toBe(1);
  clock.now += 1;
  await listeners.tick();
  expect([await closed, received[0]?.data?.code]).toEqual([1_008, 'UNAUTHENTICATED']);
});

test('a client that talks after its log-in is closed', async () => {
  const { client, closed, open } = opened('?access_token=abc');
  await Promise.all([open, listening(1)]);
  client.send('{"username":"line1","password":"secret"}');
  expect(await closed).toBe(1_008);
  await listening(0);
});

test('a client whose message is never complete is closed, although it answers pings', async () => {
  const { client, received, closed, open } = opened('', { auth: 'line1:secret' });
  await Promise.all([open, listening(1)]);
  client.send('half', { fin: false });
  for (let seconds = 0; seconds < 12; seconds += 4) {
    const answer = once(client, 'pong');
    client.ping();
    await answer;
    clock.now += 4 * second;
    await listeners.tick();
  }
  expect([await closed, listeners.size, delivering.size]).toEqual([1_008, 0, 0]);
  expect(received).toMatchObject([{ type: 'error', data: { message: 'A message takes more than 10 seconds' } }]);
});

test('a client that may no longer listen is closed within a minute', async () => {
  const { closed } = opened('?access_token=abc');
  await listening(1);
  state.mayListen = false;
  clock.now += 60 * second;
  await listeners.tick();
  expect(await closed).toBe(1_008);
  await listening(0);
});

test.each([
  ['its user logs out', event('usr_1', 'auth.logout', 'user')],
  ['its user is disabled', event('usr_1', 'access.revoked', 'user')],
  ['a role loses rights', event('role_guest', 'role.changed', 'role')],
  ['the organization is closed', event('org_1001', 'org.closed', 'organization')],
])('a client gets nothing more when %s', async (_case, ending) => {
  const { closed, received } = opened('?access_token=abc');
  await listening(1);
  deliver('before');
  state.mayListen = false;
  for (const each of [ending, event('after')]) delivering.forEach((take) => take(each));
  expect(await closed).toBe(1_008);
  expect(received).toMatchObject([{ entity: { id: 'before' } }, { type: 'error' }]);
  await listening(0);
});

test('a client whose session ends before it hears of events is closed', async () => {
  state.endsBetween = true;
  const { closed, received } = opened('?access_token=abc');
  expect(await closed).toBe(1_008);
  expect(received).toMatchObject([{ type: 'error' }]);
  await listening(0);
});

test('an event that may end the session of a client, and does not, is delivered in its order', async () => {
  const { client, received } = opened('?access_token=abc');
  await listening(1);
  const asked = state.checks;
  for (const each of [event('usr_1', 'user.updated', 'user'), event('usr_2', 'auth.logout', 'user'), event('next')])
    delivering.forEach((take) => take(each));
  await eventually(() => received.length === 3);
  expect(received.map(({ entity }) => entity?.id)).toEqual(['usr_1', 'usr_2', 'next']);
  expect(state.checks - asked).toBe(1);
  await closeAll(client);
});

test('a change of another user costs no check', async () => {
  const { client, received } = opened('?access_token=abc');
  await listening(1);
  const asked = state.checks;
  delivering.forEach((take) => take(event('usr_2', 'auth.logout', 'user')));
  await eventually(() => received.length === 1);
  expect(state.checks).toBe(asked);
  await closeAll(client);
});

test('a client is closed when its token expires', async () => {
  state.expiresAt = clock.now + 10 * second;
  const { closed } = opened('?access_token=abc');
  await listening(1);
  state.mayListen = false;
  clock.now += 10 * second;
  await listeners.tick();
  expect(await closed).toBe(1_008);
});

test('a failure of the platform is logged, and closes with 1011', async () => {
  state.isBroken = true;
  const { closed, received } = opened('?access_token=abc');
  expect(await closed).toBe(1_011);
  expect(received).toEqual([{ type: 'error', data: { code: 'UNAVAILABLE', message: 'Try again' } }]);
  expect(faults).toHaveLength(1);
});

test('a client that answers no ping is closed', async () => {
  const { closed } = opened('?access_token=abc', { autoPong: false });
  await listening(1);
  clock.now += 30 * second;
  await listeners.tick();
  clock.now += 30 * second;
  await listeners.tick();
  expect(await closed).toBe(1_006);
  await listening(0);
});

test('a client that does not read is closed before much is kept for it', async () => {
  const { client, closed, open } = opened('?access_token=abc');
  await Promise.all([open, listening(1)]);
  client.pause();
  await eventually(() => {
    for (let count = 0; count < 2_000; count += 1) deliver('x'.repeat(1_000));
    return delivering.size === 0;
  });
  client.resume();
  expect(await closed).toBe(1_006);
});

test('an address has at most 100 listeners', async () => {
  const many = Array.from({ length: 100 }, () => opened('?access_token=abc'));
  await listening(100);
  expect(await opened('?access_token=abc').closed).toBe(1_013);
  await closeAll(...many.map(({ client }) => client));
});

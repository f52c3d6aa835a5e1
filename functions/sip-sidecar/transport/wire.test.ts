import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '#test/support/eventually.ts';
import { second } from '#schema/time.ts';
import type { Arrival } from '#sip/framing.ts';
import { ConnectionTable } from './connection-table.ts';
import type { Flow } from './flow.ts';
import { webSocketServer } from './websocket-server.ts';
import { webSocketWire } from './wire.ts';

/** WebSockets in a table of connections, on an injected clock. */

const here = '127.0.0.1';
const running = new AsyncDisposableStack();
afterAll(() => running.disposeAsync());

const clock = { now: 1_000_000 };
const arrivals: Arrival[] = [];
const flows: Flow[] = [];
const registered: Flow[] = [];
const table = new ConnectionTable({
  onArrival: (arrival) => void arrivals.push(arrival),
  onClosed: () => undefined,
  isRegistered: (flow) => registered.includes(flow),
  admission: { admits: () => true, admitsConnection: () => true },
  now: () => clock.now,
});
let url = '';

beforeAll(async () => {
  const server = webSocketServer({
    admits: () => true,
    hasRoomFor: () => true,
    subprotocols: {
      sip: ({ webSocket, socket, remote }) =>
        void flows.push(table.add(socket, 'ws', remote, { open: webSocketWire(webSocket) })),
    },
  });
  server.listen(0, here);
  await once(server, 'listening');
  url = `ws://${here}:${(server.address() as AddressInfo).port}/ws`;
  running.defer(() => void server.close());
  running.defer(() => table.close());
});

async function opened(options: { readonly autoPong?: boolean } = {}) {
  const client = new WebSocket(url, ['sip'], options).on('error', () => undefined);
  const open = once(client, 'open');
  await open;
  await eventually(() => flows.length > 0);
  const flow = flows.pop();
  if (flow === undefined) throw new Error('no flow');
  arrivals.length = 0;
  running.defer(() => client.terminate());
  return { client, flow };
}

/** A connection of which the test writes the frames itself. */
async function openedRaw() {
  const socket = connect(Number(new URL(url).port), here).on('error', () => undefined);
  running.defer(() => void socket.destroy());
  // Unlike `once`, it does not reject after an error: the server may close while the test writes.
  const closed = new Promise<boolean>((resolve) => void socket.once('close', resolve));
  socket.write(
    'GET /ws HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Protocol: sip\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  await once(socket, 'data');
  const flow = flows.pop();
  if (flow === undefined) throw new Error('no flow');
  return { socket, flow, closed };
}

/** Moves the clock and lets the table check its connections. */
function pass(milliseconds: number): void {
  clock.now += milliseconds;
  table.sweep();
}

const isClosed = (client: WebSocket): boolean => client.readyState === WebSocket.CLOSED;

test('each frame is a message, of text or binary, in one piece or in several', async () => {
  const { client } = await opened();
  client.send('OPTIONS');
  client.send(Buffer.from('REGISTER'));
  client.send('INV', { fin: false });
  client.send('ITE', { fin: true });
  await eventually(() => arrivals.length === 3);
  expect(arrivals.map((arrival) => (arrival.kind === 'message' ? arrival.bytes.toString() : ''))).toEqual([
    'OPTIONS',
    'REGISTER',
    'INVITE',
  ]);
});

test('CRLFs are a keep-alive that is answered by CRLF', async () => {
  const { client } = await opened();
  const answer = once(client, 'message');
  client.send('\r\n\r\n');
  expect(String((await answer)[0])).toBe('\r\n');
  expect(arrivals).toEqual([{ kind: 'keepalive' }]);
});

test('text is sent as text, and other bytes as binary', async () => {
  const { client, flow } = await opened();
  const received: unknown[] = [];
  client.on('message', (message: Buffer, isBinary) => received.push([message.toString('latin1'), isBinary]));
  table.send(Buffer.from('SIP/2.0 200 OK'), flow);
  table.send(Buffer.from([0xff, 0xfe]), flow);
  await eventually(() => received.length === 2);
  expect(received).toEqual([
    ['SIP/2.0 200 OK', false],
    ['\u00ff\u00fe', true],
  ]);
});

test('a stranger that is silent for a minute is closed, a registered one is not', async () => {
  const [stranger, phone] = [await opened(), await opened()];
  registered.push(phone.flow);
  pass(0);
  pass(29 * second);
  pass(32 * second);
  await eventually(() => isClosed(stranger.client));
  expect(isClosed(phone.client)).toBe(false);
});

test('a peer is pinged each 30 s, and closed if it does not answer', async () => {
  const [good, dead] = [await opened(), await opened({ autoPong: false })];
  registered.push(good.flow, dead.flow);
  const pings: number[] = [];
  good.client.on('ping', () => pings.push(clock.now));
  pass(0);
  pass(31 * second);
  await eventually(() => pings.length === 1);
  // Its pong arrived before this message.
  good.client.send('OPTIONS');
  await eventually(() => arrivals.length === 1);
  pass(31 * second);
  await eventually(() => isClosed(dead.client));
  expect(isClosed(good.client)).toBe(false);
});

/** A frame with one byte, masked with zeros (RFC 6455 §5.2). */
const frameOf = (first: number, byte = 0x41): Buffer => Buffer.from([first, 0x81, 0, 0, 0, 0, byte]);
const [firstFragment, furtherFragment, lastFragment, ping] = [0x01, 0x00, 0x80, 0x89];

test('a message whose last fragment never comes is refused with 1008, also between pings', async () => {
  const { client, flow } = await opened();
  registered.push(flow);
  const refused = once(client, 'close');
  client.send('REG', { fin: false });
  for (let seconds = 0; seconds < 12 && client.readyState === WebSocket.OPEN; seconds += 4) {
    const answer = once(client, 'pong');
    client.ping();
    await answer;
    pass(4 * second);
  }
  const [code, reason] = (await refused) as [number, Buffer];
  expect([code, reason.toString(), arrivals]).toEqual([1_008, 'A message takes more than 10 seconds', []]);
  await eventually(() => !table.send(Buffer.from('later'), flow));
});

test('a message that comes byte by byte is refused after ten seconds, however often it goes on', async () => {
  const { socket, flow } = await openedRaw();
  registered.push(flow);
  const bytes = Buffer.concat([frameOf(firstFragment), ...Array.from({ length: 500 }, () => frameOf(furtherFragment))]);
  let sent = 0;
  await eventually(() => {
    if (socket.writable) socket.write(bytes.subarray(sent, (sent += 1)));
    pass(second);
    return socket.destroyed;
  }, 5_000);
  expect(sent).toBeLessThan(bytes.length);
});

test('a message in time is complete, whatever comes between its fragments', async () => {
  const { socket, flow } = await openedRaw();
  registered.push(flow);
  arrivals.length = 0;
  socket.write(Buffer.concat([frameOf(firstFragment, 0x41), frameOf(ping)]));
  await once(socket, 'data');
  pass(8 * second);
  socket.write(frameOf(lastFragment, 0x42));
  await eventually(() => arrivals.length === 1);
  pass(8 * second);
  socket.write(frameOf(ping));
  await once(socket, 'data');
  expect([arrivals[0]?.kind, socket.destroyed]).toEqual(['message', false]);
  socket.destroy();
});

test('a peer that begins a frame and does not end it within ten seconds is closed', async () => {
  const { socket, flow } = await openedRaw();
  registered.push(flow);
  // The header of a masked frame of 100 bytes, and one of them.
  socket.write(Buffer.from([0x81, 0x80 | 100, 0, 0, 0, 0, 0x41]));
  await eventually(() => {
    pass(5 * second);
    return socket.destroyed;
  });
});

test('a peer that does not read is closed when too much is unsent', async () => {
  const { client, flow } = await opened();
  client.pause();
  const block = Buffer.alloc(65_536, 'a');
  let sent = 0;
  while (table.send(block, flow)) {
    sent += 1;
    if (sent > 1_000) throw new Error('unlimited');
  }
  client.resume();
  await eventually(() => isClosed(client));
});

test('bytes that are no frames close their connection only', async () => {
  const witness = await opened();
  registered.push(witness.flow);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
      const { socket, closed } = await openedRaw();
      socket.end(bytes);
      await closed;
    }),
    { numRuns: 100 },
  );
  expect(isClosed(witness.client)).toBe(false);
});

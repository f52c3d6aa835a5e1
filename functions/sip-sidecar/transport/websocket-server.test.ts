import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { newCertificate } from '#infra/local/certificate.ts';
import { maxUnfinished } from '#runtime/unfinished-requests.ts';
import { maxMessage, webSocketServer, type Opened, type WebSocketDependencies } from './websocket-server.ts';

const here = '127.0.0.1';
const running = new AsyncDisposableStack();
afterAll(() => running.disposeAsync());

/** A server whose subprotocol `sip` records what was opened. */
async function newServer(more: Partial<WebSocketDependencies> = {}) {
  const opened: Opened[] = [];
  const server = webSocketServer({
    admits: () => true,
    hasRoomFor: () => true,
    subprotocols: { sip: (each) => void opened.push(each) },
    ...more,
  });
  server.listen(0, here);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  running.defer(() => {
    for (const { webSocket } of opened) webSocket.terminate();
    server.closeAllConnections();
    server.close();
  });
  return { opened, port, url: `ws://${here}:${port}/ws` };
}

/** The status of the answer to an opening handshake. */
const statusOf = (url: string, protocols: readonly string[]): Promise<number> =>
  new Promise((resolve) => {
    const client = new WebSocket(url, [...protocols]);
    client.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    client.on('open', () => {
      resolve(101);
      client.terminate();
    });
    client.on('error', () => resolve(0));
  });

const handshake = (...lines: readonly string[]): string =>
  [
    'GET /ws HTTP/1.1',
    'Host: here',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...lines,
    '',
    '',
  ].join('\r\n');

/** A frame with a letter, as a client sends it (RFC 6455 §5.2), with a mask of zeros. */
const textFrame = (letter: string): Buffer => Buffer.from([0x81, 0x81, 0, 0, 0, 0, letter.charCodeAt(0)]);

/** What a server answers to bytes before it closes the connection. */
async function answerTo(port: number, bytes: string): Promise<string> {
  const socket = connect(port, here).on('error', () => undefined);
  socket.write(bytes);
  return text(socket).catch(() => '');
}

test('a client gets the first subprotocol of its list that is spoken', async () => {
  const { url, opened } = await newServer();
  const client = new WebSocket(`${url}?since=1`, ['xmpp', 'sip']);
  await once(client, 'open');
  expect([client.protocol, opened.length, opened[0]?.remote.address]).toEqual(['sip', 1, here]);
});

test('messages of one packet are handled one after the other', async () => {
  const { port, opened } = await newServer();
  const socket = connect(port, here);
  socket.write(handshake('Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: sip'));
  await once(socket, 'data');
  const seen: string[] = [];
  opened[0]?.webSocket.on('message', (bytes: Buffer) => {
    seen.push(`received ${bytes.toString()}`);
    void Promise.resolve().then(() => seen.push(`handled ${bytes.toString()}`));
  });
  socket.write(Buffer.concat([textFrame('1'), textFrame('2')]));
  await expect.poll(() => seen).toEqual(['received 1', 'handled 1', 'received 2', 'handled 2']);
  socket.destroy();
});

test('with a certificate, it is opened by TLS only', async () => {
  const certificate = newCertificate(['localhost', here], new Date(Date.now() - 60_000), new Date(Date.now() + 60_000));
  const { port, url, opened } = await newServer({ tls: certificate });
  const client = new WebSocket(url.replace('ws:', 'wss:'), ['sip'], { ca: certificate.cert });
  await once(client, 'open');
  expect([client.protocol, opened.length, opened[0]?.remote.address]).toEqual(['sip', 1, here]);
  expect(await answerTo(port, handshake('Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: sip'))).toMatch(
    /^(HTTP\/1\.1 400 |$)/,
  );
  expect(opened).toHaveLength(1);
});

test.each([
  ['/', ['sip'], 404],
  ['/ws/', ['sip'], 404],
  ['/wss', ['sip'], 404],
  ['/ws', [], 400],
  ['/ws', ['xmpp'], 400],
  ['/ws', ['constructor'], 400],
  ['/ws', ['sip'], 101],
])('a handshake at %s for %j gets %i', async (path, protocols, status) => {
  const { port } = await newServer();
  expect(await statusOf(`ws://${here}:${port}${path}`, protocols)).toBe(status);
});

test.each([
  ['POST', '/ws', 426],
  ['GET', '/ws', 426],
  ['GET', '/', 404],
])('%s %s without an upgrade gets %i', async (method, path, status) => {
  const { port } = await newServer();
  const answer = await fetch(`http://${here}:${port}${path}`, { method });
  expect([answer.status, answer.headers.get('connection')]).toEqual([status, 'close']);
});

test.each([
  ['an unknown version', handshake('Sec-WebSocket-Version: 7', 'Sec-WebSocket-Protocol: sip')],
  ['an invalid list of subprotocols', handshake('Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: sip,,')],
  ['no HTTP', 'REGISTER sip:example.com SIP/2.0\r\n\r\n'],
])('%s gets 400', async (_case, bytes) => {
  const { port, opened } = await newServer();
  expect(await answerTo(port, bytes)).toMatch(/^HTTP\/1\.1 400 /);
  expect(opened).toEqual([]);
});

test('headers beyond 8 KiB get 431', async () => {
  const { port } = await newServer();
  expect(await answerTo(port, handshake(`X-Long: ${'a'.repeat(9_000)}`))).toMatch(/^HTTP\/1\.1 431 /);
});

test('an address that is not admitted is disconnected, and one without room gets 503', async () => {
  const closed = await newServer({ admits: () => false });
  expect(await answerTo(closed.port, handshake('Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: sip'))).toBe('');
  const full = await newServer({ hasRoomFor: () => false });
  expect(await statusOf(full.url, ['sip'])).toBe(503);
});

test('a connection that sends no request, or half of one, is closed', async () => {
  const { port } = await newServer();
  const began = performance.now();
  const answers = await Promise.all([answerTo(port, ''), answerTo(port, 'GET /ws HTTP/1.1\r\nHost: here\r\n')]);
  expect(answers[1]).toMatch(/^(HTTP\/1\.1 408 |$)/);
  expect(performance.now() - began).toBeLessThan(15_000);
}, 30_000);

test('an address has 512 connections that have sent no whole handshake, beside its WebSockets', async () => {
  const { port, url } = await newServer();
  const client = new WebSocket(url, ['sip']);
  await once(client, 'open');
  client.on('error', () => undefined);
  const sockets: Socket[] = [];
  while (sockets.length <= maxUnfinished) {
    const socket = connect(port, here).on('error', () => undefined);
    await once(socket, 'connect');
    sockets.push(socket);
  }
  const last = sockets.at(-1);
  if (last?.closed === false) await once(last, 'close');
  expect(sockets.filter(({ destroyed }) => destroyed)).toEqual([last]);
  expect(client.readyState).toBe(WebSocket.OPEN);
  for (const socket of sockets) socket.destroy();
});

test('a frame beyond the limit closes the connection with 1009, and a smaller one is not compressed', async () => {
  const { url, opened } = await newServer();
  const client = new WebSocket(url, ['sip']);
  await once(client, 'open');
  opened[0]?.webSocket.on('error', () => undefined);
  expect(client.extensions).toBe('');
  client.send(Buffer.alloc(maxMessage + 1));
  const [code] = (await once(client, 'close')) as [number];
  expect(code).toBe(1_009);
});

import { once } from 'node:events';
import { Agent, createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import { newCertificate } from '#infra/local/certificate.ts';
import { minute } from '../schema/time.ts';
import { headTimeouts, limitUnfinished, maxUnfinished } from './unfinished-requests.ts';

const running = new AsyncDisposableStack();
afterAll(() => running.disposeAsync());

/** @param server answers requests once their body has come */
async function listen(server: Server, max?: number): Promise<number> {
  server.on('request', (request, response) => {
    text(request).then(
      (body) => response.end(`${body.length}`),
      () => response.destroy(),
    );
  });
  limitUnfinished(server, max);
  server.listen(0);
  await once(server, 'listening');
  running.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Connections of an address that have sent some bytes, in the order in which the server accepts them. */
async function openAll(port: number, count: number, bytes: string, localAddress = '127.0.0.1'): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let at = 0; at < count; at += 1) {
    const socket = connect({ port, host: '127.0.0.1', localAddress }).on('error', () => undefined);
    running.defer(() => void socket.destroy());
    await once(socket, 'connect');
    socket.write(bytes);
    sockets.push(socket);
  }
  return sockets;
}

/** What the server answers until it closes the connection. */
const answered = (socket: Socket): Promise<string> => text(socket).catch(() => '');

const half = 'GET / HTTP/1.1\r\nHost: here\r\n';
const whole = `${half}\r\n`;

test('of 600 half requests of an address 512 are open, and another address is served', async () => {
  const port = await listen(createServer({ ...headTimeouts, headersTimeout: minute }));
  const sockets = await openAll(port, 600, half);
  await Promise.all(sockets.slice(maxUnfinished).map(answered));
  expect(sockets.slice(0, maxUnfinished).filter(({ destroyed }) => destroyed)).toEqual([]);
  const [other] = await openAll(port, 1, whole, '127.0.0.2');
  const [answer] = (await once(other as Socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
  expect(sockets.slice(0, maxUnfinished).filter(({ readyState }) => readyState !== 'open')).toEqual([]);
});

test('a head that stays half ends after its time, and a body that takes longer is read', async () => {
  const port = await listen(createServer(headTimeouts));
  const [slow] = await openAll(port, 1, `PUT / HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\n1`);
  const [stuck] = await openAll(port, 1, half);
  expect(await answered(stuck as Socket)).toMatch(/^HTTP\/1\.1 408 /);
  slow?.write('2');
  expect(String((await once(slow as Socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);
});

test('a connection that sends nothing, and one without a whole body, count too', async () => {
  const port = await listen(createServer(headTimeouts), 2);
  await openAll(port, 1, '');
  await openAll(port, 1, 'PUT / HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\nhalf');
  const [third] = await openAll(port, 1, whole);
  expect(await answered(third as Socket)).toBe('');
});

test('connections that wait for their next request do not count, until they send half of it', async () => {
  const port = await listen(createServer(headTimeouts), 2);
  const agent = new Agent({ keepAlive: true });
  running.defer(() => agent.destroy());
  const statusOf = async () => {
    const [answer] = (await once(httpRequest({ port, host: '127.0.0.1', agent }).end(), 'response')) as [
      IncomingMessage,
    ];
    answer.resume();
    await once(answer, 'end');
    return answer.statusCode;
  };
  expect(await Promise.all([statusOf(), statusOf(), statusOf(), statusOf()])).toEqual([200, 200, 200, 200]);
  const idle = await openAll(port, 2, whole);
  await Promise.all(idle.map((socket) => once(socket, 'data')));
  for (const socket of idle) socket.write(half);
  await expect.poll(async () => answered((await openAll(port, 1, half))[0] as Socket)).toBe('');
});

test('a connection that has ended makes room for another', async () => {
  const port = await listen(createServer(headTimeouts), 1);
  const [first] = await openAll(port, 1, half);
  expect(await answered((await openAll(port, 1, whole))[0] as Socket)).toBe('');
  first?.destroy();
  await expect
    .poll(async () => {
      const [next] = await openAll(port, 1, `GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n`);
      return answered(next as Socket);
    })
    .toMatch(/^HTTP\/1\.1 200 /);
});

test('behind TLS, a handshake that does not end counts, and a request in it is served', async () => {
  const certificate = newCertificate(['localhost'], new Date(Date.now() - 60_000), new Date(Date.now() + 600_000));
  const port = await listen(createTlsServer({ ...headTimeouts, ...certificate }), 2);
  const speak = async (bytes: string): Promise<Socket> => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }).on('error', () => undefined);
    running.defer(() => void socket.destroy());
    await once(socket, 'secureConnect');
    socket.write(bytes);
    return socket;
  };
  for (const socket of [await speak(whole), await speak(whole), await speak(whole)])
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);
  await openAll(port, 2, '');
  expect(await answered((await openAll(port, 1, ''))[0] as Socket)).toBe('');
});

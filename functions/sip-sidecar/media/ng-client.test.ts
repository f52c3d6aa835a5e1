import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { NgClient, type RelayAddress } from './ng-client.ts';

let relay: Socket;
let stranger: Socket;
let client: NgClient;
let address: RelayAddress;
/** What the relay does with a command. */
let answers: (cookie: string, from: RemoteInfo) => void;
let received: string[];

const open = async (): Promise<Socket> => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
};

beforeEach(async () => {
  [relay, stranger] = [await open(), await open()];
  client = new NgClient({ repeats: [20, 40], timeout: 60_000 });
  address = { address: '127.0.0.1', port: relay.address().port };
  received = [];
  relay.on('message', (bytes, from) => {
    const cookie = bytes.toString().split(' ')[0] ?? '';
    received.push(cookie);
    answers(cookie, from);
  });
});
afterEach(async () => {
  await client.close();
  relay.close();
  stranger.close();
});

const says = (socket: Socket, to: RemoteInfo, text: string): void => socket.send(text, to.port, to.address);
const ask = () => client.ask(address, { command: 'statistics' });

test('an answer has the cookie of its command', async () => {
  answers = (cookie, from) => says(relay, from, `${cookie} {"result":"ok"}`);
  expect(await ask()).toEqual({ result: 'ok' });
  expect(client.waiting).toBe(0);
});

test('a command that is lost is sent again with its cookie', async () => {
  answers = (cookie, from) => {
    if (received.length === 3) says(relay, from, `${cookie} {"result":"ok"}`);
  };
  expect(await ask()).toEqual({ result: 'ok' });
  expect(new Set(received).size).toBe(1);
});

test('an answer counts once', async () => {
  answers = (cookie, from) => {
    says(relay, from, `${cookie} {"result":"ok"}`);
    says(relay, from, `${cookie} {"result":"error"}`);
  };
  expect(await ask()).toEqual({ result: 'ok' });
  expect(await ask()).toEqual({ result: 'ok' });
});

test.each<[string, typeof answers]>([
  ['never comes', () => undefined],
  ['has another cookie', (_cookie, from) => says(relay, from, 'c1 {"result":"ok"}')],
  ['comes from another address', (cookie, from) => says(stranger, from, `${cookie} {"result":"ok"}`)],
  ['is no dictionary', (cookie, from) => says(relay, from, `${cookie} d6:result4:ponge`)],
  ['is empty', (_cookie, from) => says(relay, from, '')],
])('a command whose answer %s fails, and leaves nothing', async (_what, how) => {
  answers = how;
  const impatient = new NgClient({ repeats: [20, 40], timeout: 300 });
  onTestFinished(() => impatient.close());
  await expect(impatient.ask(address, { command: 'statistics' })).rejects.toThrow(
    `the media relay 127.0.0.1:${address.port} does not answer`,
  );
  expect(impatient.waiting).toBe(0);
});

test('the socket to a relay of this machine is on loopback, and connected to it', async () => {
  let port = 0;
  answers = (cookie, from) => {
    port = from.port;
    says(relay, from, `${cookie} {"result":"ok"}`);
  };
  await ask();
  const first = port;
  await ask();
  expect(port).toBe(first);
  const hex = (of: number): string => of.toString(16).toUpperCase().padStart(4, '0');
  const sockets = readFileSync('/proc/net/udp', 'utf8');
  expect(sockets).toContain(` 0100007F:${hex(port)} 0100007F:${hex(address.port)} 01 `);
});

test('commands that wait at the end fail', async () => {
  const other = new NgClient({ repeats: [5_000], timeout: 60_000 });
  answers = () => undefined;
  const asked = other.ask(address, { command: 'statistics' });
  await expect.poll(() => received.length).toBe(1);
  await Promise.all([expect(asked).rejects.toThrow('the task stops'), other.close()]);
  expect(other.waiting).toBe(0);
});

test('a command that is no datagram fails at once', async () => {
  const offer = { command: 'offer', 'call-id': 'c', 'from-tag': 'a', 'to-tag': 'b', flags: [], replace: [] } as const;
  await expect(client.ask(address, { ...offer, sdp: 'x'.repeat(70_000) })).rejects.toThrow('too large');
});

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import type { Arrival, Flow } from './flow.ts';
import { openTransports, type Transports } from './transports.ts';

const message = Buffer.from('OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n');
const here = '127.0.0.1';

const running = new AsyncDisposableStack();
afterAll(() => running.disposeAsync());

type Opened = {
  readonly transports: Transports;
  readonly heard: { readonly arrival: Arrival; readonly flow: Flow }[];
  readonly gone: Flow[];
  readonly clock: { now: number };
};

async function opened(admits: (address: string) => boolean = () => true): Promise<Opened> {
  const heard: Opened['heard'] = [];
  const gone: Flow[] = [];
  const clock = { now: 1_000_000 };
  const transports = await openTransports(
    { host: here, udp: 0, tcp: 0 },
    {
      heard: (arrival, flow) => void heard.push({ arrival, flow }),
      gone: (flow) => void gone.push(flow),
      admits,
      now: () => clock.now,
    },
  );
  running.defer(() => transports.close());
  return { transports, heard, gone, clock };
}

async function connected({ transports }: Opened): Promise<Socket> {
  const socket = connect(transports.bound.tcp.port, here);
  await once(socket, 'connect');
  return socket;
}

test('a packet comes with its flow, and the answer goes back on it', async () => {
  const { transports, heard } = await opened();
  const phone = createSocket('udp4');
  phone.send(message, transports.bound.udp.port, here);
  await eventually(() => expect(heard).toHaveLength(1));
  expect(heard[0]).toMatchObject({
    arrival: { kind: 'message', bytes: message },
    flow: { transport: 'udp', remote: { address: here, port: phone.address().port } },
  });
  const answered = once(phone, 'message');
  transports.send(Buffer.from('SIP/2.0 200 OK\r\n\r\n'), heard[0]!.flow);
  expect(String(((await answered) as [Buffer])[0])).toBe('SIP/2.0 200 OK\r\n\r\n');
  phone.close();
});

test('a connection answers keep-alives, carries messages both ways, and its end is told', async () => {
  const all = await opened();
  const phone = await connected(all);
  const pong = once(phone, 'data');
  phone.write('\r\n\r\n');
  expect(String(((await pong) as [Buffer])[0])).toBe('\r\n');
  phone.write(message);
  await eventually(() => expect(all.heard.map(({ arrival }) => arrival.kind)).toEqual(['keepalive', 'message']));
  const { flow } = all.heard[1]!;
  const answered = once(phone, 'data');
  expect(all.transports.send(message, flow)).toBe(true);
  await answered;
  phone.destroy();
  await eventually(() => expect(all.gone).toEqual([flow]));
  expect([all.transports.send(message, flow), all.transports.connections()]).toEqual([false, 0]);
});

test('a connection that stops in the middle of a message, or is silent for a minute, is ended', async () => {
  const all = await opened();
  const [slow, silent, kept] = [await connected(all), await connected(all), await connected(all)];
  kept.write(message);
  await eventually(() => expect(all.heard).toHaveLength(1));
  all.transports.keep(all.heard[0]!.flow);
  slow.write('OPTIONS sip:');
  await eventually(() => expect(all.transports.connections()).toBe(3));
  const ended = once(slow, 'close');
  await eventually(() => {
    all.clock.now += 11_000;
    expect(slow.closed).toBe(true);
  });
  await ended;
  await eventually(() => {
    all.clock.now += 30_000;
    expect([silent.closed, kept.closed]).toEqual([true, false]);
  });
});

test('who sends what cannot be framed is told, and hung up on', async () => {
  const all = await opened();
  const phone = await connected(all);
  const ended = once(phone, 'close');
  phone.write('OPTIONS sip:a@b SIP/2.0\r\n\r\n');
  await ended;
  expect(all.heard).toMatchObject([{ arrival: { kind: 'refused', code: 400 } }]);
});

test('a connection to a destination is made once and used again', async () => {
  const { transports } = await opened();
  const sockets: Socket[] = [];
  const peer = createServer((socket) => void sockets.push(socket.on('error', () => undefined))).listen(0, here);
  await once(peer, 'listening');
  const to = { transport: 'tcp', address: here, port: (peer.address() as AddressInfo).port } as const;
  const [one, other] = await Promise.all([transports.connect(to), transports.connect(to)]);
  expect([one, await transports.connect(to)]).toEqual([other, other]);
  expect(sockets).toHaveLength(1);
  peer.close();
});

test('a destination that refuses is an error', async () => {
  const { transports } = await opened();
  await expect(transports.connect({ transport: 'tcp', address: here, port: 1 })).rejects.toThrow();
});

test('nothing of a source that is not admitted is looked at', async () => {
  const all = await opened(() => false);
  const phone = await connected(all);
  await once(phone, 'close');
  expect(all.heard).toEqual([]);
});

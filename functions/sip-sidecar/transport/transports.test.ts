import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import type { Arrival } from '#sip/framing.ts';
import type { Flow } from './flow.ts';
import { openTransports, type Transports } from './transports.ts';

const message = Buffer.from('OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n');
const here = '127.0.0.1';

const running = new AsyncDisposableStack();
afterAll(() => running.disposeAsync());

type Opened = {
  readonly transports: Transports;
  readonly arrivals: { readonly arrival: Arrival; readonly flow: Flow }[];
  readonly closed: Flow[];
  readonly clock: { now: number };
  /** The flows of registered contacts. */
  readonly registered: Flow[];
};

async function opened(isAdmitted = true): Promise<Opened> {
  const arrivals: Opened['arrivals'] = [];
  const closed: Flow[] = [];
  const clock = { now: 1_000_000 };
  const registered: Flow[] = [];
  const transports = await openTransports(
    { host: here, udp: 0, tcp: 0, tls: { port: 0, end: 'load-balancer' }, ws: { port: 0, transport: 'ws' } },
    {
      onArrival: (arrival, flow) => void arrivals.push({ arrival, flow }),
      onClosed: (flow) => void closed.push(flow),
      isRegistered: (flow) => registered.includes(flow),
      admission: { admits: () => isAdmitted, admitsConnection: () => isAdmitted },
      now: () => clock.now,
    },
  );
  running.defer(() => transports.close());
  return { transports, arrivals, closed, clock, registered };
}

async function connected({ transports }: Opened): Promise<Socket> {
  const socket = connect(transports.bound.tcp.port, here);
  await once(socket, 'connect');
  return socket;
}

test('a packet arrives with its flow, and the answer is sent on it', async () => {
  const { transports, arrivals } = await opened();
  const phone = createSocket('udp4');
  phone.send(message, transports.bound.udp.port, here);
  await eventually(() => expect(arrivals).toHaveLength(1));
  expect(arrivals[0]).toMatchObject({
    arrival: { kind: 'message', bytes: message },
    flow: { transport: 'udp', remote: { address: here, port: phone.address().port } },
  });
  const answered = once(phone, 'message');
  transports.send(Buffer.from('SIP/2.0 200 OK\r\n\r\n'), arrivals[0]!.flow);
  expect(String(((await answered) as [Buffer])[0])).toBe('SIP/2.0 200 OK\r\n\r\n');
  phone.close();
});

test('a packet to port 0, which a forged source may have, is lost like any other', async () => {
  const { transports } = await opened();
  const { udp: local } = transports.bound;
  expect(transports.send(message, { transport: 'udp', remote: { address: here, port: 0 }, local })).toBe(true);
});

test('a connection answers keep-alives, carries messages both ways, and reports its end', async () => {
  const all = await opened();
  const phone = await connected(all);
  const pong = once(phone, 'data');
  phone.write('\r\n\r\n');
  expect(String(((await pong) as [Buffer])[0])).toBe('\r\n');
  phone.write(message);
  await eventually(() => expect(all.arrivals.map(({ arrival }) => arrival.kind)).toEqual(['keepalive', 'message']));
  const { flow } = all.arrivals[1]!;
  const answered = once(phone, 'data');
  expect(all.transports.send(message, flow)).toBe(true);
  await answered;
  phone.destroy();
  await eventually(() => expect(all.closed).toEqual([flow]));
  expect([all.transports.send(message, flow), all.transports.connections()]).toEqual([false, 0]);
});

test('a connection is closed after ten seconds within a message, or after an idle minute', async () => {
  const all = await opened();
  const [slow, silent, kept] = [await connected(all), await connected(all), await connected(all)];
  kept.write(message);
  await eventually(() => expect(all.arrivals).toHaveLength(1));
  all.registered.push(all.arrivals[0]!.flow);
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

test('a message without Content-Length is rejected, and its connection is closed', async () => {
  const all = await opened();
  const phone = await connected(all);
  const ended = once(phone, 'close');
  phone.write('OPTIONS sip:a@b SIP/2.0\r\n\r\n');
  await ended;
  expect(all.arrivals).toMatchObject([{ arrival: { kind: 'rejected', code: 400 } }]);
});

test('a connection to a destination is reused', async () => {
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

test.each(['tcp', 'tls'] as const)('a request never takes a connection over %s that came in', async (transport) => {
  const { transports, arrivals } = await opened();
  const peer = connect(transports.bound[transport]?.port ?? 0, here);
  await once(peer, 'connect');
  peer.write(message);
  await eventually(() => expect(arrivals).toHaveLength(1));
  const { address, port } = arrivals[0]!.flow.remote;
  await expect(transports.connect({ transport, address, port, serverName: 'localhost' })).rejects.toThrow();
});

test('a destination that refuses the connection is an error', async () => {
  const { transports } = await opened();
  await expect(transports.connect({ transport: 'tcp', address: here, port: 1 })).rejects.toThrow();
});

test('a source that is not admitted is disconnected', async () => {
  const all = await opened(false);
  const phone = await connected(all);
  await once(phone, 'close');
  expect(all.arrivals).toEqual([]);
});

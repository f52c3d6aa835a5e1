import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import type { Arrival } from '#sip/framing.ts';
import { ConnectionTable } from './connection-table.ts';
import type { Flow } from './flow.ts';

const here = '127.0.0.1';
const keepAlives = Buffer.from('\r\n\r\n'.repeat(16_384));
const block = Buffer.alloc(65_536);

const running = new AsyncDisposableStack();
afterAll(() => running.disposeAsync());

/** A table, and connections of peers that do not read before `resume`. */
async function newTestTable({ admits = true, registered = [] as Flow[] } = {}) {
  const clock = { now: 1_000_000 };
  const arrivals: Arrival[] = [];
  const table = new ConnectionTable({
    onArrival: (arrival) => void arrivals.push(arrival),
    onClosed: () => undefined,
    isRegistered: (flow) => registered.includes(flow),
    admission: { admits: () => admits, admitsConnection: () => true },
    now: () => clock.now,
  });
  const server = createServer().listen(0, here);
  await once(server, 'listening');
  running.defer(() => void server.close());
  const connected = async () => {
    const accepted = once(server, 'connection');
    const peer = connect((server.address() as AddressInfo).port, here).on('error', () => undefined);
    running.defer(() => void peer.destroy());
    const [socket] = (await accepted) as [Socket];
    const flow = table.add(socket, 'tcp', { address: here, port: socket.remotePort ?? 0 });
    return { peer, socket, flow };
  };
  return { clock, arrivals, table, connected };
}

type Connected = Awaited<ReturnType<Awaited<ReturnType<typeof newTestTable>>['connected']>>;

/** Sends until the kernel accepts no more bytes. */
const fill = (table: ConnectionTable, { socket, flow }: Connected): void => {
  while (socket.writableLength === 0) table.send(block, flow);
};

test('pongs for a peer that does not read are not queued, and the peer is cut after ten seconds', async () => {
  const { table, clock, connected } = await newTestTable();
  const connection = await connected();
  const { peer, socket } = connection;
  fill(table, connection);
  const queued = socket.writableLength;
  for (let chunk = 0; chunk < 32; chunk += 1) peer.write(keepAlives);
  await eventually(() => {
    table.sweep();
    expect(socket.bytesRead).toBe(32 * keepAlives.length);
  });
  expect(socket.writableLength).toBe(queued);
  clock.now += 10_001;
  table.sweep();
  expect(socket.destroyed).toBe(true);
});

test('from a connection that no contact uses, about 65,536 bytes are read between two sweeps', async () => {
  const { table, connected } = await newTestTable();
  const { peer, socket } = await connected();
  for (let chunk = 0; chunk < 32; chunk += 1) peer.write(keepAlives);
  await eventually(() => expect(socket.isPaused()).toBe(true));
  // The stream reads ahead.
  expect(socket.bytesRead).toBeLessThanOrEqual(4 * 65_536);
  await eventually(() => {
    table.sweep();
    expect(socket.bytesRead).toBeGreaterThan(4 * 65_536);
  });
});

test('a peer that reads late is not cut', async () => {
  const { table, clock, connected } = await newTestTable();
  const connection = await connected();
  fill(table, connection);
  clock.now += 9_000;
  connection.peer.resume();
  await eventually(() => expect(connection.socket.writableLength).toBe(0));
  table.sweep();
  clock.now += 9_000;
  table.sweep();
  expect(connection.socket.destroyed).toBe(false);
});

test('at most 262,144 bytes are queued for a connection', async () => {
  const { table, connected } = await newTestTable();
  const { socket, flow } = await connected();
  let most = 0;
  while (table.send(block, flow)) most = Math.max(most, socket.writableLength);
  expect([most, socket.destroyed]).toEqual([262_144, true]);
});

test('at most 4 MiB are queued for all connections of an address', async () => {
  const { table, connected } = await newTestTable();
  const connections: Connected[] = [];
  for (let count = 0; count < 20; count += 1) {
    const connection = await connected();
    connections.push(connection);
    fill(table, connection);
    while (connection.socket.writableLength < 262_144 && table.send(block, connection.flow));
  }
  const queued = connections.reduce((sum, { socket }) => sum + (socket.destroyed ? 0 : socket.writableLength), 0);
  expect(queued).toBeLessThanOrEqual(4 * 1024 * 1024);
  expect(connections.filter(({ socket }) => socket.destroyed).length).toBeGreaterThan(0);
});

/** Advances the clock by seconds, each with a sweep, while the peers send. */
async function elapse(
  { clock, table }: Pick<Awaited<ReturnType<typeof newTestTable>>, 'clock' | 'table'>,
  seconds: number,
  send: (second: number) => Promise<void> = async () => undefined,
): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    await send(second);
    clock.now += 1_000;
    table.sweep();
  }
}

const message = 'OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n';

/** Sends, and waits until it is received. */
async function deliver({ peer, socket }: Connected, text: string): Promise<void> {
  const received = socket.bytesRead + text.length;
  peer.write(text);
  await eventually(() => expect(socket.bytesRead).toBe(received));
}

test('keep-alives alone keep the connection of a registered contact, but not that of a stranger', async () => {
  const registered: Flow[] = [];
  const all = await newTestTable({ registered });
  const [phone, stranger] = [await all.connected(), await all.connected()];
  registered.push(phone.flow);
  await elapse(all, 7, async () => {
    all.clock.now += 9_000;
    await deliver(phone, '\r\n\r\n');
    if (!stranger.socket.destroyed) await deliver(stranger, '\r\n\r\n');
  });
  expect([phone.socket.destroyed, stranger.socket.destroyed]).toEqual([false, true]);
});

test('a connection stays as long as the binding of its contact lives, and not when it is idle then', async () => {
  const registered: Flow[] = [];
  const all = await newTestTable({ registered });
  const { socket, flow } = await all.connected();
  registered.push(flow);
  all.clock.now += 3_600_000;
  await elapse(all, 2);
  expect(socket.destroyed).toBe(false);
  registered.pop();
  await elapse(all, 70);
  expect(socket.destroyed).toBe(true);
});

test('a connection stays open as long as a call uses it, and is known to be closed then', async () => {
  const all = await newTestTable();
  const { socket, flow } = await all.connected();
  await elapse(all, 300, async () => {
    expect(all.table.keep(flow)).toBe(true);
  });
  expect(socket.destroyed).toBe(false);
  await elapse(all, 70);
  await eventually(() => expect(all.table.keep(flow)).toBe(false));
});

test('beyond 100 connections of strangers at an address, idle ones are closed after ten seconds', async () => {
  const all = await newTestTable();
  const early = await all.connected();
  await elapse(all, 11);
  expect(early.socket.destroyed).toBe(false);
  const others: Connected[] = [];
  for (let count = 0; count < 100; count += 1) others.push(await all.connected());
  await elapse(all, 1);
  expect([early.socket.destroyed, others.some(({ socket }) => socket.destroyed)]).toEqual([true, false]);
});

test('a busy connection whose chunks end within messages is not cut', async () => {
  const all = await newTestTable();
  const connection = await all.connected();
  const cut = message.length / 2;
  await deliver(connection, message.slice(0, cut));
  await elapse(all, 30, () => deliver(connection, message.slice(cut) + message.slice(0, cut)));
  expect([connection.socket.destroyed, all.arrivals.length]).toEqual([false, 30]);
  await elapse(all, 11);
  expect(connection.socket.destroyed).toBe(true);
});

test('a source that is not admitted gets no pong', async () => {
  const { arrivals, connected } = await newTestTable({ admits: false });
  const { peer, socket } = await connected();
  peer.write(keepAlives);
  await eventually(() => expect(socket.bytesRead).toBe(keepAlives.length));
  expect([socket.bytesWritten, arrivals]).toEqual([0, []]);
});

describe('a task that leaves its work', () => {
  /** Looks for idle connections each second. */
  const look = ({ clock, table }: Awaited<ReturnType<typeof newTestTable>>, seconds: number): void => {
    for (let count = 0; count < seconds; count += 1) {
      clock.now += 1_000;
      table.closeIdle();
    }
  };

  test('closes connections after 12 s without a message, and not those that calls use', async () => {
    const test = await newTestTable();
    const [idle, inCall] = [await test.connected(), await test.connected()];
    look(test, 12);
    test.table.keep(inCall.flow);
    expect([idle.socket.writableEnded, test.table.inCalls]).toEqual([false, 1]);
    look(test, 1);
    expect([idle.socket.writableEnded, inCall.socket.writableEnded]).toEqual([true, false]);
    look(test, 11);
    expect([inCall.socket.writableEnded, test.table.inCalls]).toEqual([true, 0]);
  });

  test('closes none after a stall, in which it could not hear of calls', async () => {
    const test = await newTestTable();
    const { socket } = await test.connected();
    look(test, 12);
    test.clock.now += 20_000;
    look(test, 11);
    expect(socket.writableEnded).toBe(false);
    look(test, 2);
    expect(socket.writableEnded).toBe(true);
  });

  test('takes no request from a connection that it closes: its response could not be sent', async () => {
    const test = await newTestTable();
    const { peer, socket, flow } = await test.connected();
    const message = Buffer.from('OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n');
    peer.write(message);
    await eventually(() => expect(test.arrivals).toHaveLength(1));
    look(test, 13);
    socket.emit('data', message);
    expect([test.arrivals.length, test.table.keep(flow), test.table.send(message, flow)]).toEqual([1, false, false]);
  });

  test('closes 25 connections at once, the longest idle first', async () => {
    const test = await newTestTable();
    const connections: Connected[] = [];
    for (let count = 0; count < 30; count += 1) {
      connections.push(await test.connected());
      test.clock.now += 1;
    }
    look(test, 13);
    expect(connections.map(({ socket }) => socket.writableEnded)).toEqual(connections.map((_each, at) => at < 25));
  });
});

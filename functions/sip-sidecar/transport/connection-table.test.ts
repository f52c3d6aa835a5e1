import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { ConnectionTable } from './connection-table.ts';
import type { Arrival } from './flow.ts';

const here = '127.0.0.1';
const keepAlives = Buffer.from('\r\n\r\n'.repeat(16_384));
const block = Buffer.alloc(65_536);

const running = new AsyncDisposableStack();
afterAll(() => running.disposeAsync());

/** A table, and connections of peers that do not read before `resume`. */
async function newTestTable({ admits = true } = {}) {
  const clock = { now: 1_000_000 };
  const arrivals: Arrival[] = [];
  const table = new ConnectionTable({
    onArrival: (arrival) => void arrivals.push(arrival),
    onClosed: () => undefined,
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

test('a source that is not admitted gets no pong', async () => {
  const { arrivals, connected } = await newTestTable({ admits: false });
  const { peer, socket } = await connected();
  peer.write(keepAlives);
  await eventually(() => expect(socket.bytesRead).toBe(keepAlives.length));
  expect([socket.bytesWritten, arrivals]).toEqual([0, []]);
});

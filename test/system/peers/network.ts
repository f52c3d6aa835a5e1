import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket as Connection } from 'node:net';
import { seededDraw } from '#sip/fuzz.fixture.ts';
import { sipServer } from './sip-server.ts';

/** Percent of all packets, in both directions. */
export type Impairments = {
  readonly lost: number;
  readonly doubled: number;
  /** Delayed, so that others overtake them. */ readonly late: number;
};

const unimpaired: Impairments = { lost: 0, doubled: 0, late: 0 };

/** Milliseconds by which such a packet is delayed. */
const delay = 60;

/** An address and port from which packets are forwarded to the sidecar, with another source address. */
export type Network = AsyncDisposable & {
  readonly address: string;
  readonly port: number;
  /** Packets forwarded to the sidecar, and from it. */
  readonly carried: { there: number; back: number };
};

/** Requested size of the receive buffer in bytes; the system may grant less. */
const receiveBuffer = 8 * 1024 * 1024;

/** Milliseconds after which a packet is forwarded, once per copy; deterministic for a seed. */
function impairmentOf(
  { lost, doubled, late }: Impairments,
  seed: number,
): () => { readonly copies: number; readonly after: number } {
  const draw = seededDraw(seed);
  const occurs = (percent: number): boolean => draw(100) < percent;
  return () => ({ copies: occurs(lost) ? 0 : occurs(doubled) ? 2 : 1, after: occurs(late) ? delay : 0 });
}

async function openSocket(address: string): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: receiveBuffer }).bind(0, address);
  await once(socket, 'listening');
  return socket;
}

/**
 * Forwards UDP packets to the sidecar and back, as a NAT does: each peer gets its own port at the address `from`. A
 * rough network loses, duplicates and reorders packets.
 */
export async function openNetwork(from: string, impairments: Impairments = unimpaired, seed = 1): Promise<Network> {
  const impairment = impairmentOf(impairments, seed);
  const inside = await openSocket('127.0.0.1');
  const ports = new Map<string, Promise<Socket>>();
  const carried = { there: 0, back: 0 };
  let isOpen = true;

  const forward = (send: () => void): void => {
    const { copies, after } = impairment();
    const go = (): void => {
      for (let copy = 0; copy < copies && isOpen; copy += 1) send();
    };
    if (after === 0) go();
    else setTimeout(go, after);
  };
  const newPort = async (address: string, port: number): Promise<Socket> => {
    const socket = await openSocket(from);
    return socket.on('message', (bytes) => {
      carried.back += 1;
      forward(() => inside.send(bytes, port, address));
    });
  };
  inside.on('message', (bytes, { address, port }) => {
    const key = `${address}:${port}`;
    const known = ports.get(key) ?? newPort(address, port);
    ports.set(key, known);
    carried.there += 1;
    void known.then((socket) => forward(() => socket.send(bytes, sipServer.port, sipServer.address)));
  });
  return {
    address: '127.0.0.1',
    port: inside.address().port,
    carried,
    [Symbol.asyncDispose]: async () => {
      isOpen = false;
      for (const socket of [inside, ...(await Promise.all(ports.values()))]) socket.close();
    },
  };
}

type SocketAddress = { readonly address: string; readonly port: number };

/** Forwards connections to a server, as a NAT does: they come from the address `from` and a port of its choice. */
export async function openRelay(from: string, to: SocketAddress): Promise<AsyncDisposable & SocketAddress> {
  const open = new Set<Connection>();
  const server = createServer((inside) => {
    const outside = connect({ host: to.address, port: to.port, localAddress: from });
    for (const [one, other] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy()).on('close', () => open.delete(one));
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: '127.0.0.1',
    port,
    [Symbol.asyncDispose]: async () => {
      for (const connection of open) connection.destroy();
      await once(server.close(), 'close');
    },
  };
}

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { Endpoint, Flow } from './flow.ts';

export type UdpSocket = {
  readonly local: Endpoint;
  /** Sends a packet; what the network refuses is as lost as what it loses. */
  readonly send: (bytes: Buffer, to: Endpoint) => void;
  readonly close: () => Promise<void>;
};

/** Bytes that the kernel keeps while the process is busy: some thousand requests. */
const receiveBuffer = 8 * 1024 * 1024;

/** Event: a packet has been handed over to the kernel. */
const handedOver = Symbol('handed over');

/** Binds a UDP socket. `receive` must not throw. */
export async function openUdp(bound: Endpoint, receive: (bytes: Buffer, flow: Flow) => void): Promise<UdpSocket> {
  const socket = createSocket({ type: isIPv6(bound.address) ? 'udp6' : 'udp4', recvBufferSize: receiveBuffer });
  socket.bind({ address: bound.address, port: bound.port });
  await once(socket, 'listening');
  const local = { address: bound.address, port: socket.address().port };
  socket.on('message', (bytes, { address, port }) =>
    receive(bytes, { transport: 'udp', remote: { address, port }, local }),
  );
  // An ICMP error of an earlier packet: the transaction's timer says the same.
  socket.on('error', () => undefined);
  // A transaction may outlive the socket.
  let isClosed = false;
  let unsent = 0;
  return {
    local,
    send: (bytes, { address, port }) => {
      if (isClosed) return;
      unsent += 1;
      socket.send(bytes, port, address, () => {
        unsent -= 1;
        socket.emit(handedOver);
      });
    },
    close: async () => {
      isClosed = true;
      // What was said is out first: sending looks its address up, even one that is none but itself, and then finds no
      // socket.
      while (unsent > 0) await once(socket, handedOver);
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

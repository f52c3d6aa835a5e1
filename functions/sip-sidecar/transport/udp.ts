import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { Endpoint, Flow } from './flow.ts';

/** A bound UDP socket. */
export type UdpSocket = {
  readonly local: Endpoint;
  /** Sends a packet. An error counts as a lost packet. */
  readonly send: (bytes: Buffer, to: Endpoint) => void;
  readonly isOpen: () => boolean;
  readonly close: () => Promise<void>;
};

/** Bytes that the kernel buffers while the process is busy: a few thousand requests. */
const receiveBuffer = 8 * 1024 * 1024;

/** Emitted when the kernel has accepted a packet. */
const packetSent = Symbol('packet sent');

/** Binds a UDP socket. `receive` must not throw. @throws Error if the port is in use */
export async function openUdp(bound: Endpoint, receive: (bytes: Buffer, flow: Flow) => void): Promise<UdpSocket> {
  const socket = createSocket({ type: isIPv6(bound.address) ? 'udp6' : 'udp4', recvBufferSize: receiveBuffer });
  socket.bind({ address: bound.address, port: bound.port });
  await once(socket, 'listening');
  // A transaction may still send after the socket is closed.
  let isClosed = false;
  const local = { address: bound.address, port: socket.address().port };
  socket.on('message', (bytes, { address, port }) =>
    receive(bytes, { transport: 'udp', remote: { address, port }, local }),
  );
  // An ICMP error of an earlier packet. The timer of its transaction handles the loss.
  socket.on('error', () => undefined);
  socket.on('close', () => (isClosed = true));
  let unsent = 0;
  return {
    local,
    isOpen: () => !isClosed,
    send: (bytes, { address, port }) => {
      if (isClosed) return;
      unsent += 1;
      socket.send(bytes, port, address, () => {
        unsent -= 1;
        socket.emit(packetSent);
      });
    },
    close: async () => {
      isClosed = true;
      // `send` resolves even an IP address asynchronously, and a packet would be lost if the socket closed before.
      while (unsent > 0) await once(socket, packetSent);
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

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

/** Binds a UDP socket. `receive` must not throw. */
export async function openUdp(bound: Endpoint, receive: (bytes: Buffer, flow: Flow) => void): Promise<UdpSocket> {
  const socket = createSocket({ type: isIPv6(bound.address) ? 'udp6' : 'udp4', recvBufferSize: receiveBuffer });
  socket.bind({ address: bound.address, port: bound.port });
  await once(socket, 'listening');
  const local = { address: bound.address, port: socket.address().port };
  socket.on('message', (bytes, { address, port }) => receive(bytes, { transport: 'udp', remote: { address, port }, local }));
  // An ICMP error of an earlier packet: the transaction's timer says the same.
  socket.on('error', () => undefined);
  return {
    local,
    send: (bytes, { address, port }) => socket.send(bytes, port, address, () => undefined),
    close: async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

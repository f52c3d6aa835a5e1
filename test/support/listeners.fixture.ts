import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { newCertificate, type Certificate } from '#infra/local/certificate.ts';

/** Servers on addresses of this machine, which count their connections. */

export type Listener = {
  readonly port: number;
  readonly connections: () => number;
  readonly close: () => Promise<void>;
};

/** @param port 0 picks a free one */
async function listenAt(server: Server, address: string, port = 0): Promise<Listener> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  server.listen(port, address);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

export const httpAt = (answer: RequestListener, address = '127.0.0.1', port = 0): Promise<Listener> =>
  listenAt(createHttpServer(answer), address, port);

export const httpsAt = (
  certificate: Certificate,
  answer: RequestListener,
  { address = '127.0.0.1', port = 0 } = {},
): Promise<Listener> => listenAt(createHttpsServer(certificate, answer), address, port);

/** A server that does with each connection what it wants. */
export const tcpAt = (serve: (socket: Socket) => void, address = '127.0.0.1', port = 0): Promise<Listener> =>
  listenAt(createTcpServer(serve), address, port);

/** A certificate for hosts that is valid now, signed by itself. */
export const certificateFor = (...hosts: readonly string[]): Certificate =>
  newCertificate(hosts, new Date(Date.now() - 60_000), new Date(Date.now() + 3_600_000));

import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once, type EventEmitter } from 'node:events';
import { createServer } from 'node:net';

/** Beside the ports that systems give to clients, of which one could take a free port before its service does. */
const ports = { first: 20_000, end: 32_000 } as const;

/** The last ports that were tried: seconds may pass until a service listens at its port. Oldest first. */
const tried = new Set<number>();
/** More than any services together have. */
const remembered = 2_000;

function remember(port: number): void {
  tried.add(port);
  const [oldest = port] = tried;
  if (tried.size > remembered) tried.delete(oldest);
}

/** Whether a socket can listen. */
const isFree = (socket: EventEmitter): Promise<boolean> =>
  once(socket, 'listening').then(
    () => true,
    () => false,
  );

/** A port that is free for TCP and for UDP, at all addresses, at this moment, and was not given before. */
export async function freePort(): Promise<number> {
  const port = randomInt(ports.first, ports.end);
  if (tried.has(port)) return freePort();
  remember(port);
  const server = createServer().listen(port);
  if (!(await isFree(server))) return freePort();
  const socket = createSocket('udp4').bind(port);
  const free = await isFree(socket);
  socket.close();
  await once(server.close(), 'close');
  return free ? port : freePort();
}

import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Server } from 'node:http';
import { Socket } from 'node:net';
import { duplexPair, type Duplex } from 'node:stream';
import { LocalCloudError } from '../templates/resource.ts';
import { PrivateAgent } from './private-agent.ts';

/** Node.js API, "Diagnostics Channel": published before a server opens its port. */
const listening = 'tracing:net.server.listen:asyncStart';

const isServer = (value: unknown): value is Server => value instanceof Server;

const rejectStranger = (connection: unknown): void => {
  if (connection instanceof Socket) connection.destroy();
};

/**
 * Starts something that opens an HTTP server at a port, and takes that server off the port before it has read a byte
 * there: its connections are streams within this process.
 *
 * @param maxConnections requests at once
 * @returns what was started, and the only agent that reaches its server
 */
export async function startHidden<T>(
  start: () => Promise<T>,
  maxConnections: number,
): Promise<{ readonly started: T; readonly agent: PrivateAgent }> {
  const mine = new AsyncLocalStorage<Server[]>();
  const onListen = (message: unknown): void => {
    const { server } = message as { readonly server: unknown };
    // Servers that others open concurrently are not ours.
    if (isServer(server)) mine.getStore()?.push(server.prependListener('connection', rejectStranger));
  };
  const servers: Server[] = [];
  subscribe(listening, onListen);
  const started = await mine.run(servers, start).finally(() => unsubscribe(listening, onListen));
  const [server] = servers;
  for (const each of servers) each.close();
  if (server === undefined) throw new LocalCloudError('The server of the queues is not found, so it cannot be closed.');
  return { started, agent: new PrivateAgent(async () => connectionTo(server), maxConnections) };
}

/** The methods of a socket that HTTP calls and a stream does not have. They mean nothing within a process. */
const socketMethods = { setKeepAlive: () => {}, setTimeout: () => {}, ref: () => {}, unref: () => {} };

/** Node.js API, "Event: 'connection'": any Duplex stream can be passed. */
function connectionTo(server: Server): Duplex {
  const [near, far] = duplexPair();
  server.emit('connection', far);
  return Object.assign(near, socketMethods);
}

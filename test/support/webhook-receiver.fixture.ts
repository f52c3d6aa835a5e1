import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that a receiver got. */
export type Received = {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Unix milliseconds. */
  readonly at: number;
};

/** An answer: its status, headers, text, and the milliseconds until it comes. */
export type Reply = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly wait?: number;
};

/** An HTTP server on this machine that receives webhooks. */
export type Receiver = {
  /** The URL of a path: `/a`. */
  readonly url: (path?: string) => string;
  readonly received: Received[];
  /** Requests at a path. */
  readonly at: (path: string) => Received[];
  /** Most requests that were answered at the same time, by path. */
  readonly inFlight: ReadonlyMap<string, number>;
  readonly stop: () => Promise<void>;
};

async function readBody(chunks: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** @param answer the answer to a request; 200 by default */
export async function startReceiver(answer: (request: Received) => Reply = () => ({})): Promise<Receiver> {
  const received: Received[] = [];
  const [running, inFlight] = [new Map<string, number>(), new Map<string, number>()];
  const count = (path: string, by: number): void => {
    const now = (running.get(path) ?? 0) + by;
    running.set(path, now);
    inFlight.set(path, Math.max(inFlight.get(path) ?? 0, now));
  };
  const server = createServer((request, response) => {
    void (async () => {
      const path = request.url ?? '/';
      count(path, 1);
      response.once('close', () => count(path, -1));
      const got = { path, headers: request.headers, body: await readBody(request), at: Date.now() };
      received.push(got);
      const { status = 200, headers = {}, body = '', wait = 0 } = answer(got);
      setTimeout(() => response.writeHead(status, { ...headers }).end(body), wait).unref();
    })().catch(() => response.destroy());
  });
  const port = await listening(server);
  return {
    url: (path = '/') => `http://127.0.0.1:${port}${path}`,
    received,
    at: (path) => received.filter((each) => each.path === path),
    inFlight,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

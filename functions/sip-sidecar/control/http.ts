import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type HttpAnswer = { readonly status: number; readonly body: unknown };
/** Answers a request; `body` is the whole of it, as text. */
export type HttpHandler = (
  request: { readonly method: string; readonly path: string; readonly authorization: string },
  body: string,
) => Promise<HttpAnswer>;

export type HttpServer = { readonly port: number; readonly close: () => Promise<void> };

/** Bytes of a request's body; milliseconds for it to come. */
const most = 16_384;
const timeout = 5_000;

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > most) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, { status, body }: HttpAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** A small JSON server for the inside of the VPC. */
export async function serveHttp(
  bound: { readonly host: string; readonly port: number },
  handle: HttpHandler,
  fault: (error: unknown) => void,
): Promise<HttpServer> {
  const server: Server = createServer(
    { requestTimeout: timeout, headersTimeout: timeout, keepAliveTimeout: 60_000 },
    (request, response) => {
      const serve = async (): Promise<void> => {
        // Nobody waits for a connection of a server that has closed.
        response.once('finish', () => {
          if (!server.listening) request.socket.end();
        });
        const body = await bodyOf(request);
        if (body === undefined) {
          send(response, { status: 413, body: {} });
          return;
        }
        send(
          response,
          await handle(
            {
              method: request.method ?? '',
              path: request.url ?? '',
              authorization: request.headers.authorization ?? '',
            },
            body,
          ),
        );
      };
      serve().catch((error: unknown) => {
        fault(error);
        if (response.headersSent) response.destroy();
        else send(response, { status: 500, body: {} });
      });
    },
  );
  server.listen(bound.port, bound.host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server.close(), 'close');
      server.closeIdleConnections();
      await closed;
    },
  };
}

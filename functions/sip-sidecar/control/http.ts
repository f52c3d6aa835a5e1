import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { headTimeouts, limitUnfinished } from '#runtime/unfinished-requests.ts';
import { minute } from '#schema/time.ts';

/** `body` is sent as JSON. */
export type HttpAnswer = { readonly status: number; readonly body: unknown };

/** Answers a request. `body` is the complete body as text. */
export type HttpHandler = (
  request: { readonly method: string; readonly path: string; readonly authorization: string },
  body: string,
) => Promise<HttpAnswer>;

/** A listening server. */
export type HttpServer = { readonly port: number; readonly close: () => Promise<void> };

/** Bytes of a request's body, unless the server has a limit of its own. */
export const maxBody = 16_384;
/** In milliseconds. Bodies are small, so that a whole request has the time of its head. */
const timeouts = { ...headTimeouts, requestTimeout: headTimeouts.headersTimeout, keepAliveTimeout: minute };

async function bodyOf(request: IncomingMessage, max: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > max) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, { status, body }: HttpAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function answerTo(request: IncomingMessage, handle: HttpHandler, max: number): Promise<HttpAnswer> {
  const body = await bodyOf(request, max);
  if (body === undefined) return { status: 413, body: {} };
  const { method = '', url = '', headers } = request;
  return handle({ method, path: url, authorization: headers.authorization ?? '' }, body);
}

/** A small JSON server for clients inside the VPC. `max`: bytes of a body. @throws Error if the port is in use */
export async function serveHttp(
  bound: { readonly host: string; readonly port: number; readonly max?: number },
  handle: HttpHandler,
  fault: (error: unknown) => void,
): Promise<HttpServer> {
  const server: Server = createServer(timeouts, (request, response) => {
    // Without this, an idle keep-alive connection would delay closing the server.
    response.once('finish', () => {
      if (!server.listening) request.socket.end();
    });
    answerTo(request, handle, bound.max ?? maxBody)
      .then((answer) => send(response, answer))
      .catch((error: unknown) => {
        fault(error);
        if (response.headersSent) response.destroy();
        else send(response, { status: 500, body: {} });
      });
  });
  limitUnfinished(server);
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

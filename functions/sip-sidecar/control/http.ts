import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { headTimeouts, limitUnfinished } from '#runtime/unfinished-requests.ts';
import { minute } from '#schema/time.ts';

/** `body` is sent as JSON. */
export type HttpAnswer = { readonly status: number; readonly body: unknown };

/** An answer of JSON lines, which are sent as they come. */
export type LinesAnswer = { readonly lines: AsyncIterable<string> };

/** Answers a request. `body` is the complete body as text. */
export type HttpHandler<Answer = HttpAnswer> = (
  request: { readonly method: string; readonly path: string; readonly authorization: string },
  body: string,
) => Promise<Answer>;

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

async function send(response: ServerResponse, answer: HttpAnswer | LinesAnswer): Promise<void> {
  if ('lines' in answer) return sendLines(response, answer.lines);
  response.writeHead(answer.status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answer.body));
}

async function sendLines(response: ServerResponse, lines: AsyncIterable<string>): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  // A client that goes is no fault.
  await pipeline(lines, response).catch(() => undefined);
}

type AnyHandler = HttpHandler<HttpAnswer | LinesAnswer>;

async function answerTo(request: IncomingMessage, handle: AnyHandler, max: number): ReturnType<AnyHandler> {
  const body = await bodyOf(request, max);
  if (body === undefined) return { status: 413, body: {} };
  const { method = '', url = '', headers } = request;
  return handle({ method, path: url, authorization: headers.authorization ?? '' }, body);
}

/** A small JSON server for clients inside the VPC. `max`: bytes of a body. @throws Error if the port is in use */
export async function serveHttp(
  bound: { readonly host: string; readonly port: number; readonly max?: number },
  handle: AnyHandler,
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
        else void send(response, { status: 500, body: {} });
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

import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { headTimeouts, idleTimeout, limitUnfinished } from '#runtime/unfinished-requests.ts';
import { hour } from '#schema/time.ts';
import { loopback } from '../machine/addresses.ts';
import { writeDurably } from '../machine/data-dir.ts';
import { LocalCloudError } from '../templates/resource.ts';
import { AwsCall, collect, failure, isLink, type AwsAnswer, type AwsService } from './aws-call.ts';

/** A server of AWS calls. */
export type Listener = { readonly port: number; close(): Promise<void> };

/**
 * Listens at the port that it had before, if that is free: clients know its address.
 *
 * @param portFile has the port of the last start
 * @throws LocalCloudError if no port of the host can be opened
 */
export async function listenAgain(portFile: string, service: AwsService, host = loopback): Promise<Listener> {
  const server = serverOf(service);
  const before = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0;
  const port = (await opens(server, { host, port: before })) ?? (await opens(server, { host, port: 0 }));
  if (port === undefined) throw new LocalCloudError(`No port of ${host} can be opened.`);
  writeDurably(portFile, String(port));
  const close = async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { port, close };
}

/** The port, or undefined if it is in use. */
async function opens(
  server: Server,
  place: { readonly host: string; readonly port: number },
): Promise<number | undefined> {
  server.listen(place);
  return once(server, 'listening').then(
    () => (server.address() as AddressInfo).port,
    () => undefined,
  );
}

function serverOf(service: AwsService): Server {
  const serve = async (request: IncomingMessage): Promise<AwsAnswer> => {
    const { headers, method = 'GET', url = '/' } = request;
    const answer = await service(new AwsCall(headers, await bodyOf(request), { method, url }));
    // A client reads the rejection of its upload only once the upload is through.
    request.resume();
    return answer;
  };
  const server = createServer(options, (request, response) => {
    serve(request)
      .then((answered) => send(response, answered))
      .catch((error: unknown) => {
        if (response.headersSent) return void response.destroy();
        send(
          response,
          error instanceof SyntaxError || error instanceof TypeError
            ? failure(400, 'SerializationException', `The input cannot be read: ${error.message}`)
            : failure(500, 'InternalServerError', `The store does not answer: ${String(error)}`),
        );
      });
  });
  server.setTimeout(idleTimeout);
  limitUnfinished(server);
  return server;
}

/** Milliseconds. An upload that goes on may take longer than its link is valid. */
const options = { ...headTimeouts, noDelay: true, keepAliveTimeout: 60_000, requestTimeout: hour } as const;

/**
 * The body of a call. That of an upload by a link may be large and is read as it arrives; other links have none, and
 * what their sender announces may never come.
 */
async function bodyOf(request: IncomingMessage): Promise<Buffer | IncomingMessage> {
  if (!isLink(request)) return collect(request);
  return request.method === 'PUT' ? request : Buffer.alloc(0);
}

function send(response: ServerResponse, { status, headers, body, stream, lost = false }: AwsAnswer): void {
  if (lost) return void response.destroy();
  if (stream !== undefined) {
    response.writeHead(status, headers);
    pipeline(stream, response, () => {
      // A client that goes away ends the reading; a file that cannot be read ends the connection.
    });
    return;
  }
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

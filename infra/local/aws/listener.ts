import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { writeDurably } from '../data-dir.ts';
import { AwsCall, collect, failure, type AwsAnswer, type AwsService } from './aws-call.ts';

/** A server of AWS calls on loopback. */
export type Listener = { readonly url: string; close(): Promise<void> };

/**
 * Listens at the port that it had before, if that is free: clients know its address.
 *
 * @param portFile has the port of the last start
 */
export async function listenAgain(portFile: string, service: AwsService): Promise<Listener> {
  const server = serverOf(service);
  const before = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0;
  const port = (await opens(server, before)) ?? (await opens(server, 0));
  writeDurably(portFile, String(port));
  const close = async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${port}`, close };
}

/** The port, or undefined if it is in use. */
async function opens(server: Server, port: number): Promise<number | undefined> {
  server.listen(port, '127.0.0.1');
  return once(server, 'listening').then(
    () => (server.address() as AddressInfo).port,
    () => undefined,
  );
}

function serverOf(service: AwsService): Server {
  const serve = async (request: IncomingMessage): Promise<AwsAnswer> => {
    const { headers, method = 'GET', url = '/' } = request;
    const answer = await service(
      new AwsCall(headers, isUpload(request) ? request : await collect(request), { method, url }),
    );
    // A client reads the rejection of its upload only once the upload is through.
    request.resume();
    return answer;
  };
  return createServer({ noDelay: true, keepAliveTimeout: 60_000 }, (request, response) => {
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
}

/** Whether a link uploads an object, which may be large. */
const isUpload = ({ method, url = '' }: IncomingMessage): boolean =>
  method === 'PUT' && url.includes('X-Amz-Signature=');

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

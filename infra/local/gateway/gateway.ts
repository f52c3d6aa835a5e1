import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { voipbin } from '#contract/voipbin.ts';
import { headTimeouts, idleTimeout, limitUnfinished } from '#runtime/unfinished-requests.ts';
import type { Lambdas } from '../lambda/lambda.ts';
import type { Visitor } from './visitor.ts';
import { portSentence, type ListenAddress } from '../machine/port-trouble.ts';
import { LocalCloudError, type CloudResource } from '../templates/resource.ts';
import { BackOff } from './back-off.ts';
import { decodedPath, toAnswer, toEvent, type Answer } from './gateway-event.ts';
import { routeTable, type Route, type RouteMatch } from './gateway-routes.ts';

/**
 * Limits of API Gateway's HTTP API and of Lambda's Invoke.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const limits = {
  /** Bytes of request line and header lines together. */
  head: 10_240,
  /** Bytes of a request's body. */
  body: 10 * 1024 * 1024,
  /** Bytes of an event or of a function's answer, as JSON. */
  payload: 6_291_556,
  /** Milliseconds for a function's answer; an integration may set less. */
  integration: 30_000,
} as const;

/** The errors of API Gateway itself, always `{"message": …}`. */
const gatewayErrors = {
  badRequest: { status: 400, message: 'Bad Request' },
  notFound: { status: 404, message: 'Not Found' },
  timeout: { status: 408, message: 'Request Timeout' },
  bodyTooLarge: { status: 413, message: 'Request Entity Too Large' },
  headTooLarge: { status: 431, message: 'Request Header Fields Too Large' },
  functionFailed: { status: 500, message: 'Internal Server Error' },
  unavailable: { status: 503, message: 'Service Unavailable' },
} as const;

/** One of API Gateway's own errors. */
type GatewayError = (typeof gatewayErrors)[keyof typeof gatewayErrors];

/** `CorsConfiguration` of an `AWS::ApiGatewayV2::Api`. */
type CorsConfiguration = {
  readonly AllowOrigins?: readonly string[];
  readonly AllowMethods?: readonly string[];
  readonly AllowHeaders?: readonly string[];
  readonly ExposeHeaders?: readonly string[];
  readonly AllowCredentials?: boolean;
  /** Seconds. */
  readonly MaxAge?: number;
};

type Headers = Readonly<Record<string, string>>;

/**
 * The headers that the HTTP API adds for browsers, in place of the function's own. None if the origin is not allowed.
 * OPTIONS is answered by the gateway itself whenever CORS is configured, `$default` or not.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
function corsHeaders(configuration: CorsConfiguration, { method, headers: { origin } }: IncomingMessage): Headers {
  const allowed = configuration.AllowOrigins?.find((pattern) => allows(pattern, origin));
  if (origin === undefined || allowed === undefined) return {};
  const listed = (values: readonly string[] | undefined, name: string): Headers =>
    values?.length ? { [name]: values.join(',') } : {};
  return {
    'access-control-allow-origin': allowed === '*' ? '*' : origin,
    ...(configuration.AllowCredentials ? { 'access-control-allow-credentials': 'true' } : {}),
    ...(method === 'OPTIONS'
      ? {
          ...listed(configuration.AllowMethods, 'access-control-allow-methods'),
          ...listed(configuration.AllowHeaders, 'access-control-allow-headers'),
          ...(configuration.MaxAge === undefined ? {} : { 'access-control-max-age': String(configuration.MaxAge) }),
        }
      : listed(configuration.ExposeHeaders, 'access-control-expose-headers')),
  };
}

/** `*`, `https://*`, `http://*` or one origin. */
const allows = (pattern: string, origin: string | undefined): boolean =>
  origin !== undefined &&
  (pattern.endsWith('*') ? origin.startsWith(pattern.slice(0, -1)) : pattern.toLowerCase() === origin.toLowerCase());

/** The HTTP API, on a port of this machine. */
export type Gateway = {
  /** The requested port, or the free one that was picked. */
  readonly port: number;
  /** That of HTTPS, if it is served. */
  readonly httpsPort?: number;
  /**
   * Serves the API of the templates; until then every request is answered 503.
   */
  open(resources: readonly CloudResource[], lambdas: Lambdas, options?: ApiOptions): void;
  /** Accepts no more requests, waits at most `milliseconds` for those in progress, and aborts the rest. */
  close(milliseconds: number): Promise<void>;
};

type ApiOptions = {
  /** Those of the local cloud, below `/_local/`. */
  readonly pages?: LocalPages | undefined;
  /** Addresses of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies?: readonly string[];
};

/** HTTPS beside HTTP: its port, key and certificate (PEM). */
export type Https = { readonly port: number; readonly key: string; readonly cert: string };

type LocalRequest = Pick<IncomingMessage, 'method' | 'url'> & Visitor;
/** Answers of pages that only the local cloud has; null: there is no such page for this request. */
export type LocalPages = (request: LocalRequest) => Promise<Answer | null>;

/** What answers requests: the routes, the functions behind them, and pages of the local cloud. */
export type ServedApi = {
  readonly match: (method: string, path: string) => RouteMatch | null;
  readonly cors: CorsConfiguration | undefined;
  readonly lambdas: Pick<Lambdas, 'invoke'>;
  readonly pages: LocalPages;
  /** By which rejections are repeated. */
  readonly backOff?: BackOff;
};

/** Milliseconds; longer than clients keep an idle connection, so that it is never closed under a request. */
const keepAlive = 75_000;
/** Paths reserved for the local cloud; API Gateway does not have them. */
const localPages = '/_local/';
export const noPages: LocalPages = async () => null;

/**
 * Opens the port at once, so that a port in use is reported before anything else starts.
 *
 * @param listenAddress address, and port: 0 picks a free one
 * @param https serves the same by HTTPS at another port of the address
 * @throws LocalCloudError if a port cannot be opened
 */
export async function listenGateway(listenAddress: ListenAddress, https?: Https): Promise<Gateway> {
  let api: ServedApi | undefined;
  const options = { ...headTimeouts, maxHeaderSize: 2 * limits.head, keepAliveTimeout: keepAlive };
  const answerRequest = (request: IncomingMessage, response: ServerResponse): void =>
    void serve(api, request, response);
  const server = createServer(options, answerRequest);
  await listen(server, listenAddress, 'PORT');
  const secure = https && createTlsServer({ ...options, ...https, minVersion: 'TLSv1.2' }, answerRequest);
  if (secure !== undefined)
    await listen(secure, { ...listenAddress, port: https?.port ?? 0 }, 'HTTPS_PORT').catch(async (error: unknown) => {
      await closeServer(server, 0);
      throw error;
    });
  return {
    port: portOf(server),
    ...(secure === undefined ? {} : { httpsPort: portOf(secure) }),
    open: (resources, lambdas, { pages = noPages, trustedProxies = [] } = {}) => {
      const backOff = new BackOff({ trustedProxies, now: Date.now });
      api = { ...interpretApi(resources, lambdas), pages, backOff };
    },
    close: async (milliseconds) => {
      await Promise.all(
        [server, ...(secure === undefined ? [] : [secure])].map((each) => closeServer(each, milliseconds)),
      );
    },
  };
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** @param setting the environment variable that names the port @throws LocalCloudError */
async function listen(server: Server, listenAddress: ListenAddress, setting: string): Promise<void> {
  server.on('clientError', rejectMalformed);
  server.setTimeout(idleTimeout);
  limitUnfinished(server);
  server.listen(listenAddress);
  await once(server, 'listening').catch((error: unknown) => {
    throw new LocalCloudError(portSentence(listenAddress, setting, error as NodeJS.ErrnoException));
  });
}

async function closeServer(server: Server, milliseconds: number): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  await Promise.race([closed, pause(milliseconds, undefined, { ref: false })]);
  clearInterval(idle);
  server.closeAllConnections();
  await closed;
}

type ApiProperties = { readonly CorsConfiguration?: CorsConfiguration };
type RouteProperties = { readonly RouteKey: string; readonly Target: string };
type IntegrationProperties = {
  readonly IntegrationUri: string;
  readonly IntegrationType: string;
  readonly PayloadFormatVersion?: string;
  readonly TimeoutInMillis?: number;
};
type StageProperties = { readonly StageName: string };

const knownStages: ReadonlySet<string> = new Set(['$default', voipbin.stage]);

/** @throws LocalCloudError for an API in another form than our templates have, or a missing function */
function interpretApi(
  resources: readonly CloudResource[],
  lambdas: Lambdas,
): Pick<ServedApi, 'match' | 'cors' | 'lambdas'> {
  const ofType = (type: string): CloudResource[] =>
    resources.filter((resource) => resource.type === `AWS::ApiGatewayV2::${type}`);
  const [api, ...more] = ofType('Api');
  if (more.length > 0)
    throw new LocalCloudError(`The templates declare ${more.length + 1} HTTP APIs; the local gateway serves one.`);
  for (const { logicalId, properties } of ofType('Stage')) {
    if (!knownStages.has((properties as StageProperties).StageName))
      throw new LocalCloudError(
        `${logicalId}: the local gateway serves the stages ${[...knownStages].join(', ')} only.`,
      );
  }
  const integrations = new Map(ofType('Integration').map((each) => [`integrations/${each.name}`, each]));
  const routes = ofType('Route').map(({ properties, logicalId }): Route => {
    const { RouteKey: key, Target } = properties as RouteProperties;
    const integration = integrations.get(Target)?.properties as IntegrationProperties | undefined;
    if (integration?.IntegrationType !== 'AWS_PROXY' || integration.PayloadFormatVersion !== '2.0') {
      throw new LocalCloudError(
        `${logicalId}: the local gateway knows routes to functions with payload format 2.0 only.`,
      );
    }
    const target = functionOf(integration.IntegrationUri);
    const isReserved = lambdas.isReserved(target);
    return { key, target, timeout: integration.TimeoutInMillis ?? limits.integration, isReserved };
  });
  return {
    match: routeTable(routes),
    cors: (api?.properties as ApiProperties | undefined)?.CorsConfiguration,
    lambdas,
  };
}

/**
 * A function's ARN, alone or inside `arn:aws:apigateway:<region>:lambda:path/2015-03-31/functions/<ARN>/invocations`.
 */
const functionOf = (uri: string): string => /functions\/(.+)\/invocations$/.exec(uri)?.[1] ?? uri;

async function serve(api: ServedApi | undefined, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // Other origins must not read pages of the local cloud.
  const isLocal = request.url?.startsWith(localPages) === true;
  const cors = isLocal ? undefined : api?.cors && corsHeaders(api.cors, request);
  try {
    send(response, await answerOf(api, request), cors);
  } catch {
    // The client closed the connection while it sent its body, or the function returned an invalid header.
    if (request.destroyed && !request.complete) response.destroy();
    else send(response, errorAnswer(gatewayErrors.functionFailed), cors);
  }
}

/** The answer to a request, before the headers of CORS. @throws if the client ends its body early */
export async function answerOf(api: ServedApi | undefined, request: IncomingMessage): Promise<Answer> {
  if (headSize(request) > limits.head) return errorAnswer(gatewayErrors.headTooLarge);
  const path = pathOf(request);
  if (path === null) return errorAnswer(gatewayErrors.badRequest);
  if (!api) return errorAnswer(gatewayErrors.unavailable);
  if (path.startsWith(localPages)) return (await api.pages(request)) ?? errorAnswer(gatewayErrors.notFound);
  const { method = '' } = request;
  const fixed = fixedAnswer(api, method);
  if (fixed) return fixed;
  const match = api.match(method, path);
  if (!match) return errorAnswer(gatewayErrors.notFound);
  const body = await readBody(request);
  if (!body) return errorAnswer(gatewayErrors.bodyTooLarge);
  const event = toEvent({ request, path, body, match });
  const ask = (): Promise<Answer> => integrate(api.lambdas, match.route, event);
  return match.route.isReserved === true && api.backOff !== undefined ? api.backOff.answer(event, ask) : ask();
}

/** A function that exceeds the limit continues, but its client gets a 503, as on AWS. */
async function integrate(lambdas: ServedApi['lambdas'], route: Route, asked: object): Promise<Answer> {
  const event = JSON.stringify(asked);
  if (Buffer.byteLength(event) > limits.payload) return errorAnswer(gatewayErrors.bodyTooLarge);
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), route.timeout);
  const invocation = await Promise.race([lambdas.invoke(route.target, event), late.promise]);
  clearTimeout(timer);
  if (!invocation) return errorAnswer(gatewayErrors.unavailable);
  const tooLarge = Buffer.byteLength(invocation.payload) > limits.payload;
  return (
    (invocation.failed || tooLarge ? null : toAnswer(invocation.payload)) ?? errorAnswer(gatewayErrors.functionFailed)
  );
}

const errorAnswer = ({ status, message }: GatewayError): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  cookies: [],
  body: JSON.stringify({ message }),
});

/** The answers that no function gives; null otherwise. */
function fixedAnswer({ cors }: ServedApi, method: string): Answer | null {
  return cors && method === 'OPTIONS' ? { cookies: [], body: '', status: 204, headers: {} } : null;
}

/**
 * The decoded path of a request. Null: it cannot be read, or the request names no version, or two hosts, of which a
 * proxy and a server could take different ones (RFC 9112 §3.2).
 */
function pathOf({ httpVersion, rawHeaders, url = '' }: IncomingMessage): string | null {
  const hosts = rawHeaders.filter((text, at) => at % 2 === 0 && /^host$/i.test(text)).length;
  return httpVersion === '0.9' || hosts > 1 ? null : decodedPath(url);
}

/** Bytes of request line and header lines as sent, without spaces around values. */
function headSize({ method = '', url = '', rawHeaders }: IncomingMessage): number {
  const requestLine = method.length + url.length + ' HTTP/1.1\r\n'.length + 1;
  return rawHeaders.reduce((sum, text) => sum + text.length + ': '.length, requestLine);
}

/**
 * @returns null if it is larger than API Gateway allows; the rest is read and dropped, so that the client can read the
 * answer
 */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (length === undefined && encoding === undefined) return Buffer.alloc(0);
  if (Number(length) > limits.body) return null;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limits.body) chunks.push(chunk);
  }
  return size > limits.body ? null : Buffer.concat(chunks);
}

/** With CORS configured, the gateway's CORS headers replace the function's. */
function send(
  response: ServerResponse,
  { status, headers, cookies, body }: Answer,
  cors: Readonly<Record<string, string>> | undefined,
): void {
  const own = cors
    ? Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('access-control-')))
    : headers;
  const head: Record<string, string | string[]> = { ...own, ...cors };
  if (cookies.length > 0) head['set-cookie'] = [...cookies];
  if (status !== 204 && status !== 304) head['content-length'] = String(Buffer.byteLength(body));
  response.writeHead(status, head).end(body);
}

/** By Node's codes (Node.js API, "Class: http.Server"). */
const rejections: Readonly<Record<string, GatewayError>> = {
  HPE_HEADER_OVERFLOW: gatewayErrors.headTooLarge,
  ERR_HTTP_REQUEST_TIMEOUT: gatewayErrors.timeout,
};

/** Answers what is not HTTP, or not whole in time: Node rejects it before a request exists. */
function rejectMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable) return;
  const { status, message } = rejections[error.code ?? ''] ?? gatewayErrors.badRequest;
  const body = JSON.stringify({ message });
  socket.end(
    `HTTP/1.1 ${status} ${message}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
}

import { randomUUID } from 'node:crypto';
import { voipbin } from '#contract/voipbin.ts';
import type { RouteMatch } from './gateway-routes.ts';
import { pseudoParameters } from '../templates/resource.ts';

/** What an event has of a request: a part of `IncomingMessage` of `node:http`. */
export type RequestHead = {
  readonly method?: string | undefined;
  /** Path and query, as in the request line. */
  readonly url?: string | undefined;
  readonly httpVersion: string;
  /** Names and values by turns. */
  readonly rawHeaders: readonly string[];
  readonly headers: { readonly cookie?: string | undefined };
  readonly socket: { readonly remoteAddress?: string | undefined; readonly localPort?: number | undefined };
};

/** A request with its complete body. */
export type WholeRequest = {
  readonly request: RequestHead;
  /** Decoded, as {@link decodedPath} gives it. */
  readonly path: string;
  readonly body: Buffer;
  readonly match: RouteMatch;
};

/** The answer to the client, as the function returned it or API Gateway inferred it. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: string | Buffer;
};

/** Headers of the connection, which are not forwarded. `cookie` has a field of its own. */
const notForwarded = new Set([
  'connection',
  'cookie',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const notAnswered = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding']);

/**
 * The path of a request line as API Gateway reads it: decoded once, then cut at an encoded `?`. Null if it is
 * malformed.
 */
export function decodedPath(url: string): string | null {
  const end = url.indexOf('?');
  const encoded = end < 0 ? url : url.slice(0, end);
  if (!encoded.startsWith('/')) return null;
  return encoded.includes('%') ? (decoded(encoded)?.split('?', 1)[0] ?? null) : encoded;
}

/** Null if it is malformed. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** A stage, and the path with it: that of a named stage begins with the name, in place of the base path. */
function stageOf(path: string): { readonly stage: string; readonly rawPath: string } {
  const { basePath, stage } = voipbin;
  const isMapped = path === basePath || path.startsWith(`${basePath}/`);
  return isMapped
    ? { stage, rawPath: `/${stage}${path.slice(basePath.length)}` }
    : { stage: '$default', rawPath: path };
}

/**
 * The event of payload format 2.0. Base paths of API mappings to `$default` stay in `rawPath`, as on a custom domain.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function toEvent({ request, path, body, match }: WholeRequest, now: Date = new Date()) {
  const { method = '', url = '', httpVersion } = request;
  const sourceIp = (request.socket.remoteAddress ?? '').replace('::ffff:', '');
  const { headers, cookies } = headersOf(request, sourceIp);
  const rawQueryString = url.includes('?') ? url.slice(url.indexOf('?') + 1) : '';
  const host = headers['host'] ?? '';
  const { stage, rawPath } = stageOf(path);
  return {
    version: '2.0',
    routeKey: match.route.key,
    rawPath,
    rawQueryString,
    ...(cookies.length > 0 && { cookies }),
    headers,
    ...(rawQueryString !== '' && { queryStringParameters: queryOf(rawQueryString) }),
    requestContext: {
      accountId: pseudoParameters['AWS::AccountId'],
      apiId: 'local',
      // Without the port of this machine, which a custom domain does not have.
      domainName: host.replace(/:[0-9]+$/, ''),
      domainPrefix: host.split('.')[0],
      http: {
        method,
        path: rawPath,
        protocol: `HTTP/${httpVersion}`,
        sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: match.route.key,
      stage,
      time: commonLogTime(now),
      timeEpoch: now.getTime(),
    },
    ...(match.pathParameters && { pathParameters: match.pathParameters }),
    ...bodyOf(body, headers),
  };
}

function headersOf(
  { rawHeaders, headers: { cookie }, socket }: RequestHead,
  sourceIp: string,
): { headers: Record<string, string>; cookies: string[] } {
  const headers = Object.create(null) as Record<string, string>;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    const value = rawHeaders[index + 1] ?? '';
    if (!notForwarded.has(name)) headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
  }
  headers['x-forwarded-for'] =
    headers['x-forwarded-for'] === undefined ? sourceIp : `${headers['x-forwarded-for']}, ${sourceIp}`;
  headers['x-forwarded-port'] = String(socket.localPort);
  headers['x-forwarded-proto'] = 'http';
  return { headers, cookies: cookie === undefined ? [] : cookie.split(/; */) };
}

function queryOf(query: string): Record<string, string> {
  const parameters = Object.create(null) as Record<string, string>;
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const separator = pair.indexOf('=');
    const name = decodeQuery(separator < 0 ? pair : pair.slice(0, separator));
    const value = separator < 0 ? '' : decodeQuery(pair.slice(separator + 1));
    parameters[name] = parameters[name] === undefined ? value : `${parameters[name]},${value}`;
  }
  return parameters;
}

function decodeQuery(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  return decoded(spaced) ?? spaced;
}

/** Text only for exactly these types; forms, a missing type and compressed bodies arrive base64. */
const isText = (contentType: string): boolean =>
  /^\s*(text\/[^;]*|application\/(json|xml|javascript))\s*(;|$)/i.test(contentType);

function bodyOf(body: Buffer, headers: Readonly<Record<string, string>>): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const isBase64Encoded =
    !isText(headers['content-type'] ?? '') || (headers['content-encoding'] ?? 'identity') !== 'identity';
  return { body: body.toString(isBase64Encoded ? 'base64' : 'utf8'), isBase64Encoded };
}

/** `12/Mar/2020:19:03:58 +0000` */
function commonLogTime(now: Date): string {
  const [, day, month, year, time] = now.toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}

type StructuredAnswer = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly cookies: readonly unknown[];
  readonly body: string;
  readonly isBase64Encoded: boolean;
};

/**
 * Reads a function's result: structured if it has a `statusCode`, otherwise the body of a 200.
 *
 * @returns null if API Gateway answers 500 in its place
 */
export function toAnswer(payload: string): Answer | null {
  const result: unknown = JSON.parse(payload);
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) {
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      cookies: [],
      body: typeof result === 'string' ? result : payload,
    };
  }
  const structured = { headers: {}, cookies: [], body: '', isBase64Encoded: false, ...result };
  if (!isStructured(structured)) return null;
  const { statusCode, headers, cookies, body, isBase64Encoded } = structured;
  const sent = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
    .filter(([name]) => !notAnswered.has(name));
  return {
    status: statusCode,
    headers: { ...(body !== '' && { 'content-type': 'text/plain;charset=UTF-8' }), ...Object.fromEntries(sent) },
    cookies: cookies.map(String),
    body: isBase64Encoded ? Buffer.from(body, 'base64') : body,
  };
}

function isStructured(answer: { readonly [Field in keyof StructuredAnswer]: unknown }): answer is StructuredAnswer {
  const { statusCode, headers, cookies, body } = answer;
  const validStatus =
    typeof statusCode === 'number' && Number.isInteger(statusCode) && statusCode >= 100 && statusCode <= 599;
  return (
    validStatus && typeof headers === 'object' && headers !== null && Array.isArray(cookies) && typeof body === 'string'
  );
}

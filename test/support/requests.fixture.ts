import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { incoming, type Incoming } from '#http/request/incoming.ts';
import type { ApiHandler } from '#http/serve.ts';
import { omit } from '#schema/omit.ts';

/** Requests as API Gateway passes them to a function, and the function's answers. */

export type TestRequest = {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** An object becomes JSON. */
  readonly body?: string | object;
  readonly ip?: string;
  /** The host name that the request is sent to. */
  readonly host?: string;
  /** Of a request for a route of any method. Default: that of the route. */
  readonly method?: string;
  /** The stage; `$default` by default. The path begins with the name of another one. */
  readonly stage?: string;
};

const pathOf = (template: string, params: Readonly<Record<string, string>>): string =>
  template.replaceAll(/\{(\w+)\+?\}/g, (_, name: string) => params[name] ?? '');

/** The event (payload format 2.0) of a request for a route, such as `GET /toys/{id}`. */
export function eventOf(
  routeKey: string,
  { params, query, headers = {}, body, ip = '192.0.2.7', host = 'api.test', method, stage }: TestRequest = {},
): APIGatewayProxyEventV2 {
  const [verb = 'GET', template = '/'] = routeKey.split(' ');
  const path = (stage === undefined ? '' : `/${stage}`) + pathOf(template, params ?? {});
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: new URLSearchParams(query).toString(),
    isBase64Encoded: false,
    headers: { 'user-agent': 'test', ...headers },
    ...(params === undefined ? {} : { pathParameters: { ...params } }),
    ...(query === undefined ? {} : { queryStringParameters: { ...query } }),
    ...(text === undefined ? {} : { body: text }),
    requestContext: {
      accountId: '0',
      apiId: 'api',
      domainName: host,
      domainPrefix: host.split('.')[0] ?? '',
      requestId: 'req-1',
      routeKey,
      stage: stage ?? '$default',
      time: '',
      timeEpoch: 0,
      http: { method: method ?? verb, path, protocol: 'HTTP/1.1', sourceIp: ip, userAgent: 'test' },
    },
  };
}

/** A decoded request; `more` replaces its fields. */
export const incomingRequest = (more: Partial<Incoming> = {}): Incoming => ({
  ...incoming(eventOf('GET /toys'), []),
  ...more,
});

/** A request with one kind of body: `json`, a plain `text`, or a `form` that arrives in base64. */
export type Call = Omit<TestRequest, 'body'> & {
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>> | string;
  readonly text?: string;
  readonly token?: string | undefined;
};

/** A JSON answer, whose data are mostly texts. */
export type Reply = {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as it is sent. */
  readonly text: string;
  /** Null if it is no JSON. */
  readonly body: {
    readonly data: Readonly<Record<string, string>>;
    readonly error: { readonly code: string; readonly details: readonly { readonly path: string }[] };
  };
};

const contentOf = ({ json, form, text }: Call): { readonly type: string; readonly text: string } | undefined => {
  if (json !== undefined) return { type: 'application/json', text: JSON.stringify(json) };
  if (text !== undefined) return { type: 'text/plain', text };
  if (form === undefined) return undefined;
  return { type: 'application/x-www-form-urlencoded', text: new URLSearchParams(form).toString() };
};

const inBase64 = (event: APIGatewayProxyEventV2): APIGatewayProxyEventV2 => ({
  ...event,
  body: Buffer.from(event.body ?? '').toString('base64'),
  isBase64Encoded: true,
});

/**
 * Calls an endpoint of a function by its route:
 * `call(handler, 'POST /auth/{entity}', { params: { entity: 'user' }, json })`.
 */
export async function call(handler: ApiHandler, route: string, request: Call = {}): Promise<Reply> {
  const content = contentOf(request);
  const { token, headers = {}, form } = request;
  const event = eventOf(route, {
    ...omit(request, 'json', 'form', 'text', 'token'),
    ...(content === undefined ? {} : { body: content.text }),
    headers: {
      accept: 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(content === undefined ? {} : { 'content-type': content.type }),
      ...headers,
    },
  });
  const result = await handler(form === undefined ? event : inBase64(event), context);
  const text = result.body ?? '';
  const replied = Object.fromEntries(
    Object.entries(result.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  return {
    status: result.statusCode ?? 0,
    headers: replied,
    text,
    body: JSON.parse(
      text === '' || /^(?:text|image|application\/pem)\b/.test(replied['content-type'] ?? '') ? 'null' : text,
    ) as Reply['body'],
  };
}

const context = { functionName: 'test', awsRequestId: 'test-request' } as Context;

/** Status and, for an error, its code: `401 INVALID_CREDENTIALS`. */
export const outcome = ({ status, body }: Reply): string =>
  status < 400 ? String(status) : `${status} ${body.error.code}`;
export const outcomes = (replies: readonly Reply[]): string[] => replies.map(outcome);

import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Endpoint } from '../contract/endpoint.ts';
import { invalidResponseMessage } from '../contract/log-messages.ts';
import { takesIdempotencyKey } from '../contract/pipeline-effects.ts';
import type { Resource } from '../contract/resource.ts';
import { AppError, type Problem } from '../errors.ts';
import type { Prefetch } from '../dynamodb/early-reads.ts';
import { pageRequest } from '../dynamodb/page.ts';
import type { PageQuery } from '../schema/query.ts';
import { admit, defer } from './admission/admit.ts';
import { authenticator } from './admission/authenticate.ts';
import { bodyObject, parseBody, parseValues, type ParsedBody } from './body.ts';
import { credentialVerifier, type Credential } from './admission/credential.ts';
import { decide, type AnyHandler } from './decide.ts';
import { recorder, type Origin, type Recorder } from '../runtime/event-record.ts';
import { originOf, type Admitted, type Exchange, type Service } from './exchange.ts';
import { formats } from './answers/formats/format.ts';
import type { Request } from './handlers.ts';
import { beginIdempotent, type Idempotency } from './idempotency.ts';
import { incoming, type Incoming } from './incoming.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import { RateLimited, rateLimiter, remaining, type Window } from './admission/rate-limits.ts';
import { answerConditionally } from './answers/not-modified.ts';
import { gatewayResult, InvalidResponse, type Rendered } from './answers/render.ts';
import { renderError, type RenderedBody } from './answers/render-error.ts';
import { tokenVerifier } from './admission/token.ts';

export type Pipeline = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/** The way of every request of a resource (architecture.md, "A request's way"). */
export function pipeline(
  of: Resource,
  handlers: Readonly<Record<string, AnyHandler>>,
  dependencies: Dependencies,
  prefetch?: Prefetch,
): Pipeline {
  const { store, environment } = dependencies;
  const limiter = rateLimiter(store, environment, dependencies.random);
  const verify = credentialVerifier(store, tokenVerifier(store, environment['PUBLIC_URL'] ?? ''));
  const service: Service = { dependencies, limiter, verify, authenticate: authenticator(store, limiter), prefetch };
  const endpoints = new Map(of.endpoints.map((endpoint) => [endpoint.route as string, endpoint]));
  const trustedProxies = (environment['TRUSTED_PROXIES'] ?? '').split(',').filter((each) => each !== '');

  return async (event) => {
    const started = performance.now();
    const endpoint = endpointOf(endpoints, event.routeKey);
    const handle = handlers[endpoint.route];
    if (handle === undefined) throw new Error(`${endpoint.route} has no handler`);
    const exchange: Exchange = {
      request: incoming(event, trustedProxies),
      endpoint,
      format: formats[endpoint.format ?? of.format],
      now: dependencies.clock(),
      window: undefined,
      authenticated: undefined,
    };
    const rendered = await answer(service, exchange, handle).catch((error: unknown) =>
      failure(error, exchange, dependencies),
    );
    logRequest(dependencies, exchange, rendered.status, performance.now() - started);
    return gatewayResult(rendered, exchange.request.requestId, headersOf(exchange));
  };
}

/**
 * `HEAD /health` is answered as its GET, `PUT /errors` by `ANY`, `$default` by the endpoint that takes what no route
 * knows.
 */
function endpointOf(endpoints: ReadonlyMap<string, Endpoint>, routeKey: string): Endpoint {
  const [, path = ''] = routeKey.split(' ');
  const found =
    endpoints.get(routeKey) ??
    endpoints.get(`GET ${path}`) ??
    endpoints.get(`ANY ${path}`) ??
    (routeKey === '$default' ? [...endpoints.values()].find(({ fallback }) => fallback) : undefined);
  if (found === undefined) throw new Error(`${routeKey} is not of this function`);
  return found;
}

async function answer(service: Service, exchange: Exchange, handle: AnyHandler): Promise<Rendered> {
  const { endpoint, request } = exchange;
  const credential = proof(service, exchange);
  const said = parse(endpoint, request);
  const admitted = await admit(service, exchange, { credential, params: said.params, body: said.content ?? {} });
  said.rethrow();
  const { params = {}, query = {}, content = {} } = said;
  // Behind the admission, as a large body costs more to judge than to read.
  const body = endpoint.body === undefined ? undefined : parseBody(endpoint.body, content);
  admitted?.checkNamed();
  if (endpoint.brokenRule === 400) valueOf(body);
  const idempotency = await begin(service, exchange, admitted);
  if (idempotency?.kind === 'replay')
    return { ...idempotency.answer, headers: { ...idempotency.answer.headers, 'Idempotent-Replayed': 'true' } };
  const asked = ask(service, exchange, admitted, { params, query, body, content });
  const decided = await decide(service.dependencies, handle, {
    exchange,
    asked,
    organization: admitted?.organization.org_id ?? 0,
    idempotency,
  });
  return answerConditionally(request, decided);
}

/**
 * The credential, of which a signature is verified on another thread while this one parses. Whatever is wrong is told
 * in its turn.
 */
function proof({ verify }: Service, { endpoint, request, now }: Exchange): Promise<Credential> | undefined {
  if (endpoint.scope === 'public') return undefined;
  const credential = verify(request, now);
  credential.catch(() => undefined);
  return credential;
}

/**
 * What a request says but for the contract's judgement of its body. What breaks its form is absent, and an error for
 * later.
 */
function parse(endpoint: Endpoint, request: Incoming) {
  const content = defer(() => (takesBody(endpoint) ? bodyObject(endpoint, request) : {}));
  const params = defer(() => parseValues(endpoint.params ?? {}, request.params, 'path'));
  const query = defer(() => parseValues(endpoint.query ?? {}, request.query, 'query'));
  const rethrow = (): void => [params, query, content].forEach((part) => part.rethrow());
  return { params: params.value, query: query.value, content: content.value, rethrow };
}

/** Any body may name the organization; only a public endpoint without one of its own never looks at it. */
const takesBody = (endpoint: Endpoint): boolean => endpoint.body !== undefined || endpoint.scope !== 'public';

type Parsed = {
  readonly params: object;
  readonly query: object;
  readonly body: ParsedBody<unknown> | undefined;
  readonly content: Readonly<Record<string, unknown>>;
};

function ask(
  service: Service,
  exchange: Exchange,
  admitted: Admitted | undefined,
  { params, query, body, content }: Parsed,
): Request {
  const { request, now } = exchange;
  const { dependencies } = service;
  const caller = admitted?.authenticated.caller;
  const organization = admitted?.organization.org_id ?? 0;
  const recordIn = (of: number, actor?: Origin['actor']): Recorder =>
    recorder({
      origin: { ...originOf(exchange), ...(actor === undefined ? {} : { actor }) },
      organization: of,
      now,
      nextId: dependencies.nextId,
    });
  const asked = {
    caller,
    organization: admitted?.organization,
    params,
    query,
    body: () => valueOf(body),
    content,
    page: (inBody?: { readonly asked: PageQuery; readonly filters: unknown }) =>
      pageRequest(inBody?.asked ?? query, {
        key: caller?.pageKey ?? '',
        scope: pageScope(organization, request, inBody?.filters),
        now: now.getTime(),
      }),
    pinnedVersion: pinnedVersion(exchange, content),
    record: recordIn(organization),
    recordIn,
    now,
    headers: request.headers,
    ip: request.ip,
    userAgent: request.userAgent,
    requestId: request.requestId,
    asked: { method: request.method, path: request.path, query: request.query },
    errorDocument: (problem: Problem) => errorDocument(problem, exchange),
  };
  // Here the endpoints of all resources meet; `Handlers` gives each handler its exact request type.
  return asked as Request;
}

function valueOf(body: ParsedBody<unknown> | undefined): unknown {
  if (body !== undefined && 'problem' in body) throw body.problem;
  return body?.value;
}

/** Where the seed's own table knows no 422 a broken rule is a 400, under the same code. */
const inTermsOf = ({ brokenRule }: Endpoint, error: AppError): AppError =>
  brokenRule === 400 && error.status === 422 ? new StatusError(error, 400) : error;

/** An error under another status than its code's usual one. */
class StatusError extends AppError {
  readonly #status: number;

  constructor(problem: AppError, status: number) {
    super(problem.code, problem.message, { details: problem.details });
    this.#status = status;
  }

  override get status(): number {
    return this.#status;
  }
}

/** Everything that makes two requests ask for the same list: their page tokens are interchangeable. */
function pageScope(organization: number, request: Incoming, inBody: unknown): string {
  const passing = new Set(['page_token', 'limit', 'per_page', 'offset', 'page', 'count', 'accesskey']);
  const filters = Object.entries(request.query)
    .filter(([name]) => !passing.has(name))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([organization, request.routeKey, request.params, filters, inBody]);
}

/** `If-Match: "3"` or the body's `version`; a tag that was never ours is version 0, which nothing has. */
function pinnedVersion(
  { endpoint, request }: Exchange,
  content: Readonly<Record<string, unknown>>,
): number | undefined {
  if (endpoint.method === 'GET' || endpoint.method === 'ANY') return undefined;
  const tag = request.headers['if-match'];
  if (tag !== undefined && tag !== '*') {
    return Number(/^(?:W\/)?"([0-9]{1,15})"$/.exec(tag.trim())?.[1] ?? 0);
  }
  const { version } = content;
  return typeof version === 'number' ? version : undefined;
}

async function begin(
  { dependencies }: Service,
  { endpoint, request, now }: Exchange,
  admitted: Admitted | undefined,
): Promise<Idempotency | undefined> {
  const key = request.headers['idempotency-key'];
  if (key === undefined || key === '' || !takesIdempotencyKey(endpoint) || admitted === undefined) return undefined;
  const { caller } = admitted.authenticated;
  return beginIdempotent(dependencies.store, {
    organization: caller.organization,
    principal: caller.id,
    route: endpoint.route,
    key,
    now,
    attempt: dependencies.nextId('att'),
    content: JSON.stringify([request.path, request.query, request.body]),
  });
}

/** Any failure as an answer: what is not meant is a 500 that says nothing, and a line that raises an alarm. */
function failure(error: unknown, exchange: Exchange, dependencies: Dependencies): Rendered {
  const { request, endpoint } = exchange;
  if (error instanceof RateLimited) exchange.window = error.window;
  const meant = inTermsOf(
    endpoint,
    error instanceof AppError
      ? error
      : new AppError('INTERNAL_ERROR', 'Something went wrong on our side', { cause: error }),
  );
  if (meant.status >= 500)
    dependencies.log.fault(
      error,
      request.requestId,
      error instanceof InvalidResponse ? invalidResponseMessage : 'unexpected error',
    );
  const { contentType, body } = errorDocument(meant, exchange);
  return {
    status: meant.status,
    headers: {
      'Content-Type': contentType,
      ...(meant.retryAfter === undefined ? {} : { 'Retry-After': String(meant.retryAfter) }),
      ...(meant.status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
    },
    body,
  };
}

const errorDocument = (problem: Problem, { request, now, format }: Exchange): RenderedBody =>
  renderError(problem, { requestId: request.requestId, now, accept: request.headers['accept'], format });

const rateHeaders = (window: Window | undefined): Record<string, string> =>
  window === undefined
    ? {}
    : {
        'X-RateLimit-Limit': String(window.limit),
        'X-RateLimit-Remaining': String(remaining(window)),
        'X-RateLimit-Reset': String(window.reset),
      };

/** RFC 9745 and RFC 5829. */
const deprecationHeaders = (of: Endpoint['deprecated']): Record<string, string> =>
  of === undefined ? {} : { Deprecation: `@${of.since}`, Link: `<${of.successor}>; rel="successor-version"` };

const headersOf = ({ window, endpoint }: Exchange): Record<string, string> => ({
  ...rateHeaders(window),
  ...deprecationHeaders(endpoint.deprecated),
  ...(endpoint.cacheControl === undefined ? {} : { 'Cache-Control': endpoint.cacheControl }),
});

function logRequest(
  dependencies: Dependencies,
  { request, endpoint, authenticated }: Exchange,
  status: number,
  duration: number,
): void {
  const caller = authenticated?.caller;
  dependencies.log.request({
    method: request.method,
    route: endpoint.path,
    status,
    duration: Math.round(duration * 10) / 10,
    request_id: request.requestId,
    principal: caller?.id ?? null,
    organization: caller?.organization ?? null,
  });
}

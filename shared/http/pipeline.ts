import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Endpoint } from '../contract/endpoint.ts';
import { takesIdempotencyKey } from '../contract/pipeline-effects.ts';
import { placePage } from '../contract/voipbin.ts';
import type { Resource } from '../contract/resource.ts';
import { AppError } from '../errors.ts';
import type { Prefetch } from '../dynamodb/prefetch.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import { admit } from './admit.ts';
import { authenticator } from './admission/authenticate.ts';
import { type Credential, credentialVerifier } from './admission/credential.ts';
import { rateLimiter, remainingRequests, type Window } from '../limits/rate-limits.ts';
import { rejections } from './admission/rejections.ts';
import { tokenVerifier } from '../signing/token.ts';
import { answerFailure, errorDocument } from './failure.ts';
import { formats } from './answers/formats.ts';
import { answerConditionally } from './answers/not-modified.ts';
import { gatewayResult, type Rendered } from './answers/render.ts';
import { bodyObject, bodyText, bodyValue, parseBody, parseValues } from './request/body.ts';
import { decide } from './decide.ts';
import type { AnyHandler } from './handlers.ts';
import type { AdmittedRequest, Exchange, Service } from './exchange.ts';
import { handlerRequest } from './handler-request.ts';
import { beginIdempotent, type Idempotency } from './idempotency.ts';
import { incoming, trustedProxiesIn, type Incoming } from './request/incoming.ts';
import { faultMetric } from './fault-metric.ts';
import { atStage } from './stage.ts';
import { assertKnownParameters, prefersStrict, unknownFieldDetails } from './unknown-fields.ts';
import { valuesOfCaller, withCaller } from '../schema/user-in-url.ts';
import { defer } from './deferred.ts';

type Pipeline = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/** Serves every request of a resource (shared/http/README.md, "A request's way"). */
export function pipeline(
  of: Resource,
  handlers: Readonly<Record<string, AnyHandler>>,
  dependencies: Dependencies,
  prefetch?: Prefetch,
): Pipeline {
  const { store, environment, log } = dependencies;
  const limiter = rateLimiter(store, environment, dependencies.random);
  const verify = credentialVerifier(store, tokenVerifier(store, environment['PUBLIC_URL'] ?? ''));
  const service: Service = {
    dependencies,
    limiter,
    rejections: rejections(store, environment),
    verify,
    authenticate: authenticator(store, limiter),
    prefetch,
  };
  const endpoints = new Map(of.endpoints.map((endpoint) => [endpoint.route as string, endpoint]));
  const trustedProxies = trustedProxiesIn(environment['TRUSTED_PROXIES']);

  return async (event) => {
    const started = performance.now();
    const { endpoint: declared, allowed } = endpointOf(endpoints, event);
    const handle = handlers[declared.route];
    if (handle === undefined) throw new Error(`${declared.route} has no handler`);
    const { request, endpoint } = atStage(event, incoming(event, trustedProxies), declared);
    const exchange: Exchange = {
      request,
      endpoint,
      format: formats[endpoint.format ?? of.format],
      now: dependencies.clock(),
      window: undefined,
      authenticated: undefined,
      owner: endpoint.owner ?? of.owner,
      hasAskedToManage: false,
      hasAskedForOwn: false,
      hasFault: false,
    };
    const asked = allowed === undefined ? answer(service, exchange, handle) : notAllowed(allowed, exchange);
    const rendered = await asked
      .catch((error: unknown) => countRejection(service, exchange, error))
      .catch((error: unknown) => answerFailure(error, exchange, log));
    logRequest(dependencies, exchange, rendered.status, performance.now() - started);
    return gatewayResult(rendered, exchange.request.requestId, headersOf(exchange));
  };
}

/** The endpoint of an event; or one of its path, with the methods that the path supports. */
type Found = { readonly endpoint: Endpoint; readonly allowed?: readonly string[] };

/**
 * The endpoint of an event. HEAD uses the GET endpoint of its path, any method an `ANY` endpoint, and `$default` the
 * endpoint that is declared as fallback. Endpoints of a path may share a route of any method (`#contract/routes.ts`).
 */
function endpointOf(
  endpoints: ReadonlyMap<string, Endpoint>,
  { routeKey, requestContext: { http } }: APIGatewayProxyEventV2,
): Found {
  const [verb, path = ''] = routeKey.split(' ');
  const endpoint =
    endpoints.get(routeKey) ??
    endpoints.get(`${verb === 'ANY' ? http.method : 'GET'} ${path}`) ??
    endpoints.get(`ANY ${path}`) ??
    (routeKey === '$default' ? [...endpoints.values()].find(({ fallback }) => fallback) : undefined);
  if (endpoint !== undefined) return { endpoint };
  const ofPath = [...endpoints.values()].filter((each) => verb === 'ANY' && each.path === path);
  const [first] = ofPath;
  if (first === undefined) throw new Error(`${routeKey} is no route of this function`);
  const withHead = ofPath.find(({ head }) => head);
  if (http.method === 'HEAD' && withHead !== undefined) return { endpoint: withHead };
  const methods = ofPath.flatMap(({ method, head }) => [method, ...(head === true ? ['HEAD'] : [])]);
  return { endpoint: first, allowed: methods };
}

/** The answer to a method that a path does not support. */
async function notAllowed(methods: readonly string[], exchange: Exchange): Promise<Rendered> {
  const message = 'This path does not support the method; the Allow header lists those that it supports';
  const problem = { status: 405, code: 'METHOD_NOT_ALLOWED', message, details: [] };
  const { contentType, body } = errorDocument(problem, exchange);
  return { status: 405, headers: { 'Content-Type': contentType, Allow: methods.join(', ') }, body };
}

/** Before any work for a credential. @throws RateLimited when the address has used up its 401s */
function assertNotRejectedTooOften({ rejections }: Service, { endpoint, request, now }: Exchange): void {
  if (endpoint.scope !== 'public' || endpoint.rate === 'login') rejections.assertAllowed(request.ip, now);
}

/** Counts a 401 by address. @throws the error of the request, or RateLimited in its place */
async function countRejection({ rejections }: Service, { request, now }: Exchange, error: unknown): Promise<never> {
  if (error instanceof AppError && error.status === 401) await rejections.count(request.ip, now);
  throw error;
}

async function answer(service: Service, exchange: Exchange, handle: AnyHandler): Promise<Rendered> {
  const { endpoint } = exchange;
  assertNotRejectedTooOften(service, exchange);
  const credential = verifyCredential(service, exchange);
  await nameCaller(exchange, credential);
  const { request } = exchange;
  const parsed = parseRequest(endpoint, request);
  const admitted = await admit(service, exchange, { credential, params: parsed.params, body: parsed.content ?? {} });
  parsed.rethrow();
  if (isStrict(exchange)) assertKnownParameters(endpoint, request.query);
  const { params = {} } = parsed;
  const { query, content } = placePage(endpoint, { query: parsed.query ?? {}, content: parsed.content ?? {} });
  // After admission: checking a large body against its schema costs more than parsing it.
  const { text, body } = checkBody(exchange, content);
  admitted?.assertNamedOrganization();
  if (endpoint.brokenRule === 400) bodyValue(body);
  const idempotency = await beginIdempotency(service, exchange, admitted);
  if (idempotency?.kind === 'replay')
    return { ...idempotency.answer, headers: { ...idempotency.answer.headers, 'Idempotent-Replayed': 'true' } };
  const asked = handlerRequest(service, exchange, admitted, { params, query, body, text, content, idempotency });
  const decided = await decide(service.dependencies, handle, {
    exchange,
    asked,
    organization: admitted?.organization.org_id ?? 0,
    idempotency,
  });
  return answerConditionally(request, decided);
}

/** Whether unknown names are errors: the client prefers so, and has a credential. */
const isStrict = ({ endpoint, request }: Exchange): boolean =>
  endpoint.scope !== 'public' && prefersStrict(request.headers);

/** The body by its schema, or as a text: an endpoint gets one of them. @throws AppError of status 400 */
function checkBody(exchange: Exchange, content: Record<string, unknown>) {
  const { endpoint, request } = exchange;
  const text = bodyText(endpoint, request);
  const schema = text === undefined ? endpoint.body : undefined;
  return {
    text,
    body:
      schema === undefined
        ? undefined
        : parseBody(schema, content, () => unknownFieldDetails(endpoint, content), isStrict(exchange)),
  };
}

/**
 * Starts to verify the credential; undefined for a public endpoint. WebCrypto verifies the signature on another thread
 * while this one parses the request. A failure is thrown when the promise is awaited, at 401's place in the order.
 */
function verifyCredential({ verify }: Service, { endpoint, request, now }: Exchange): Promise<Credential> | undefined {
  if (endpoint.scope === 'public') return undefined;
  const credential = verify(request, now, endpoint);
  credential.catch(() => undefined);
  return credential;
}

/** Puts the caller's id in place of `me`. An invalid credential changes nothing: it is 401 later. */
async function nameCaller(exchange: Exchange, credential: Promise<Credential> | undefined): Promise<void> {
  const { request } = exchange;
  const { params = {}, query = {} } = exchange.endpoint;
  const meant = [...valuesOfCaller(params, request.params), ...valuesOfCaller(query, request.query)];
  if (credential === undefined || meant.length === 0) return;
  exchange.request = await credential.then(
    ({ user }) => ({
      ...request,
      params: withCaller(params, request.params, user),
      query: withCaller(query, request.query, user),
    }),
    () => request,
  );
}

async function beginIdempotency(
  { dependencies }: Service,
  { endpoint, request, now }: Exchange,
  admitted: AdmittedRequest | undefined,
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

const rateHeaders = (window: Window | undefined): Record<string, string> =>
  window === undefined
    ? {}
    : {
        'X-RateLimit-Limit': String(window.limit),
        'X-RateLimit-Remaining': String(remainingRequests(window)),
        'X-RateLimit-Reset': String(window.reset),
      };

/** `Deprecation` (RFC 9745) and the link to the successor (RFC 5829). */
const deprecationHeaders = (of: Endpoint['deprecated']): Record<string, string> =>
  of === undefined ? {} : { Deprecation: `@${of.since}`, Link: `<${of.successor}>; rel="successor-version"` };

const headersOf = (exchange: Exchange): Record<string, string> => ({
  ...rateHeaders(exchange.window),
  ...deprecationHeaders(exchange.endpoint.deprecated),
  ...(isStrict(exchange) ? { 'Preference-Applied': 'handling=strict' } : {}),
  ...cacheHeaders(exchange.endpoint),
});

const cacheHeaders = ({ cacheControl }: Endpoint): Record<string, string> => ({
  ...(cacheControl === undefined ? {} : { 'Cache-Control': cacheControl }),
});

function logRequest(
  dependencies: Dependencies,
  { request, endpoint, now, authenticated, hasFault }: Exchange,
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
    ...(hasFault ? { fault: true, ...faultMetric(dependencies.environment, now.getTime()) } : {}),
  });
}

/** Any body may name the organization. Only a public endpoint without a body of its own ignores it. */
const readsBody = (endpoint: Endpoint): boolean => endpoint.body !== undefined || endpoint.scope !== 'public';

/**
 * Path, query and body of a request, each parsed alone. The body is JSON or a form here; its schema is checked later.
 * A part that does not parse is undefined, and `rethrow` throws its error when 400s are due.
 */
function parseRequest(endpoint: Endpoint, request: Incoming) {
  const content = defer(() => (readsBody(endpoint) ? bodyObject(endpoint, request) : {}));
  const params = defer(() => parseValues(endpoint.params ?? {}, request.params, 'path'));
  const query = defer(() => parseValues(endpoint.query ?? {}, request.query, 'query'));
  const rethrow = (): void => [params, query, content].forEach((part) => part.rethrow());
  return { params: params.value, query: query.value, content: content.value, rethrow };
}

import { pageRequest } from '../dynamodb/page.ts';
import type { Problem } from '../errors.ts';
import { recorder, type Origin, type Recorder } from '../runtime/event-record.ts';
import type { PageQuery } from '../schema/query.ts';
import { errorDocument } from './failure.ts';
import { bodyValue, type ParsedBody } from './request/body.ts';
import type { UserItem } from '../dynamodb/rows/user.ts';
import { assertManagesAll } from './authorization/acting.ts';
import { ownRecordsOf } from './authorization/own-records.ts';
import type { RightsSources } from './authorization/rights.ts';
import { originOf, type AdmittedRequest, type Exchange, type Service } from './exchange.ts';
import type { Request } from './handlers.ts';
import type { Idempotency } from './idempotency.ts';

type Parsed = {
  readonly params: object;
  readonly query: object;
  readonly body: ParsedBody<unknown> | undefined;
  readonly text: string | undefined;
  readonly content: Readonly<Record<string, unknown>>;
  readonly idempotency: Extract<Idempotency, { kind: 'begun' }> | undefined;
};

/** The request as its handler sees it: parsed, and inside the caller's reach. */
export function handlerRequest(
  service: Service,
  exchange: Exchange,
  admitted: AdmittedRequest | undefined,
  { params, query, body, text, content, idempotency }: Parsed,
): Request {
  const { request, now } = exchange;
  const caller = admitted?.authenticated.caller;
  const organization = admitted?.organization.org_id ?? 0;
  const recordIn = recorders(service, exchange);
  const handled = {
    caller,
    organization: admitted?.organization,
    params,
    query,
    body: () => bodyValue(body),
    text,
    content,
    page: (inBody?: { readonly asked: PageQuery; readonly filters: unknown }) =>
      pageRequest(inBody?.asked ?? query, {
        key: caller?.pageKey ?? '',
        scope: pageScope(organization, exchange, inBody?.filters),
        now: now.getTime(),
      }),
    pinnedVersion: pinnedVersion(exchange, content),
    assertManages: (users: readonly UserItem[], sources: RightsSources) => {
      exchange.hasAskedToManage = true;
      if (admitted !== undefined)
        assertManagesAll(
          { caller: admitted.authenticated.caller, organization: admitted.organization },
          users,
          sources,
        );
    },
    get own() {
      exchange.hasAskedForOwn = true;
      return ownRecordsOf(caller, exchange.endpoint.scope);
    },
    record: recordIn(organization),
    recordIn,
    now,
    headers: request.headers,
    host: request.host,
    ip: request.ip,
    userAgent: request.userAgent,
    requestId: request.requestId,
    firstAttempt: idempotency?.firstAttempt,
    asked: { method: request.method, path: request.path, query: request.query },
    errorDocument: (problem: Problem) => errorDocument(problem, exchange),
  };
  // The endpoints of all resources meet here; `Handlers` gives each handler its exact request type.
  return handled as Request;
}

/** Recorders of events, by organization. The caller is the actor, unless the handler names another one. */
const recorders =
  ({ dependencies }: Service, exchange: Exchange) =>
  (organization: number, actor?: Origin['actor']): Recorder =>
    recorder({
      origin: { ...originOf(exchange), ...(actor === undefined ? {} : { actor }) },
      organization,
      now: exchange.now,
      nextId: dependencies.nextId,
    });

/** Parameters that select a page, not a list. */
const pagingParameters: ReadonlySet<string> = new Set([
  'page_token',
  'limit',
  'per_page',
  'page_size',
  'offset',
  'page',
  'count',
  'accesskey',
]);

/** Identifies a list: organization, route, path and filters. A page token is valid for one scope only. */
function pageScope(organization: number, { request, endpoint }: Exchange, inBody: unknown): string {
  const filters = Object.entries(request.query)
    .filter(([name]) => !pagingParameters.has(name))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([organization, endpoint.route, request.params, filters, inBody]);
}

/** From `If-Match: "3"` or the body's `version`. A tag of another form is version 0, which no item has. */
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

import { pageQuery, wholeNumber } from '../schema/query.ts';
import { omit } from '../schema/omit.ts';
import type { Endpoint } from './endpoint.ts';
import { fieldsOf } from './fields.ts';

/**
 * The base path with conventions of its own: whatever is requested under it is answered in the response format
 * `voipbin` (shared/http/answers/README.md, "Under /v1.0"). API Gateway tells a function the stage of a request, and
 * not its base path, so the base path is mapped to a stage of its own.
 */
export const voipbin = { basePath: '/v1.0', stage: 'voipbin' } as const;

/** Of endpoints with the format at every base path: bare answers, and 400 where others answer 422. */
export const voipbinFormat = { format: 'voipbin', brokenRule: 400 } as const;

const pageSize = wholeNumber(1, 500).optional().describe('Largest number of items on a page');

/** Whether a body selects a page. */
const isSearchBody = (body: NonNullable<Endpoint['body']>): boolean => fieldsOf(body).named.has('page_token');

/** The query of a list, with `page_size`; that of a search by its body has both parameters of a page. */
function queryOf({ query = {}, body }: Endpoint): Pick<Endpoint, 'query'> {
  if ('page_token' in query) return { query: { ...query, page_size: pageSize } };
  return body !== undefined && isSearchBody(body)
    ? { query: { ...query, page_token: pageQuery.page_token, page_size: pageSize } }
    : {};
}

const without422 = (statuses: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(statuses).map(([code, status]) => [code, status === 422 ? 400 : status]));

const derived = new WeakMap<Endpoint, Endpoint>();

/** An endpoint as it is under `/v1.0`. The same value for the same endpoint. */
export function underVoipbin(endpoint: Endpoint): Endpoint {
  const known = derived.get(endpoint);
  if (known !== undefined) return known;
  const { errorStatus } = endpoint;
  const under: Endpoint = {
    ...endpoint,
    ...voipbinFormat,
    ...queryOf(endpoint),
    ...(errorStatus === undefined ? {} : { errorStatus: without422(errorStatus) }),
  };
  derived.set(endpoint, under);
  return under;
}

type Parsed = {
  readonly query: Readonly<Record<string, unknown>>;
  readonly content: Readonly<Record<string, unknown>>;
};

const defined = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/**
 * Moves the parameters of a page to where the endpoint reads them: `page_size` is its `limit`; a search reads both in
 * its body. The parts of other requests are unchanged.
 */
export function placePage({ query: declared = {}, body }: Endpoint, parsed: Parsed): Parsed {
  if (!('page_size' in declared)) return parsed;
  const { page_size, page_token } = parsed.query;
  const query = omit(parsed.query, 'page_size');
  if ('limit' in declared) return { ...parsed, query: { ...query, ...defined({ limit: page_size }) } };
  if (body === undefined || !isSearchBody(body)) return { ...parsed, query };
  const size = fieldsOf(body).named.has('limit') ? { limit: page_size } : { per_page: page_size };
  return { query: omit(query, 'page_token'), content: { ...parsed.content, ...defined({ ...size, page_token }) } };
}

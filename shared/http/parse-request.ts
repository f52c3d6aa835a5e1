import type { Endpoint } from '../contract/endpoint.ts';
import { bodyObject, parseValues } from './body.ts';
import { defer } from './deferred.ts';
import type { Incoming } from './incoming.ts';

/** Any body may name the organization. Only a public endpoint without a body of its own ignores it. */
const readsBody = (endpoint: Endpoint): boolean => endpoint.body !== undefined || endpoint.scope !== 'public';

/**
 * Path, query and body of a request, each parsed alone. The body is JSON or a form here; its schema is checked later.
 * A part that does not parse is undefined, and `rethrow` throws its error when 400s are due.
 */
export function parseRequest(endpoint: Endpoint, request: Incoming) {
  const content = defer(() => (readsBody(endpoint) ? bodyObject(endpoint, request) : {}));
  const params = defer(() => parseValues(endpoint.params ?? {}, request.params, 'path'));
  const query = defer(() => parseValues(endpoint.query ?? {}, request.query, 'query'));
  const rethrow = (): void => [params, query, content].forEach((part) => part.rethrow());
  return { params: params.value, query: query.value, content: content.value, rethrow };
}

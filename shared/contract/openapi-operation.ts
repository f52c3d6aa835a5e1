import type * as z from 'zod';
import { envelopes, type Envelope } from './envelopes.ts';
import type { AnswerSchema, Endpoint, RawAnswer } from './endpoint.ts';
import type { ResponseFormatName } from './response-formats.ts';
import { answerSchema, requestSchema, type JsonSchema } from './json-schema.ts';
import { anyErrorContent, errorResponses, headersOf, takesIfMatch } from './openapi-errors.ts';
import { takesIdempotencyKey } from './pipeline-effects.ts';
import type { Resource } from './resource.ts';

/** One operation of the OpenAPI document, derived from its endpoint's contract. */

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/**
 * The endpoint's own id; for other methods than its own, and where it has none, the method and the words of the path.
 */
export const operationIdOf = (method: string, { id, method: own, path }: Endpoint): string =>
  id !== undefined && own.toLowerCase() === method ? id : wordsOf(method, path);

/** `getSiptrunkById`. */
const wordsOf = (method: string, path: string): string =>
  method +
  path
    .replaceAll(/\{(\w+)\+?\}/g, (_, name: string) => `By ${name}`)
    .split(/[^A-Za-z0-9]+/)
    .map(capital)
    .join('');

/** A path as OpenAPI writes it, which knows no greedy variables. */
export const openApiPath = (path: string): string => path.replaceAll('+}', '}');

const accepts = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(value).success;

function parameter(where: 'path' | 'query', name: string, schema: z.ZodType): JsonSchema {
  const { description, ...form } = requestSchema(schema);
  return {
    name,
    in: where,
    required: where === 'path' || !accepts(schema, undefined),
    schema: form,
    ...(description === undefined ? {} : { description }),
  };
}

const shared = (name: string): JsonSchema => ({ $ref: `#/components/parameters/${name}` });

function parametersOf(endpoint: Endpoint): JsonSchema[] {
  const { params = {}, query = {}, scope } = endpoint;
  return [
    ...Object.entries(params).map(([name, schema]) => parameter('path', name, schema)),
    ...Object.entries(query).map(([name, schema]) => parameter('query', name, schema)),
    ...(scope === 'public' || 'org_id' in query ? [] : [shared('org_id')]),
    ...(takesIfMatch(endpoint) ? [shared('If-Match')] : []),
    ...(takesIdempotencyKey(endpoint) ? [shared('Idempotency-Key')] : []),
  ];
}

function requestBodyOf({ body, bodyForms = [] }: Endpoint, example: unknown): JsonSchema | undefined {
  if (body === undefined) return undefined;
  const content = { schema: requestSchema(body), ...(example === undefined ? {} : { example }) };
  const types = ['application/json', ...bodyForms.map(() => 'application/x-www-form-urlencoded')];
  return { required: !accepts(body, {}), content: Object.fromEntries(types.map((type) => [type, content])) };
}

const rawContent = ({ contentTypes, schema }: RawAnswer): Record<string, JsonSchema> =>
  Object.fromEntries(contentTypes.map((type) => [type, { schema: schema === undefined ? {} : answerSchema(schema) }]));

function contentOf(answer: AnswerSchema, envelope: Envelope, isPaged?: boolean): Record<string, JsonSchema> {
  if (!('kind' in answer)) return { 'application/json': { schema: answerSchema(envelope.success(answer, isPaged)) } };
  if (answer.kind === 'raw') return rawContent(answer);
  return { 'application/json': { schema: answerSchema(envelope.list(answer.item, answer.name ?? 'data')) } };
}

const meanings: Readonly<Record<string, string>> = {
  200: 'Done',
  201: 'Created',
  202: 'Accepted, and done later',
  204: 'Done',
  503: 'Not possible just now',
  default: 'The document under the status that it names',
};

function successResponses(endpoint: Endpoint, format: ResponseFormatName): Record<string, JsonSchema> {
  const { answers, alsoAnswers } = endpoint;
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => {
      if (status === 'default')
        return [status, { description: meanings[status], headers: headersOf(endpoint), content: anyErrorContent() }];
      const content = {
        ...contentOf(answer, envelopes[format], endpoint.pagesData),
        ...(status === '200' && alsoAnswers !== undefined ? rawContent(alsoAnswers) : {}),
      };
      return [status, { description: meanings[status] ?? 'Done', headers: headersOf(endpoint), content }];
    }),
  );
}

function describe({ description, scope }: Endpoint): string {
  const needs =
    scope === 'public'
      ? 'No credential is needed.'
      : scope === 'any'
        ? 'Any valid credential will do.'
        : `Needs the scope \`${scope}\`.`;
  return description === undefined ? needs : `${description}\n\n${needs}`;
}

function operation(method: string, endpoint: Endpoint, resource: Resource): JsonSchema {
  const { scope, summary, deprecated } = endpoint;
  const id = operationIdOf(method, endpoint);
  const format = endpoint.format ?? resource.format;
  const parameters = parametersOf(endpoint);
  const requestBody = requestBodyOf(endpoint, resource.examples?.[id]);
  const roles = scope === 'any' || scope === 'public' ? [] : [scope];
  return {
    operationId: id,
    tags: [resource.area],
    summary,
    description: describe(endpoint),
    ...(deprecated === undefined ? {} : { deprecated: true }),
    security: scope === 'public' ? [] : [{ bearer: roles }, { accesskey: roles }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(requestBody === undefined ? {} : { requestBody }),
    // Where an error is what a page answers under its own schema (503 of /health), that stands.
    responses: { ...errorResponses(endpoint, format), ...successResponses(endpoint, format) },
  };
}

/** HEAD answers what GET does, without its body (RFC 9110 §9.3.2). */
function head(endpoint: Endpoint, of: Resource): JsonSchema {
  const { responses, ...rest } = operation('head', endpoint, of);
  return {
    ...rest,
    responses: Object.fromEntries(
      Object.entries(responses as Record<string, JsonSchema>).map(([status, { content: _, ...response }]) => [
        status,
        response,
      ]),
    ),
  };
}

const anyMethods = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** The operations of an endpoint, by method in lower case. */
export function operationsOf(endpoint: Endpoint, of: Resource): Record<string, JsonSchema> {
  const methods = endpoint.method === 'ANY' ? anyMethods : [endpoint.method.toLowerCase()];
  return {
    ...Object.fromEntries(methods.map((method) => [method, operation(method, endpoint, of)])),
    ...(endpoint.head === true ? { head: head(endpoint, of) } : {}),
  };
}

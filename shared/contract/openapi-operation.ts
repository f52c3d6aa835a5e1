import type * as z from 'zod';
import { omit } from '../schema/omit.ts';
import { envelopes, type Envelope } from './envelopes.ts';
import type { AnswerSchema, EmptyAnswer, Endpoint, RawAnswer } from './endpoint.ts';
import type { ResponseFormatName } from './response-formats.ts';
import { answerSchema, requestSchema, type JsonSchema } from './json-schema.ts';
import { anyErrorContent, errorResponses, headersOf, takesIfMatch } from './openapi-errors.ts';
import { takesIdempotencyKey } from './pipeline-effects.ts';
import type { Resource } from './resource.ts';

/** The operations of the OpenAPI document, derived from the contracts of endpoints. */

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** The endpoint's id. Without one, and for further methods, it is made of the method and the words of the path. */
export const operationIdOf = (method: string, { id, method: own, path }: Endpoint): string =>
  id !== undefined && own.toLowerCase() === method ? id : wordsOf(method, path);

/** `getSiptrunkById`. */
const wordsOf = (method: string, path: string): string =>
  method +
  path
    .replaceAll(/\{(\w+)\+?\}/g, 'By $1')
    .split(/[^A-Za-z0-9]+/)
    .map(capital)
    .join('');

/** A path in OpenAPI's form, which has no greedy variables. */
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

function requestBodyOf({ body, bodyForms = [], bodyText }: Endpoint, example: unknown): JsonSchema | undefined {
  if (body === undefined) return undefined;
  const content = { schema: requestSchema(body), ...(example === undefined ? {} : { example }) };
  const types = ['application/json', ...bodyForms.map(() => 'application/x-www-form-urlencoded')];
  const texts = (bodyText?.types ?? []).map((type) => [type, { schema: { type: 'string' } }] as const);
  return {
    required: !accepts(body, {}),
    content: Object.fromEntries([...types.map((type) => [type, content] as const), ...texts]),
  };
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

const rawContent = ({ contentTypes, schema }: RawAnswer): Content =>
  Object.fromEntries(contentTypes.map((type) => [type, { schema: schema === undefined ? {} : answerSchema(schema) }]));

function contentOf(answer: Exclude<AnswerSchema, EmptyAnswer>, envelope: Envelope, endpoint: Endpoint): Content {
  if (!('kind' in answer)) return { 'application/json': { schema: answerSchema(envelope.success(answer, endpoint)) } };
  if (answer.kind === 'raw') return rawContent(answer);
  return {
    'application/json': { schema: answerSchema(envelope.list(answer.item, answer.name ?? 'data', answer.beside)) },
  };
}

const exampleOf = ({ example }: JsonSchema): JsonSchema => (example === undefined ? {} : { example });

/** Both contents. Where they share a media type, either schema holds; the example is that of the first. */
const withContent = (content: Content, also: Content): Content => ({
  ...content,
  ...Object.fromEntries(
    Object.entries(also).map(([type, { schema }]) => {
      const other = content[type];
      return [
        type,
        { schema: other === undefined ? schema : { anyOf: [other.schema, schema], ...exampleOf(other.schema) } },
      ];
    }),
  ),
});

const meanings: Readonly<Record<string, string>> = {
  200: 'Success',
  201: 'Created',
  202: 'Accepted; the work continues after the answer',
  204: 'Success, without content',
  503: 'Temporarily unavailable',
  default: 'The error document, with the status that it names',
};

function successResponses(endpoint: Endpoint, format: ResponseFormatName): Record<string, JsonSchema> {
  const { answers, alsoAnswers } = endpoint;
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => {
      if (status === 'default')
        return [
          status,
          {
            description: meanings[status],
            headers: headersOf(endpoint),
            content: anyErrorContent(envelopes[format].error),
          },
        ];
      if ('kind' in answer && answer.kind === 'empty')
        return [status, { description: meanings[status], headers: headersOf(endpoint) }];
      const content = withContent(
        contentOf(answer, envelopes[format], endpoint),
        status === '200' && alsoAnswers !== undefined ? rawContent(alsoAnswers) : {},
      );
      return [status, { description: meanings[status] ?? 'Success', headers: headersOf(endpoint), content }];
    }),
  );
}

function describeAccess(scope: Endpoint['scope']): string {
  switch (scope) {
    case 'public':
      return 'No credential required.';
    case 'any':
      return 'Any valid credential is accepted.';
    default:
      return `Requires the scope \`${scope}\`.`;
  }
}

const describe = ({ description, scope }: Endpoint): string =>
  description === undefined ? describeAccess(scope) : `${description}\n\n${describeAccess(scope)}`;

function securityOf({ scope, takesBasic }: Endpoint): JsonSchema[] {
  if (scope === 'public') return [];
  const roles = scope === 'any' ? [] : [scope];
  return [{ bearer: roles }, { accesskey: roles }, ...(takesBasic === true ? [{ basic: roles }] : [])];
}

function operation(method: string, endpoint: Endpoint, resource: Resource): JsonSchema {
  const { summary, deprecated } = endpoint;
  const id = operationIdOf(method, endpoint);
  const format = endpoint.format ?? resource.format;
  const parameters = parametersOf(endpoint);
  const requestBody = requestBodyOf(endpoint, resource.examples?.[id]);
  return {
    operationId: id,
    tags: [resource.area],
    summary,
    description: describe(endpoint),
    ...(deprecated === undefined ? {} : { deprecated: true }),
    security: securityOf(endpoint),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(requestBody === undefined ? {} : { requestBody }),
    // A declared answer takes precedence over the shared error of its status (503 of /health).
    responses: { ...errorResponses(endpoint, format, resource), ...successResponses(endpoint, format) },
  };
}

/** HEAD answers like GET, without a body (RFC 9110 §9.3.2). */
function head(endpoint: Endpoint, of: Resource): JsonSchema {
  const get = operation('head', endpoint, of);
  const responses = Object.entries(get['responses'] as Record<string, JsonSchema>);
  return {
    ...get,
    responses: Object.fromEntries(responses.map(([status, response]) => [status, omit(response, 'content')])),
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

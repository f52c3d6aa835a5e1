import type * as z from 'zod';
import { kindOf, type CommonCode, type ErrorKind } from '../errors.ts';
import { comparesRights } from './acts-on.ts';
import { errorStatusOf, type Endpoint } from './endpoint.ts';
import { envelopes, JsonError, XmlError } from './envelopes.ts';
import { responseFormatNames, type ResponseFormatName } from './response-formats.ts';
import { answerSchema, type JsonSchema } from './json-schema.ts';
import { takesIdempotencyKey } from './pipeline-effects.ts';
import { errorKindsOf, type Resource } from './resource.ts';

/** The error answers in the OpenAPI document: those of an endpoint, and those that endpoints share. */

const ref = (kind: 'headers' | 'responses', name: string): JsonSchema => ({ $ref: `#/components/${kind}/${name}` });

/** Whether an endpoint changes the resource in its path. */
export const changesNamed = ({ method, scope, params, effects }: Endpoint): boolean =>
  method !== 'GET' && scope !== 'public' && params !== undefined && effects.some(({ kind }) => kind === 'writes');

/** Whether an endpoint compares `If-Match`: it changes a resource with a version, or declares VERSION_CONFLICT. */
export const takesIfMatch = (endpoint: Endpoint): boolean =>
  endpoint.errors.includes('VERSION_CONFLICT') || (changesNamed(endpoint) && endpoint.unversioned !== true);

const isCounted = ({ scope, rate }: Endpoint): boolean => rate !== 'none' && (scope !== 'public' || rate === 'login');

/** The codes that the pipeline adds to endpoints. */
const common: readonly (readonly [applies: (endpoint: Endpoint) => boolean, codes: readonly CommonCode[]])[] = [
  [
    ({ body }) => body !== undefined,
    ['INVALID_JSON', 'MISSING_FIELD', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'VALIDATION_FAILED'],
  ],
  [({ params }) => params !== undefined, ['INVALID_ID', 'NOT_FOUND']],
  [({ query, scope }) => query !== undefined || scope !== 'public', ['INVALID_PARAMETER']],
  [({ query }) => query !== undefined && 'page_token' in query, ['INVALID_PAGE_TOKEN']],
  [
    ({ scope }) => scope !== 'public',
    ['UNAUTHENTICATED', 'INVALID_TOKEN', 'IP_NOT_ALLOWED', 'FORBIDDEN_ORG', 'NOT_FOUND'],
  ],
  [({ scope }) => scope !== 'public' && scope !== 'any', ['INSUFFICIENT_SCOPE']],
  [({ scope, whileSuspended }) => scope !== 'public' && whileSuspended !== true, ['ORG_SUSPENDED']],
  [
    ({ scope, whilePasswordExpired }) => scope !== 'public' && whilePasswordExpired !== true,
    ['PASSWORD_CHANGE_REQUIRED'],
  ],
  [({ sessionOnly }) => sessionOnly === true, ['USER_SESSION_REQUIRED']],
  [
    ({ scope, sessionOnly, acceptsTemporary }) => scope === 'any' && sessionOnly !== true && acceptsTemporary !== true,
    ['TEMP_TOKEN_NOT_ALLOWED'],
  ],
  [({ scope }) => scope !== 'public', ['API_ACCESS_DISABLED', 'IP_NOT_ALLOWED', 'OUTSIDE_HOURS']],
  [({ actsOn }) => comparesRights(actsOn), ['CANNOT_MANAGE_USER']],
  [takesIfMatch, ['VERSION_CONFLICT']],
  [takesIdempotencyKey, ['IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_IN_PROGRESS']],
  [isCounted, ['RATE_LIMITED']],
  [() => true, ['INTERNAL_ERROR', 'UNAVAILABLE']],
];

const unique = <T>(of: readonly T[]): T[] => [...new Set(of)];

const rateHeaders = ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'];
/** Headers of a status. */
const statusHeaders: Readonly<Record<number, readonly string[]>> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};

const headersNamed = (names: readonly string[]): JsonSchema =>
  Object.fromEntries(names.map((name) => [name, ref('headers', name)]));

/** Headers of the success answers of an endpoint. */
export const headersOf = (endpoint: Endpoint): JsonSchema =>
  headersNamed(['X-Request-Id', ...(isCounted(endpoint) ? rateHeaders : [])]);

function content(format: ResponseFormatName, kinds: readonly ErrorKind[]): JsonSchema {
  const codes = kinds.map(({ code }) => code);
  const { error, isErrorFlat = false } = envelopes[format];
  const code = isErrorFlat
    ? { enum: codes.map((each) => each.toLowerCase()) }
    : { type: 'object', properties: { code: { enum: codes } } };
  const named = { type: 'object', properties: { error: code } };
  if (error !== undefined) return { 'application/json': { schema: { allOf: [answerSchema(error), named] } } };
  return {
    'application/json': { schema: { allOf: [answerSchema(JsonError), named] } },
    'application/xml': { schema: answerSchema(XmlError) },
  };
}

/** The content of an error document with any code. @param own the error of the response format, if it has its own */
export const anyErrorContent = (own?: z.ZodType): JsonSchema => ({
  ...(own === undefined ? { 'application/xml': { schema: answerSchema(XmlError) } } : {}),
  'application/json': { schema: answerSchema(own ?? JsonError) },
});

/** A list of codes with their meanings, in Markdown. */
const describeErrors = (kinds: readonly ErrorKind[]): string =>
  kinds.map(({ code, meaning }) => `- \`${code}\`: ${meaning}`).join('\n');

const response = (format: ResponseFormatName, status: number, kinds: readonly ErrorKind[]): JsonSchema => ({
  description: describeErrors(kinds),
  headers: headersNamed(['X-Request-Id', ...rateHeaders, ...(statusHeaders[status] ?? [])]),
  content: content(format, kinds),
});

/** The name of a shared answer. Each error form has a set of them. */
const sharedName = (format: ResponseFormatName, status: number): string =>
  envelopes[format].error === undefined ? `error-${status}` : `${format}-error-${status}`;

const gatewayRejection = 'gateway-429';

/** The error answers that endpoints refer to by name. */
export function sharedErrorResponses(): Record<string, JsonSchema> {
  const kinds = unique(common.flatMap(([, codes]) => codes)).map(kindOf);
  const byStatus = Map.groupBy(kinds, ({ status }) => status);
  const message = { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] };
  return {
    ...Object.fromEntries(
      responseFormatNames.flatMap((format) =>
        [...byStatus].map(([status, of]) => [sharedName(format, status), response(format, status, of)]),
      ),
    ),
    [gatewayRejection]: {
      description:
        "API Gateway rejected the request because of its own limit of requests. The body has API Gateway's form.",
      content: { 'application/json': { schema: message } },
    },
  };
}

/** The errors of an endpoint: those of the pipeline, and its own, each as it answers it. */
function errorsOf(
  { errors, errorNames = {} }: Endpoint,
  ofPipeline: readonly string[],
  kinds: Readonly<Record<string, ErrorKind>>,
): ErrorKind[] {
  const answered = [...ofPipeline, ...errors].flatMap((code) => {
    const error = errorNames[code] ?? kinds[code];
    return error === undefined ? [] : [kindOf(error)];
  });
  return unique(answered);
}

/** The error answers of an endpoint by status: a shared one, or its own if it adds codes to the status. */
export function errorResponses(
  endpoint: Endpoint,
  format: ResponseFormatName,
  resource: Resource,
): Record<string, JsonSchema> {
  const usual: readonly string[] = common.flatMap(([applies, named]) => (applies(endpoint) ? named : []));
  const kinds = errorsOf(endpoint, usual, errorKindsOf(resource));
  const byStatus = [...Map.groupBy(kinds, (kind) => errorStatusOf(endpoint, kind))].sort(
    ([one], [other]) => one - other,
  );
  const isShared = (at: number, named: readonly ErrorKind[]): boolean =>
    !named.some(({ code, status }) => !usual.includes(code) || endpoint.errors.includes(code) || status !== at);
  return {
    ...(isCounted(endpoint) ? {} : { 429: ref('responses', gatewayRejection) }),
    ...Object.fromEntries(
      byStatus.map(([status, named]) => [
        status,
        isShared(status, named) ? ref('responses', sharedName(format, status)) : response(format, status, named),
      ]),
    ),
  };
}

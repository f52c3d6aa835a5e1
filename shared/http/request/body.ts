import type * as z from 'zod';
import type { Endpoint } from '../../contract/endpoint.ts';
import { AppError, isErrorKind, missingField, type ErrorDetail, type ErrorKind } from '../../errors.ts';
import type { Incoming } from './incoming.ts';

/**
 * Parses what a request sends. Errors of status 400 are thrown here; those of status 422 when the handler calls
 * `body()`, after its 404s (shared/http/README.md, "Order of checks").
 */

/** Bytes. */
export const defaultLimit = 1024 * 1024;

const mediaType = (request: Incoming): string =>
  (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The body that an endpoint takes as a text; undefined: it takes it as JSON, or the body is empty. */
export function bodyText({ bodyText: asText }: Endpoint, request: Incoming): string | undefined {
  if (asText === undefined || request.body.trim() === '') return undefined;
  const { types, withQuery } = asText;
  const isText = withQuery === undefined ? types.includes(mediaType(request)) : withQuery in request.query;
  return isText ? request.body : undefined;
}

/**
 * The body as an object. An empty body counts as `{}`, and so does a text.
 * @throws AppError BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, INVALID_JSON, AMBIGUOUS_CREDENTIALS
 */
export function bodyObject(endpoint: Endpoint, request: Incoming): Record<string, unknown> {
  const limit = endpoint.bodyLimit ?? defaultLimit;
  if (request.bodyBytes > limit) throw new AppError('BODY_TOO_LARGE', `The body is larger than ${limit} bytes`);
  if (request.body.trim() === '' || bodyText(endpoint, request) !== undefined) return {};
  const type = mediaType(request);
  if (type === 'application/x-www-form-urlencoded' && endpoint.bodyForms?.includes('form') === true)
    return formObject(request.body, endpoint);
  // curl without -H sends JSON as a form; this is rejected rather than guessed.
  if (type !== '' && type !== 'application/json' && !type.endsWith('+json'))
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'The body must be application/json');
  return jsonObject(request.body, withoutNull(endpoint));
}

/**
 * A form as an object. For log-ins two different values of one field are an error, as it is unclear who logs in;
 * elsewhere the last value counts.
 */
function formObject(text: string, { scope }: Endpoint): Record<string, unknown> {
  const fields = [...new URLSearchParams(text)];
  const logsIn = scope === 'public' || scope === 'any';
  const twice = !logsIn
    ? undefined
    : fields.find(([name, value]) => fields.some(([other, otherValue]) => other === name && otherValue !== value));
  if (twice !== undefined)
    throw new AppError('AMBIGUOUS_CREDENTIALS', `${twice[0]} has two different values`, {
      details: [{ path: twice[0], message: 'has two different values' }],
    });
  return Object.fromEntries(fields);
}

type Reviver = (this: unknown, name: string, value: unknown) => unknown;

/** Removes fields that are null (ECMA-262 §25.5.1, the reviver of JSON.parse), but no elements of lists. */
function withoutNull({ nullIsAbsent }: Endpoint): Reviver | undefined {
  if (nullIsAbsent === undefined) return undefined;
  const nullable = nullIsAbsent === true ? [] : nullIsAbsent;
  return function revive(name, value) {
    return value === null && !Array.isArray(this) && !nullable.includes(name) ? undefined : value;
  };
}

/** An escaped surrogate, which must be part of a pair (RFC 8259 §8.2). */
const surrogate = /\\u[dD][89a-fA-F]/;

function assertUnicode(name: string, value: unknown): unknown {
  if (!name.isWellFormed() || (typeof value === 'string' && !value.isWellFormed()))
    throw new SyntaxError('unpaired surrogate');
  return value;
}

function jsonObject(text: string, reviver: Reviver | undefined): Record<string, unknown> {
  let value: unknown;
  try {
    if (surrogate.test(text)) JSON.parse(text, assertUnicode);
    value = JSON.parse(text, reviver);
  } catch (cause) {
    throw new AppError('INVALID_JSON', 'The body is not valid JSON', { cause });
  }
  if (!isObject(value)) throw new AppError('INVALID_JSON', 'The body must be a JSON object');
  return value;
}

/** A path as errors show it: `rules[0].pattern`. */
const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, part) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[part] : undefined,
    value,
  );

const detail = (issue: z.core.$ZodIssue): ErrorDetail => ({ path: pathText(issue.path), message: issue.message });

const isMissing = (issue: z.core.$ZodIssue, value: unknown): boolean =>
  (issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'invalid_union') &&
  valueAt(value, issue.path) === undefined;

/** The kind of error that a schema gives a rule: `refine(…, { params: commonErrors.INVALID_HOST })`. */
const ownKindOf = (issue: z.core.$ZodIssue): ErrorKind | undefined =>
  issue.code === 'custom' && isErrorKind(issue.params) ? issue.params : undefined;

export type ParsedBody<T> = { readonly value: T } | { readonly problem: AppError };

/** The parsed body; undefined for an endpoint without one. @throws AppError its problem, if it has one */
export function bodyValue(body: ParsedBody<unknown> | undefined): unknown {
  if (body !== undefined && 'problem' in body) throw body.problem;
  return body?.value;
}

/** Violations that an error lists: those of a whole body would be more than an answer may have (6 MB). */
const maxViolations = 100;

/** The same error, which also names what is unknown: people see a misspelt name beside the one that is missing. */
const withUnknown = (missing: AppError, unknown: readonly ErrorDetail[]): AppError =>
  unknown.length === 0
    ? missing
    : new AppError('MISSING_FIELD', [missing.message, ...unknown.map(sentenceOf)].join('; '), {
        details: [...missing.details, ...unknown],
      });
const sentenceOf = ({ path, message }: ErrorDetail): string => `${path} ${message}`;

/**
 * Checks a body against its schema. A violation of status 422 is returned, to be thrown after the handler's 404s.
 * @param unknown names that the schema does not have, which a missing field may be
 * @param isStrict whether such names are violations
 * @throws AppError MISSING_FIELD, or a violation whose own code has status 400
 */
export function parseBody<T>(
  schema: z.ZodType<T>,
  value: Record<string, unknown>,
  unknown: () => readonly ErrorDetail[] = () => [],
  isStrict = false,
): ParsedBody<T> {
  const result = schema.safeParse(value);
  const unexpected = isStrict ? unknown() : [];
  if (result.success && unexpected.length === 0) return { value: result.data };
  const issues = result.error?.issues ?? [];
  const missing = issues.filter((issue) => isMissing(issue, value));
  const [first, ...others] = missing.slice(0, maxViolations).map((issue) => pathText(issue.path));
  if (first !== undefined) throw withUnknown(missingField(first, ...others), unknown());
  const error = issues.map(ownKindOf).find((each) => each !== undefined) ?? 'VALIDATION_FAILED';
  const details = [...issues.map(detail), ...unexpected].slice(0, maxViolations);
  const problem = new AppError(
    error,
    details.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '),
    { details },
  );
  if (problem.status === 400) throw problem;
  return { problem };
}

/** Parses the values of a path or a query. @throws AppError INVALID_ID (path), MISSING_FIELD, INVALID_PARAMETER */
export function parseValues(
  schemas: Readonly<Record<string, z.ZodType>>,
  values: Readonly<Record<string, string>>,
  where: 'path' | 'query',
): Record<string, unknown> {
  const parsed: Record<string, unknown> = {};
  const details: ErrorDetail[] = [];
  let missing = true;
  for (const [name, schema] of Object.entries(schemas)) {
    const result = schema.safeParse(values[name]);
    if (result.success) {
      if (result.data !== undefined) parsed[name] = result.data;
      continue;
    }
    missing &&= values[name] === undefined;
    details.push(
      ...result.error.issues.map((issue) => ({
        path: pathText([name, ...issue.path]),
        message: values[name] === undefined ? 'is required' : issue.message,
      })),
    );
  }
  if (details.length === 0) return parsed;
  throw new AppError(
    codeOfValues(where, missing),
    details.map(({ path, message }) => `${path}: ${message}`).join('; '),
    { details },
  );
}

function codeOfValues(where: 'path' | 'query', onlyMissing: boolean) {
  if (where === 'path') return 'INVALID_ID';
  return onlyMissing ? 'MISSING_FIELD' : 'INVALID_PARAMETER';
}

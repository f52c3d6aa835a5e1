import type * as z from 'zod';
import type { Endpoint } from '../contract/endpoint.ts';
import { AppError, errorStatuses, type ErrorCode, type ErrorDetail } from '../errors.ts';
import type { Incoming } from './incoming.ts';

/** Parsing of what a request brings: what is 400 is thrown here, what is 422 when a handler asks for the body. */

const defaultLimit = 1024 * 1024;

const mediaType = (request: Incoming): string =>
  (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The body as an object; none counts as `{}`. @throws AppError BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, INVALID_JSON */
export function bodyObject(endpoint: Endpoint, request: Incoming): Record<string, unknown> {
  const limit = endpoint.bodyLimit ?? defaultLimit;
  if (request.bodyBytes > limit) throw new AppError('BODY_TOO_LARGE', `The body is larger than ${limit} bytes`);
  if (request.body.trim() === '') return {};
  const type = mediaType(request);
  if (type === 'application/x-www-form-urlencoded' && endpoint.bodyForms?.includes('form') === true)
    return formObject(request.body, endpoint);
  // A curl without -H sends a form type with JSON in it only by mistake; it is told so.
  if (type !== '' && type !== 'application/json' && !type.endsWith('+json'))
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'The body must be application/json');
  return jsonObject(request.body, withoutNull(endpoint));
}

/** Of a log-in, two values for one field are two opinions on who logs in; elsewhere the last one counts. */
function formObject(text: string, { scope }: Endpoint): Record<string, unknown> {
  const fields = [...new URLSearchParams(text)];
  const logsIn = scope === 'public' || scope === 'any';
  const twice = !logsIn
    ? undefined
    : fields.find(([name, value]) => fields.some(([other, otherValue]) => other === name && otherValue !== value));
  if (twice !== undefined)
    throw new AppError('AMBIGUOUS_CREDENTIALS', `${twice[0]} is given twice, with two values`, {
      details: [{ path: twice[0], message: 'is given twice' }],
    });
  return Object.fromEntries(fields);
}

type Reviver = (this: unknown, name: string, value: unknown) => unknown;

/** Leaves fields out that are null (ECMA-262 §25.5.1, the reviver of JSON.parse); an element of a list stays. */
function withoutNull({ nullIsAbsent }: Endpoint): Reviver | undefined {
  if (nullIsAbsent === undefined) return undefined;
  const kept = nullIsAbsent === true ? [] : nullIsAbsent;
  return function present(name, value) {
    return value === null && !Array.isArray(this) && !kept.includes(name) ? undefined : value;
  };
}

/** Escaped: half of a character, which has to have another (RFC 8259 §8.2). */
const surrogate = /\\u[dD][89a-fA-F]/;

function onlyUnicode(name: string, value: unknown): unknown {
  if (!name.isWellFormed() || (typeof value === 'string' && !value.isWellFormed()))
    throw new SyntaxError('half of a character');
  return value;
}

function jsonObject(text: string, reviver: Reviver | undefined): Record<string, unknown> {
  let value: unknown;
  try {
    if (surrogate.test(text)) JSON.parse(text, onlyUnicode);
    value = JSON.parse(text, reviver);
  } catch (cause) {
    throw new AppError('INVALID_JSON', 'The body is not valid JSON', { cause });
  }
  if (!isObject(value)) throw new AppError('INVALID_JSON', 'The body must be a JSON object');
  return value;
}

/** `rules[0].pattern`. */
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

/** The code that a rule of a schema names: `refine(…, { params: { code: 'INVALID_HOST' } })`. */
const codeOf = (issue: z.core.$ZodIssue): ErrorCode | undefined => {
  const code: unknown = issue.code === 'custom' ? issue.params?.['code'] : undefined;
  return typeof code === 'string' && Object.hasOwn(errorStatuses, code) ? (code as ErrorCode) : undefined;
};

export type ParsedBody<T> = { readonly value: T } | { readonly problem: AppError };

/**
 * A body that parses, or its broken rules, to be thrown after the handler's 404s. @throws AppError MISSING_FIELD, or a
 * rule's own code of status 400
 */
export function parseBody<T>(schema: z.ZodType<T>, value: Record<string, unknown>): ParsedBody<T> {
  const result = schema.safeParse(value);
  if (result.success) return { value: result.data };
  const { issues } = result.error;
  const missing = issues.filter((issue) => isMissing(issue, value));
  if (missing.length > 0) {
    const names = missing.map((issue) => pathText(issue.path));
    throw new AppError('MISSING_FIELD', `Required: ${names.join(', ')}`, {
      details: names.map((path) => ({ path, message: 'is required' })),
    });
  }
  const code = issues.map(codeOf).find((each) => each !== undefined) ?? 'VALIDATION_FAILED';
  const details = issues.map(detail);
  const problem = new AppError(
    code,
    details.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '),
    { details },
  );
  if (problem.status === 400) throw problem;
  return { problem };
}

/** Values of the path or the query. @throws AppError INVALID_ID, MISSING_FIELD, INVALID_PARAMETER */
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
  const code = where === 'path' ? 'INVALID_ID' : missing ? 'MISSING_FIELD' : 'INVALID_PARAMETER';
  throw new AppError(code, details.map(({ path, message }) => `${path}: ${message}`).join('; '), { details });
}

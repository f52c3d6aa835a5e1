import type * as z from 'zod';
import type { DeclaredError, ErrorKind } from '../errors.ts';
import type { ActsOn } from './acts-on.ts';
import type { Effect } from './effects.ts';
import type { Owner } from './owner.ts';
import type { ResponseFormatName } from './response-formats.ts';
import type { Access } from './scopes.ts';

export const methods = ['GET', 'PUT', 'POST', 'DELETE', 'ANY'] as const;
export type Method = (typeof methods)[number];

/** A route in API Gateway's form: `GET /siptrunk/{id}`, `GET /events/{entity+}`. */
export type Route = `${Method} /${string}`;

type VariableName<V extends string> = V extends `${infer Name}+` ? Name : V;
/** The variables of a path: `/events/{entity+}` has `entity`. */
export type PathVariables<P extends string> = P extends `${string}{${infer V}}${infer Rest}`
  ? VariableName<V> | PathVariables<Rest>
  : never;

/** A list. The response format adds `total`, `limit`, `offset` and `next_page_token`. */
export type ListAnswer<S extends z.ZodType = z.ZodType> = {
  readonly kind: 'list';
  readonly item: S;
  /** The field of the list, for response formats that use one. */
  readonly name?: string;
  /** Fields next to the list. */
  readonly beside?: Readonly<Record<string, z.ZodType>>;
};
/** A body without an envelope: a document, an image, the JWKS. */
export type RawAnswer = { readonly kind: 'raw'; readonly contentTypes: readonly string[]; readonly schema?: z.ZodType };

/** No body (RFC 9110, section 15.3.5). */
export type EmptyAnswer = { readonly kind: 'empty' };

export type AnswerSchema = z.ZodType | ListAnswer | RawAnswer | EmptyAnswer;
export type SuccessStatus = 200 | 201 | 202 | 204 | 303 | 503;

/** Which limit per minute applies (shared/http/README.md, "Rates"). */
export type RateClass =
  | 'default'
  | 'login'
  | 'ingest'
  | 'switch'
  | 'eventlog'
  | 'eventquery'
  | 'gatewaystatus'
  | 'tempauth'
  | 'none';

/**
 * Why a GET may change something (shared/contract/README.md, "Effects"): clients of the first API log in, set up their
 * second factor and begin single sign-on by GET, and devices fetch their files, which provisions them. No link that a
 * person gets is among them: mail scanners and previews open links.
 */
export type WritesOnGet = 'session' | 'second_factor' | 'single_sign_on' | 'provisioning';

/** Which bodies an endpoint takes as a text. */
export type TextBody = {
  /** Media types besides JSON, or examples of them if a query parameter decides. */
  readonly types: readonly string[];
  /** The query parameter with which a body of any media type is a text, as switches name their own types. */
  readonly withQuery?: string;
};

export type EndpointSpec = {
  /** The operation id in the OpenAPI document, for generated clients: a verb and a noun (`createTrunk`). */
  readonly id?: string;
  /** One line; OpenAPI's summary. */
  readonly summary: string;
  readonly description?: string;
  readonly scope: Access;
  readonly params?: Readonly<Record<string, z.ZodType>>;
  readonly query?: Readonly<Record<string, z.ZodType>>;
  readonly body?: z.ZodType;
  /** Media types besides JSON. */
  readonly bodyForms?: readonly 'form'[];
  /** Bodies whose text the handler gets as it is (`text`), in place of a body. */
  readonly bodyText?: TextBody;
  /** Bytes; 1 MiB by default. */
  readonly bodyLimit?: number;
  /** The answer of each success status. `default`: an error document with any status. */
  readonly answers: Readonly<Partial<Record<SuccessStatus, AnswerSchema>>> & { readonly default?: RawAnswer };
  /** A document that may replace the data of status 200 (`format=xml`). */
  readonly alsoAnswers?: RawAnswer;
  /** The data may have a page of a list, whose figures are then next to it. */
  readonly pagesData?: true;
  /** The field of the data that is a page of a list, for response formats that answer all lists alike. */
  readonly listField?: string;
  /** Error codes besides those of the pipeline: common ones, and those that the resource declares. */
  readonly errors: readonly string[];
  readonly effects: readonly Effect[];
  /** Whose records it reaches, if its resource does not say it. Required if its scope may be limited to own ones. */
  readonly owner?: Owner;
  /** Whose account it changes. Required if it touches users (`acts-on.ts`). */
  readonly actsOn?: ActsOn;
  readonly rate?: RateClass;
  /** The response format, if it differs from that of the resource. */
  readonly format?: ResponseFormatName;
  /** For endpoints that create or replace: null counts as absent, except in the listed fields, which it clears. */
  readonly nullIsAbsent?: true | readonly string[];
  /** The status of a body that breaks a rule: 422 by default, 400 for endpoints that have no 422. */
  readonly brokenRule?: 400 | 422;
  /** The codes that it answers in place of others: those of an API that clients already use. */
  readonly errorNames?: Readonly<Record<string, DeclaredError>>;
  /** The path variable that may name the organization to work in: `1001`, `org_1001` or `org/1001`. */
  readonly orgFromPath?: string;
  /** Codes that it answers with another status than other endpoints. */
  readonly errorStatus?: Readonly<Record<string, number>>;
  /** `org_id` is read from the query only, because it has another meaning in the body. */
  readonly orgFromQueryOnly?: true;
  /** Open to callers of a suspended organization. */
  readonly whileSuspended?: true;
  /**
   * Works in a closed organization although it changes something: it serves the records that stay to the end of their
   * retention. What changes nothing works there anyway.
   */
  readonly whileClosed?: true;
  /** Open to a session whose user must change the password. */
  readonly whilePasswordExpired?: true;
  /** Open to the `2fa_` token of a log-in whose user must set up a second factor. */
  readonly whileSetUpDue?: true;
  /** It compares no version (`If-Match`) of what its path names: that has none, or is created. */
  readonly unversioned?: true;
  /** Why a GET has write effects. Required if it has any. */
  readonly writesOnGet?: WritesOnGet;
  /** The answer has a secret, so it is never stored for an `Idempotency-Key`. */
  readonly answersSecret?: true;
  /** `Cache-Control` of every answer; `no-store` by default. */
  readonly cacheControl?: string;
  /** Since when the endpoint is deprecated (Unix seconds), and its successor. Sent with every answer. */
  readonly deprecated?: { readonly since: number; readonly successor: string };
  /** The path variable that may name the caller. The caller's own record needs no scope. */
  readonly ownRecord?: string;
  /** Only for callers that reach further organizations: operator and resellers (else 403 `NOT_A_SELLER`). */
  readonly sellersOnly?: true;
  /** Only for sessions (else 403 `USER_SESSION_REQUIRED`), so that an access key cannot make access keys. */
  readonly sessionOnly?: true;
  /** Takes an access key as the password of the name `key` (RFC 7617), for switches that can send nothing else. */
  readonly takesBasic?: true;
  /** Open to temporary tokens although it needs no scope; others are not (403 `TEMP_TOKEN_NOT_ALLOWED`). */
  readonly acceptsTemporary?: true;
  /** HEAD is answered too (shared/http/README.md, "Paths"). */
  readonly head?: true;
  /** Receives every request without a route (`$default`). */
  readonly fallback?: true;
};

export type Endpoint<R extends Route = Route, S extends EndpointSpec = EndpointSpec> = Readonly<S> & {
  readonly route: R;
  readonly method: Method;
  readonly path: string;
};

type RequireParams<R extends Route> = [PathVariables<R>] extends [never]
  ? { readonly params?: never }
  : { readonly params: Readonly<Record<PathVariables<R>, z.ZodType>> };

/** Declares an endpoint. A path variable without a schema does not type-check. */
export function endpoint<const R extends Route, const S extends EndpointSpec>(
  route: R,
  spec: S & RequireParams<R>,
): Endpoint<R, S> {
  const [method, path] = route.split(' ') as [Method, string];
  return { ...(spec as S), route, method, path };
}

/** The status with which an endpoint answers an error. */
export const errorStatusOf = ({ brokenRule, errorStatus = {} }: Endpoint, { code, status }: ErrorKind): number =>
  errorStatus[code] ?? (brokenRule === 400 && status === 422 ? 400 : status);

/** The routes of an endpoint: its own, and those for HEAD and `$default`. */
export const routeKeysOf = ({ route, path, head, fallback }: Endpoint): string[] => [
  route,
  ...(head === true ? [`HEAD ${path}`] : []),
  ...(fallback === true ? ['$default'] : []),
];

/** Declares an answer that is a list. @param name the field of the list, for response formats that use one */
export const listOf = <S extends z.ZodType>(item: S, name?: string): ListAnswer<S> =>
  name === undefined ? { kind: 'list', item } : { kind: 'list', item, name };
/** Declares an answer that is a list with further fields next to it. */
export const listBeside = <S extends z.ZodType>(
  item: S,
  beside: Readonly<Record<string, z.ZodType>>,
): ListAnswer<S> => ({ kind: 'list', item, beside });
/** Declares an answer without a body. */
export const noContent: EmptyAnswer = { kind: 'empty' };
/** Declares an answer without an envelope. */
export const raw = (contentTypes: readonly string[], schema?: z.ZodType): RawAnswer =>
  schema === undefined ? { kind: 'raw', contentTypes } : { kind: 'raw', contentTypes, schema };

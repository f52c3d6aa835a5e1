import type * as z from 'zod';
import type { ErrorCode } from '../errors.ts';
import type { Effect } from './effects.ts';
import type { ResponseFormatName } from './response-formats.ts';
import type { Access } from './scopes.ts';

export const methods = ['GET', 'PUT', 'POST', 'DELETE', 'ANY'] as const;
export type Method = (typeof methods)[number];

/** As API Gateway writes it: `GET /siptrunk/{id}`, `GET /events/{entity+}`. */
export type Route = `${Method} /${string}`;

type VariableName<V extends string> = V extends `${infer Name}+` ? Name : V;
/** The variables of a path: `/events/{entity+}` has `entity`. */
export type PathVariables<P extends string> = P extends `${string}{${infer V}}${infer Rest}`
  ? VariableName<V> | PathVariables<Rest>
  : never;

/** A list in the form of the endpoint's face; `total`, `limit`, `offset` and `next_page_token` are the face's. */
export type ListAnswer<S extends z.ZodType = z.ZodType> = {
  readonly kind: 'list';
  readonly item: S;
  readonly name?: string;
};
/** A body that is not enveloped: a document, an image, the JWKS. */
export type RawAnswer = { readonly kind: 'raw'; readonly contentTypes: readonly string[]; readonly schema?: z.ZodType };

export type AnswerSchema = z.ZodType | ListAnswer | RawAnswer;
export type SuccessStatus = 200 | 201 | 202 | 204 | 503;

/** Windows of one minute (auth.md, "Rates"); the figures are in `shared/http/rate-limits.ts`. */
export type RateClass =
  'default' | 'login' | 'ingest' | 'switch' | 'eventlog' | 'eventquery' | 'gatewaystatus' | 'none';

export type EndpointSpec = {
  /** The operation's name in the OpenAPI document, for generated clients: a verb and a noun, such as `createTrunk`. */
  readonly id?: string;
  /** One line; OpenAPI's summary. */
  readonly summary: string;
  readonly description?: string;
  readonly scope: Access;
  readonly params?: Readonly<Record<string, z.ZodType>>;
  readonly query?: Readonly<Record<string, z.ZodType>>;
  readonly body?: z.ZodType;
  /** Beside JSON. */
  readonly bodyForms?: readonly 'form'[];
  /** Bytes; 1 MiB unless said. */
  readonly bodyLimit?: number;
  /** `default`: a document under any status, the error document's among them. */
  readonly answers: Readonly<Partial<Record<SuccessStatus, AnswerSchema>>> & { readonly default?: RawAnswer };
  /** A document that stands beside the data at status 200, such as `format=xml`. */
  readonly alsoAnswers?: RawAnswer;
  /** The data may hold one page of a list, whose figures then stand beside it. */
  readonly pagesData?: true;
  /** Beyond those that hold for every endpoint (auth.md). */
  readonly errors: readonly ErrorCode[];
  readonly effects: readonly Effect[];
  readonly rate?: RateClass;
  /** Where the endpoint's own document differs from its resource's. */
  readonly format?: ResponseFormatName;
  /**
   * It makes or replaces a thing: a field that is null is as one that is absent. A list: but for these, which stay if
   * absent and go if null.
   */
  readonly nullIsAbsent?: true | readonly string[];
  /** Status of a broken rule of the body: 400 where the seed's own table knows no 422. */
  readonly brokenRule?: 400 | 422;
  /** A path variable that may name the organization to work in: `1001`, `org_1001` or `org/1001`. */
  readonly orgFromPath?: string;
  /** `org_id` is read from the query only, because the body's has a meaning of its own. */
  readonly orgFromQueryOnly?: true;
  /** Open to a suspended organization (orgs.md). */
  readonly whileSuspended?: true;
  /** Open to a session whose password must be changed (auth.md). */
  readonly whilePasswordExpired?: true;
  /** Why a GET writes. Without it a write effect on a GET is refused when contracts load. */
  readonly writesOnGet?: string;
  /** The answer carries a secret, so it is never stored for an `Idempotency-Key`. */
  readonly answersSecret?: true;
  /** Answered on every status; `no-store` where credentials are dealt with. */
  readonly cacheControl?: string;
  /** Told on every answer: since when (Unix seconds), and what to use. */
  readonly deprecated?: { readonly since: number; readonly successor: string };
  /** A path variable that may name the caller: one's own record needs no scope. */
  readonly ownRecord?: string;
  /** Only for callers that have organizations below them: role `operator` or `reseller` (else 403 `NOT_A_SELLER`). */
  readonly sellersOnly?: true;
  /** Only for sessions (else 403 `USER_SESSION_REQUIRED`): a key must not make keys. */
  readonly sessionOnly?: true;
  /** HEAD answers too (auth.md, "Paths"). */
  readonly head?: true;
  /** Takes every request that no route knows (`$default`). */
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

/** The routes of an endpoint: its own, one for HEAD, and the one that takes what no other does. */
export const routeKeysOf = ({ route, path, head, fallback }: Endpoint): string[] => [
  route,
  ...(head === true ? [`HEAD ${path}`] : []),
  ...(fallback === true ? ['$default'] : []),
];

export const listOf = <S extends z.ZodType>(item: S, name?: string): ListAnswer<S> =>
  name === undefined ? { kind: 'list', item } : { kind: 'list', item, name };
export const raw = (contentTypes: readonly string[], schema?: z.ZodType): RawAnswer =>
  schema === undefined ? { kind: 'raw', contentTypes } : { kind: 'raw', contentTypes, schema };

import type * as z from 'zod';
import type { AnswerSchema, EmptyAnswer, Endpoint, ListAnswer, RawAnswer } from './endpoint.ts';
import { envelopes } from './envelopes.ts';
import type { Resource } from './resource.ts';

/** A typed client of the API, derived from the contracts. */

type OptionalNames<S> = { [K in keyof S]: undefined extends z.input<S[K]> ? K : never }[keyof S];
type Inputs<S> =
  S extends Readonly<Record<string, z.ZodType>>
    ? { readonly [K in Exclude<keyof S, OptionalNames<S>>]: z.input<S[K]> } & {
        readonly [K in OptionalNames<S>]?: z.input<S[K]>;
      }
    : object;
type Given<Name extends string, Value> =
  Partial<Value> extends Value ? { readonly [N in Name]?: Value } : { readonly [N in Name]: Value };

/** The inputs of a call. Inputs that the contract requires are required here too. */
export type CallOf<E extends Endpoint> = Given<'params', Inputs<E['params']>> &
  Given<'query', Inputs<E['query']>> &
  (E extends { readonly body: infer B extends z.ZodType } ? Given<'body', z.input<B>> : { readonly body?: never }) & {
    readonly headers?: Readonly<Record<string, string>>;
    /** The organization to work in. */ readonly org_id?: number | string;
  };

type ContentOf<A> =
  A extends ListAnswer<infer I>
    ? readonly z.output<I>[]
    : A extends RawAnswer
      ? unknown
      : A extends z.ZodType
        ? z.output<A>
        : A extends EmptyAnswer
          ? undefined
          : never;
type Contents<A> = { [S in keyof A & number]: ContentOf<A[S]> }[keyof A & number];

/**
 * An answer. `content` is the data without its envelope, the items of a list, or a document (parsed if it is JSON);
 * `body` is the complete body.
 */
export type Reply<E extends Endpoint> =
  | {
      readonly ok: true;
      readonly status: number;
      readonly headers: Headers;
      readonly content: Contents<E['answers']>;
      readonly body: unknown;
    }
  | { readonly ok: false; readonly status: number; readonly headers: Headers; readonly body: unknown };

type EndpointOf<R extends Resource, Route extends string> = Extract<R['endpoints'][number], { readonly route: Route }>;

export type Client = {
  /**
   * Calls an endpoint of a resource by its route (`GET /siptrunk/{id}`). An error answer is returned with `ok: false`;
   * nothing is thrown for it.
   */
  readonly call: <const R extends Resource, Route extends R['endpoints'][number]['route']>(
    of: R,
    route: Route,
    call: CallOf<EndpointOf<R, Route>>,
  ) => Promise<Reply<EndpointOf<R, Route>>>;
};

type AnyCall = {
  readonly params?: object;
  readonly query?: object;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly org_id?: number | string;
};

function addressOf(
  baseUrl: string,
  { path }: Endpoint,
  { params = {}, query = {}, org_id: organization }: AnyCall,
): string {
  const values = new Map(Object.entries(params).map(([name, value]) => [name, String(value)]));
  const encode = (name: string, greedy: string): string => {
    const value = values.get(name) ?? '';
    return greedy === '+' ? value.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(value);
  };
  const given = Object.entries({ ...query, org_id: organization }).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString();
  return (
    baseUrl.replace(/\/$/, '') +
    path.replaceAll(/\{(\w+)(\+?)\}/g, (_match, name: string, greedy: string) => encode(name, greedy)) +
    (search === '' ? '' : `?${search}`)
  );
}

function contentOf(answer: AnswerSchema | undefined, body: unknown, format: keyof typeof envelopes): unknown {
  if (answer === undefined) return body;
  if (!('kind' in answer)) return envelopes[format].dataOf(body);
  if (answer.kind === 'empty') return undefined;
  return answer.kind === 'list' ? envelopes[format].itemsOf(body, answer.name ?? 'data') : body;
}

async function send(
  address: string,
  { method }: Endpoint,
  { body, headers }: AnyCall,
  token: string | undefined,
): Promise<Response> {
  return fetch(address, {
    method: method === 'ANY' ? 'GET' : method,
    redirect: 'manual',
    headers: {
      accept: 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const isJson = (response: Response): boolean => /[/+]json\b/.test(response.headers.get('content-type') ?? '');

/**
 * Makes a client of a Trunkline deployment.
 * @param baseUrl with or without a trailing slash
 * @param token bearer token; not needed for public endpoints
 */
export function client(baseUrl: string, token?: string): Client {
  // Types of endpoints are erased here; the compiler checks them at each call.
  const call = async (of: Resource, route: string, wanted: AnyCall): Promise<Reply<Endpoint>> => {
    const endpoint = of.endpoints.find((each) => each.route === route);
    if (endpoint === undefined) throw new Error(`${of.name} has no endpoint ${route}`);
    const response = await send(addressOf(baseUrl, endpoint, wanted), endpoint, wanted, token);
    const text = await response.text();
    const body: unknown = isJson(response) ? JSON.parse(text) : text;
    const { status, headers } = response;
    if (!response.ok) return { ok: false, status, headers, body };
    const content = contentOf(
      endpoint.answers[status as keyof Endpoint['answers']],
      body,
      endpoint.format ?? of.format,
    );
    return { ok: true, status, headers, content, body };
  };
  return { call: call as Client['call'] };
}

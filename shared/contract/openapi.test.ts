import * as z from 'zod';
import { expect, test } from 'vitest';
import { pageQuery } from '../schema/query.ts';
import { IdInUrl, Name } from '../schema/values.ts';
import { reads, writes } from './effects.ts';
import { endpoint, listOf, raw, type Endpoint } from './endpoint.ts';
import { openApi } from './openapi.ts';
import { takesIfMatch } from './openapi-errors.ts';
import { resource } from './resource.ts';

const Toy = z.object({ id: z.string(), name: z.string() });

const NamedToy = Toy.extend({ maker: z.object({ city: z.string() }).meta({ id: 'Maker' }) }).meta({ id: 'NamedToy' });

const toys = resource('toys', {
  area: 'system',
  format: 'standard',
  endpoints: [
    endpoint('GET /toys', {
      summary: 'List',
      scope: 'system:read',
      query: { ...pageQuery, q: z.string().optional() },
      answers: { 200: listOf(Toy) },
      errors: [],
      effects: [reads('trunk')],
    }),
    endpoint('PUT /toys/{id}', {
      summary: 'Make',
      scope: 'system:write',
      takesBasic: true,
      bodyText: { types: ['text/csv', 'text/plain'] },
      params: { id: IdInUrl },
      body: z.object({ name: Name }),
      answers: { 200: Toy, 201: Toy },
      errors: ['NAME_TAKEN'],
      effects: [writes('trunk')],
    }),
    endpoint('POST /toys/{id}/wind', {
      summary: 'Wind',
      scope: 'any',
      params: { id: IdInUrl },
      body: z.object({ turns: z.number().optional() }),
      brokenRule: 400,
      errorNames: { BODY_TOO_LARGE: 'PAYLOAD_TOO_LARGE' },
      answers: { 200: Toy },
      errors: [],
      effects: [],
    }),
    endpoint('GET /toys/{path+}', {
      summary: 'Open',
      scope: 'public',
      rate: 'none',
      params: { path: z.string() },
      answers: { 200: raw(['text/html']) },
      errors: [],
      effects: [],
      head: true,
      format: 'voipbin',
    }),
    endpoint('ANY /broken', {
      summary: 'Broken',
      scope: 'public',
      rate: 'none',
      answers: { default: raw(['application/xml']) },
      errors: [],
      effects: [],
    }),
  ] satisfies readonly Endpoint[],
});

/** The parts of the document that the tests use. */
type Operation = {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly description: string;
  readonly parameters: readonly { readonly name?: string; readonly $ref?: string; readonly required?: boolean }[];
  readonly requestBody: { readonly required: boolean; readonly content: Readonly<Record<string, object>> };
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly $ref?: string;
        readonly description: string;
        readonly headers: object;
        readonly content: Readonly<Record<string, { readonly schema: unknown }>>;
      }
    >
  >;
};

const document = openApi([toys], '1.2.3');
const paths = document['paths'] as Record<string, Record<string, Operation>>;
const operation = (path: string, method: string): Operation =>
  paths[path]?.[method] ?? expect.fail(`${method} ${path} is not in the document`);
const namesOf = ({ parameters }: Operation): (string | undefined)[] =>
  parameters.map(({ name, $ref }) => name ?? $ref?.split('/').at(-1));

test('every endpoint is an operation of its area, with an id made of method and path', () => {
  const ids = Object.values(paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
  expect(ids).toEqual([
    'getToys',
    'putToysById',
    'postToysByIdWind',
    'getToysByPath',
    'headToysByPath',
    'getBroken',
    'putBroken',
    'postBroken',
    'deleteBroken',
    'patchBroken',
  ]);
  expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' }, tags: [{ name: 'system' }] });
});

test('a credential needs the scope of the endpoint; a public endpoint needs no credential', () => {
  expect(operation('/toys', 'get').security).toEqual([{ bearer: ['system:read'] }, { accesskey: ['system:read'] }]);
  expect(operation('/toys/{id}/wind', 'post').security).toEqual([{ bearer: [] }, { accesskey: [] }]);
  expect(operation('/toys/{path}', 'get').security).toEqual([]);
  expect(operation('/toys/{id}', 'put').security).toContainEqual({ basic: ['system:write'] });
});

test('endpoints with a credential have org_id, changes If-Match, PUT and POST Idempotency-Key', () => {
  expect(namesOf(operation('/toys', 'get'))).toEqual([
    'limit',
    'per_page',
    'offset',
    'page',
    'page_token',
    'count',
    'q',
    'org_id',
  ]);
  expect(namesOf(operation('/toys/{id}', 'put'))).toEqual(['id', 'org_id', 'If-Match', 'Idempotency-Key']);
  expect(namesOf(operation('/toys/{id}/wind', 'post'))).toEqual(['id', 'org_id', 'Idempotency-Key']);
  expect(namesOf(operation('/toys/{path}', 'get'))).toEqual(['path']);
});

test('an endpoint without a resource in its path has If-Match if it declares VERSION_CONFLICT', () => {
  const unnamed = endpoint('DELETE /toys', {
    summary: 'Break',
    scope: 'any',
    query: { id: IdInUrl },
    answers: { 200: Toy },
    errors: [],
    effects: [writes('trunk')],
  });
  expect(takesIfMatch(unnamed)).toBe(false);
  expect(takesIfMatch({ ...unnamed, errors: ['VERSION_CONFLICT'] })).toBe(true);
});

test('an endpoint that compares no version has no If-Match', () => {
  const toy = endpoint('PUT /toys/{id}', {
    summary: 'Save',
    scope: 'any',
    params: { id: IdInUrl },
    answers: { 200: Toy },
    errors: [],
    effects: [writes('trunk')],
  });
  expect(takesIfMatch(toy)).toBe(true);
  expect(takesIfMatch({ ...toy, unversioned: true })).toBe(false);
});

test('a body may be JSON, or a text of the declared types', () => {
  const types = ['application/json', 'text/csv', 'text/plain'];
  expect(Object.keys(operation('/toys/{id}', 'put').requestBody.content)).toEqual(types);
});

test('a body is required if an empty one is not accepted', () => {
  expect(operation('/toys/{id}', 'put').requestBody.required).toBe(true);
  expect(operation('/toys/{id}/wind', 'post').requestBody.required).toBe(false);
});

test('answers have the envelope of their response format', () => {
  expect(operation('/toys', 'get').responses['200']?.content['application/json']?.schema).toMatchObject({
    properties: { success: {}, data: { type: 'array' }, total: {}, next_page_token: {} },
  });
  expect(operation('/toys/{id}', 'put').responses['201']?.content['application/json']?.schema).toMatchObject({
    properties: { data: { properties: { name: { type: 'string' } } } },
  });
});

test("an endpoint's own errors are listed with the shared ones; a status without own errors is shared", () => {
  const { responses } = operation('/toys/{id}', 'put');
  expect(responses['409']?.description.split('\n').toSorted()).toEqual([
    '- `IDEMPOTENCY_IN_PROGRESS`: The first request with this `Idempotency-Key` is still running.',
    '- `NAME_TAKEN`: The name is taken.',
    expect.stringMatching(/^- `VERSION_CONFLICT`: /),
  ]);
  expect(responses['401']).toEqual({ $ref: '#/components/responses/error-401' });
  expect(Object.keys(responses)).toEqual([
    '200',
    '201',
    '400',
    '401',
    '403',
    '404',
    '409',
    '413',
    '415',
    '422',
    '429',
    '500',
    '503',
  ]);
});

test('a broken rule is a 400 if the endpoint has no 422', () => {
  const { responses } = operation('/toys/{id}/wind', 'post');
  expect(responses['400']?.description).toContain('VALIDATION_FAILED');
  // IDEMPOTENCY_KEY_REUSED and VALIDATION_FAILED are a 400 too.
  expect(responses['422']).toBeUndefined();
});

test('an endpoint lists its own name of an error in place of the shared one', () => {
  expect(operation('/toys/{id}/wind', 'post').responses['413']?.description).toMatch(/^- `PAYLOAD_TOO_LARGE`: .*$/);
  expect(operation('/toys/{id}', 'put').responses['413']).toEqual({ $ref: '#/components/responses/error-413' });
});

test('errors are JSON and XML, unless the response format has its own form', () => {
  const components = document['components'] as { responses: Record<string, { content: object }>; schemas: object };
  expect(Object.keys(components.responses['error-401']?.content ?? {})).toEqual([
    'application/json',
    'application/xml',
  ]);
  expect(Object.keys(components.responses['voipbin-error-500']?.content ?? {})).toEqual(['application/json']);
  expect(Object.keys(components.schemas)).toEqual([
    'OrganizationId',
    'Warnings',
    'error',
    'error-xml',
    'voipbin-error',
  ]);
});

test('HEAD has the headers of GET without content', () => {
  expect(operation('/toys/{path}', 'head').responses['200']).toHaveProperty('headers');
  expect(operation('/toys/{path}', 'head').responses['200']).not.toHaveProperty('content');
});

test('an answer with any status is the default', () => {
  expect(operation('/broken', 'get').responses['default']?.content).toHaveProperty('application/xml');
});

test('a named schema is a component once, with references to it', () => {
  const named = openApi(
    [
      resource('named', {
        area: 'system',
        format: 'standard',
        endpoints: [
          endpoint('GET /named', {
            summary: 'List',
            scope: 'any',
            query: pageQuery,
            answers: { 200: listOf(NamedToy) },
            errors: [],
            effects: [],
          }),
          endpoint('PUT /named/{id}', {
            summary: 'Make',
            scope: 'any',
            params: { id: IdInUrl },
            body: z.object({ name: Name }).meta({ id: 'NewToy' }),
            answers: { 200: NamedToy, 201: NamedToy },
            errors: [],
            effects: [],
          }),
        ] satisfies readonly Endpoint[],
      }),
    ],
    '1.2.3',
  ) as { readonly paths: object; readonly components: { readonly schemas: Readonly<Record<string, object>> } };
  const { schemas } = named.components;
  expect(Object.keys(schemas).slice(0, 3)).toEqual(['Maker', 'NamedToy', 'NewToy']);
  expect(schemas['NamedToy']).toMatchObject({
    properties: { name: { type: 'string' }, maker: { $ref: '#/components/schemas/Maker' } },
  });
  const text = JSON.stringify(named.paths);
  expect(text.split('"#/components/schemas/NamedToy"')).toHaveLength(4);
  expect(text).toContain('"schema":{"$ref":"#/components/schemas/NewToy"}');
  expect(JSON.stringify(named)).not.toContain('$defs');
});

test('two different schemas with one name are rejected', () => {
  // The default makes the number optional in requests and required in answers.
  const Both = z.object({ size: z.int().default(1) }).meta({ id: 'Both' });
  const both = endpoint('PUT /both/{id}', {
    summary: 'Make',
    scope: 'any',
    params: { id: IdInUrl },
    body: Both,
    answers: { 200: Both },
    errors: [],
    effects: [],
  });
  expect(() => openApi([resource('both', { area: 'system', format: 'standard', endpoints: [both] })], '1.2.3')).toThrow(
    'Two different schemas have the name Both',
  );
});

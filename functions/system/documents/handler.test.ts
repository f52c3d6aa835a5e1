import type { Context } from 'aws-lambda';
import { expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { derivedAssets } from '#test/support/derived-assets.fixture.ts';
import { eventOf } from '#test/support/requests.fixture.ts';
import { contracts } from '../../contracts.ts';
import { derive } from './derived.ts';
import { documentsHandler } from './handler.ts';

const handler = documentsHandler(testDependencies(), derivedAssets(derive));
const ask = (headers: Record<string, string> = {}) => handler(eventOf('GET /openapi.json', { headers }), {} as Context);

type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
};
type Operation = { readonly responses: Readonly<Record<string, unknown>> };
const documentOf = async (): Promise<Document> => JSON.parse((await ask()).body ?? '') as Document;

test('every route of every contract is in the document', async () => {
  const { paths } = await documentOf();
  const endpoints = contracts.flatMap((contract) => (contract.kind === 'resource' ? contract.endpoints : []));
  const missing = endpoints.filter(
    ({ method, path }) =>
      paths[path.replace('+}', '}')]?.[method === 'ANY' ? 'get' : method.toLowerCase()] === undefined,
  );
  expect(missing.map(({ route }) => route)).toEqual([]);
  expect(endpoints.length).toBeGreaterThan(10);
});

test('the document under /v1.0 has bare lists, one form of errors, and no 422', async () => {
  const { body, headers = {} } = await handler(eventOf('GET /openapi.json', { stage: 'voipbin' }), {} as Context);
  const { paths, servers } = JSON.parse(body ?? '') as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
    readonly servers: readonly { readonly url: string }[];
  };
  expect(servers).toEqual([{ url: '/v1.0' }]);
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  expect(operations.filter(({ responses }) => '422' in responses)).toEqual([]);
  expect(JSON.stringify(operations)).not.toContain('#/components/responses/error-');
  expect(JSON.stringify(paths['/siptrunk']?.['get']?.responses['200'])).toMatch(/"result".*"next_page_token"/);
  expect(JSON.stringify(paths['/siptrunk']?.['get'])).toContain('"name":"page_size"');
  expect(headers['ETag']).not.toBe((await ask()).headers?.['ETag']);
});

type Schema = {
  readonly $ref?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
} & Readonly<Record<string, unknown>>;

test('every answer that has days names their time zone', async () => {
  const document = JSON.parse((await ask()).body ?? '') as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation & { readonly operationId: string }>>>>;
    readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
  };
  /** Formats and names of all fields in a schema. */
  const factsOf = (schema: unknown, known: ReadonlySet<string> = new Set()): string[] => {
    if (typeof schema !== 'object' || schema === null) return [];
    const { $ref: to, format, properties = {}, ...others } = schema as Schema;
    const name = to?.split('/').at(-1);
    if (name !== undefined)
      return known.has(name) ? [] : factsOf(document.components.schemas[name], new Set([...known, name]));
    const inside = [...Object.values(properties), ...Object.values(others)].flatMap((each) => factsOf(each, known));
    return [...(format === undefined ? [] : [`format ${format}`]), ...Object.keys(properties), ...inside];
  };
  const answers = Object.values(document.paths)
    .flatMap((methods) => Object.values(methods))
    .map(({ operationId, responses }) => ({ operationId, facts: new Set(factsOf(responses['200'])) }));
  // A holiday is a day of the calendar, wherever that is.
  const withDays = answers.filter(
    ({ operationId, facts }) => facts.has('format date') && operationId !== 'getHolidays',
  );
  const zones = ['time_zone', 'timezone'];
  expect(withDays.filter(({ facts }) => !zones.some((zone) => facts.has(zone)))).toEqual([]);
  expect(withDays.length).toBeGreaterThan(3);
});

test('no two operations have the same id', async () => {
  const { paths } = await documentOf();
  const ids = Object.values(paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
});

test('a client that has the document gets 304', async () => {
  const { headers = {} } = await ask();
  expect(headers['Cache-Control']).toBe('public, max-age=300');
  const again = await ask({ 'if-none-match': String(headers['ETag']) });
  expect(again).toMatchObject({ statusCode: 304, body: '' });
});

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

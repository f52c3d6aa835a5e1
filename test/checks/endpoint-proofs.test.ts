import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { contracts, contractsByArea } from '#functions/contracts.ts';
import type { AnswerSchema, Endpoint } from '#contract/endpoint.ts';
import { fieldsOf } from '#contract/fields.ts';
import { openApi } from '#contract/openapi.ts';
import { openApiPath } from '#contract/openapi-operation.ts';
import { errorKindsOf } from '#contract/resource.ts';
import { examples } from '../authorization/examples.ts';
import { endpoints, matrixText } from '../authorization/matrix.ts';
import { failing } from '../proofs/authorization.ts';
import { createOwn, reachAll } from '../proofs/own-records.ts';
import { kindOf, sample } from '../proofs/sample.ts';
import { pagedResources } from '../proofs/voipbin.ts';
import { additions, inventory, shapeOf } from '../infra/inventory.ts';

/** What every endpoint must have. */

type Operation = { readonly responses: Readonly<Record<string, unknown>> };
const document = openApi(contracts, '0.0.0');
const { paths } = document as { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };
const operationOf = ({ method, path }: Endpoint): Operation | undefined =>
  paths[openApiPath(path)]?.[method === 'ANY' ? 'get' : method.toLowerCase()];

const routes = (of: readonly Endpoint[]): string[] => of.map(({ route }) => route);

/** HTML, scripts and XML documents need no schema; JSON does. */
const isDescribed = (answer: AnswerSchema): boolean =>
  ('kind' in answer && answer.kind === 'empty') ||
  schemaOf(answer) !== undefined ||
  ('contentTypes' in answer && documents.some((type) => answer.contentTypes.includes(type)));
const documents = ['text/html', 'text/javascript', 'application/xml', 'text/xml'];
/** The OpenAPI specification describes this answer. */
const undescribed = new Set<string>(['GET /openapi.json']);

function schemaOf(answer: AnswerSchema): z.ZodType | undefined {
  if (!('kind' in answer)) return answer;
  if (answer.kind === 'list') return answer.item;
  return answer.kind === 'raw' ? answer.schema : undefined;
}
const nameOf = (schema: z.ZodType): string | undefined => z.globalRegistry.get(schema)?.id;

describe('every endpoint has', () => {
  test('an operation id of its own, a verb and a noun', () => {
    const ids = endpoints.map(({ id }) => id ?? '');
    expect(ids.filter((id, position) => !/^[a-z]+[A-Z]/.test(id) || ids.indexOf(id) !== position)).toEqual([]);
  });

  test('an example request', () => {
    expect(routes(endpoints.filter(({ route }) => examples[route] === undefined))).toEqual([]);
  });

  test('a row in the authorization matrix', async () => {
    await expect(matrixText()).toMatchFileSnapshot('../authorization/matrix.txt');
  });

  test('a schema for each of its answers', () => {
    expect(
      routes(
        endpoints.filter(({ route, answers }) => !undescribed.has(route) && !Object.values(answers).every(isDescribed)),
      ),
    ).toEqual([]);
    expect(routes(endpoints.filter(({ answers }) => Object.keys(answers).length === 0))).toEqual([]);
  });

  test('a name for the schema of its body, and for each schema that several endpoints answer', () => {
    expect(routes(endpoints.filter(({ body }) => body !== undefined && nameOf(body) === undefined))).toEqual([]);
    const answersBySchema = Map.groupBy(
      endpoints.flatMap(({ route, answers }) =>
        Object.values(answers).map((answer) => ({ route, schema: schemaOf(answer) })),
      ),
      ({ schema }) => schema,
    );
    const nameless = [...answersBySchema].filter(
      ([schema, of]) =>
        schema instanceof z.ZodObject && nameOf(schema) === undefined && new Set(of.map(({ route }) => route)).size > 1,
    );
    expect(nameless.map(([, of]) => of.map(({ route }) => route))).toEqual([]);
  });

  test('a list of its errors, each of which is in the OpenAPI document', () => {
    const undocumented = endpoints.filter((endpoint) => {
      const documented = JSON.stringify(operationOf(endpoint)?.responses ?? {});
      return endpoint.errors.some((code) => !documented.toLowerCase().includes(code.toLowerCase()));
    });
    expect(routes(undocumented)).toEqual([]);
  });
});

test('every page of a list is a list answer, or names its field of the data', () => {
  const pages = endpoints.filter(
    ({ query = {}, body }) => 'page_token' in query || (body !== undefined && fieldsOf(body).named.has('page_token')),
  );
  const isList = ({ answers, listField }: Endpoint): boolean =>
    listField !== undefined || Object.values(answers).some((answer) => 'kind' in answer && answer.kind === 'list');
  expect(new Set(routes(pages.filter((each) => !isList(each))))).toEqual(pagedResources);
  const unknown = endpoints.filter(
    ({ answers, listField }) =>
      listField !== undefined &&
      !Object.values(answers).some((answer) => !('kind' in answer) && fieldsOf(answer).named.has(listField)),
  );
  expect(routes(unknown)).toEqual([]);
});

test('every declared error is one that an endpoint answers', () => {
  const declared = contracts.flatMap((contract) => (contract.kind === 'resource' ? [errorKindsOf(contract)] : []));
  const codes = new Set(declared.flatMap((kinds) => Object.keys(kinds)));
  const documented = JSON.stringify(document);
  expect(codes.size).toBeGreaterThan(200);
  expect([...codes].filter((code) => !documented.includes(`\`${code}\`: `))).toEqual([]);
});

test('every exception of a proof is an endpoint', () => {
  const known = new Set(routes(endpoints));
  expect([...failing, ...createOwn, ...reachAll].filter((route) => !known.has(route))).toEqual([]);
});

test('an endpoint of each area is proven over HTTP, and of each kind that the area has', () => {
  const kindsOf = (of: readonly Endpoint[]): string[] => [...new Set(of.map(kindOf))].toSorted();
  for (const contractsOfArea of Object.values(contractsByArea)) {
    const own = contractsOfArea.flatMap((contract) => (contract.kind === 'resource' ? contract.endpoints : []));
    const closed = own.filter(({ scope }) => scope !== 'public');
    expect(kindsOf(sample.filter((endpoint) => own.includes(endpoint)))).toEqual(kindsOf(closed));
  }
});

test('every example belongs to an endpoint of the inventory', () => {
  const wanted = new Set([...inventory, ...additions].map(({ route }) => shapeOf(route)));
  expect(Object.keys(examples).filter((route) => !wanted.has(shapeOf(route)))).toEqual([]);
});

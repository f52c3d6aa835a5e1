import { expect, test } from 'vitest';
import { contractsByArea, contracts, services } from '#functions/contracts.ts';
import { openApi } from '#contract/openapi.ts';
import { deviceKinds } from '#schema/device.ts';
import { version } from '#version.ts';
import { callParts } from './browser/calls/parts.ts';
import { planParts, policyParts } from './browser/dialplan/parts.ts';
import { filtersOf } from './browser/kit/inputs.ts';
import { findOperation, operationOf } from './browser/kit/operation.ts';
import { steps } from './browser/overview/steps.ts';
import { hasPage, routesOf, type Part } from './browser/resources/definitions.ts';
import { partsPages, resources } from './browser/resources/resources.ts';
import { derive } from './derived.ts';
import { at, isObject, listIn } from './json-value.ts';
import { fieldsOf, resolve, type Operation, type Operations, type Schema } from './operations.ts';

const files = derive(contracts, contractsByArea, services) as Readonly<Record<string, Operations>>;

const operationsOf = (tag: string): Operations => {
  const operations = files[`operations-${tag}.json`];
  if (operations === undefined) throw new Error(`The API has no operations of ${tag}`);
  return operations;
};

test.each(resources)('$title have operations of the API, and the scope that lists them', (pages) => {
  const operations = operationsOf(pages.tag);
  const { list, get, create, update, remove } = routesOf(pages);
  for (const route of [list, create, update, remove]) if (route !== undefined) operationOf(operations, route);
  const listing = operationOf(operations, list);
  expect(listing.scopes).toEqual(pages.scope === null ? [] : [pages.scope]);
  // What is changed is read first, and so is what has no other page.
  const read = findOperation(operations, get);
  if (update !== undefined) expect(read).toBeDefined();
  expect(Object.keys(listing.fields ?? {})).toEqual(expect.arrayContaining([...pages.columns]));
  if (hasPage(pages, read !== undefined)) expect(Object.keys(listing.fields ?? {})).toContain(pages.idField ?? 'id');
});

const document = openApi(contracts, version);
const schemas = at(document, 'components', 'schemas') as Schema;

const documented = Object.values(at(document, 'paths') as object).flatMap((methods: object): unknown[] =>
  Object.values(methods),
);

/** Fields of the items of a list in an answer, in whichever of its forms. @param listAt place of the list */
function fieldsAt(operationId: string, listAt: readonly string[]): object {
  const operation: unknown = documented.find((each) => at(each, 'operationId') === operationId);
  const answer = at(operation, 'responses', '200', 'content', 'application/json');
  const lists = listAt.reduce(
    (found, name) => found.flatMap((each) => formsOf(each)).map((form) => at(form, 'properties', name)),
    [at(answer, 'schema')],
  );
  return Object.assign({}, ...lists.flatMap(formsOf).map((list) => fieldsOf(at(list, 'items'), schemas))) as object;
}

const formsOf = (schema: unknown): readonly unknown[] => {
  const resolved = resolve(schema, schemas);
  const forms = listIn(at(resolved, 'anyOf'));
  return forms.length === 0 ? [resolved] : forms.flatMap(formsOf);
};

/** Whether an answer has a list in pages. */
const isPaged = (operationId: string): boolean => {
  const operation: unknown = documented.find((each) => at(each, 'operationId') === operationId);
  return listIn(at(operation, 'parameters')).some((parameter) => at(parameter, 'name') === 'page_token');
};

/** Lists of objects in a body: those of texts are read whole. */
const listsOf = ({ body }: Operation): readonly string[] => {
  const properties = at(resolve(body, schemas), 'properties');
  return Object.keys(isObject(properties) ? properties : {}).filter((name) =>
    formsOf(at(properties, name)).some((form) => isObject(fieldsOf(at(form, 'items'), schemas))),
  );
};

test.each(resources.filter(({ update }) => update !== undefined))(
  'the form of $title does not send a list that it has read one page of',
  ({ tag, paged = [], ...pages }) => {
    const operations = operationsOf(tag);
    const { get, update = '' } = routesOf({ tag, ...pages });
    const saving = operationOf(operations, update);
    const lists = isPaged(operationOf(operations, get).id) ? listsOf(saving) : [];
    expect(lists).toEqual(expect.arrayContaining([...paged]));
    expect(paged.length > 0).toBe(lists.length > 0);
    const required = listIn(at(resolve(saving.body, schemas), 'required'));
    for (const name of paged) expect(required).not.toContain(name);
  },
);

type PlacedPart = { readonly page: string; readonly part: Part; readonly tag: string };

/** Pages arranged by hand that have parts, too. */
const byHand = [
  { title: 'Call', tag: 'system', parts: callParts },
  { title: 'Dial plan', tag: 'dialplan', parts: [...planParts, ...policyParts('pol_1')] },
];

const parts = [...resources, ...partsPages, ...byHand].flatMap(({ title, tag, parts: all = [] }) =>
  all.map((part): PlacedPart => ({ page: title, part, tag: part.tag ?? tag })),
);

test.each(parts)('$page: $part.title is an operation of the API', ({ part, tag }) => {
  const operations = operationsOf(tag);
  const operation = operationOf(operations, part.route);
  if (part.kind === 'form' || part.kind === 'call handling') {
    expect(operationOf(operations, part.save).body).toBeDefined();
    expect(isPaged(operation.id)).toBe(false);
  }
  if (part.kind !== 'list') return;
  const fields = part.listAt === undefined ? operation.fields : fieldsAt(operation.id, part.listAt);
  expect(Object.keys(fields ?? {})).toEqual(expect.arrayContaining([...part.columns]));
  const filters = filtersOf(operation, operations).filter(({ isRequired }) => isRequired);
  if (filters.length > 0) expect(part.isFiltered).toBe(true);
});

test.each(steps)('the first step $title is an operation of the API with an example', ({ route, tag, scope }) => {
  const operation = operationOf(operationsOf(tag), route);
  expect(operation).toMatchObject({ scopes: [scope], example: expect.any(Object) as object });
});

test('the request of the first step of phones names a kind of device', () => {
  expect(deviceKinds).toContain(steps.find(({ key }) => key === 'phone')?.variables?.[0]);
});

test('no two pages have the same address', () => {
  const keys = [...resources, ...partsPages].map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
});

import { expect, test } from 'vitest';
import { contractsByArea, contracts, services } from '#functions/contracts.ts';
import { filtersOf } from './browser/kit/inputs.ts';
import { findOperation, operationOf } from './browser/kit/operation.ts';
import { steps } from './browser/overview/steps.ts';
import { hasPage, routesOf, type Part } from './browser/resources/definitions.ts';
import { partsPages, resources } from './browser/resources/resources.ts';
import { derive } from './derived.ts';
import type { Operations } from './operations.ts';

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

type PlacedPart = { readonly page: string; readonly part: Part; readonly tag: string };

const parts = [...resources, ...partsPages].flatMap(({ title, tag, parts: all = [] }) =>
  all.map((part): PlacedPart => ({ page: title, part, tag: part.tag ?? tag })),
);

test.each(parts)('$page: $part.title is an operation of the API', ({ part, tag }) => {
  const operations = operationsOf(tag);
  const operation = operationOf(operations, part.route);
  if (part.kind === 'form' || part.kind === 'call handling')
    expect(operationOf(operations, part.save).body).toBeDefined();
  if (part.kind !== 'list') return;
  if (part.listAt === undefined)
    expect(Object.keys(operation.fields ?? {})).toEqual(expect.arrayContaining([...part.columns]));
  const filters = filtersOf(operation, operations).filter(({ isRequired }) => isRequired);
  if (filters.length > 0) expect(part.isFiltered).toBe(true);
});

test.each(steps)(
  'the first step $title is an operation of the API, of which lists tell',
  ({ route, tag, scope, looks }) => {
    expect(operationOf(operationsOf(tag), route)).toMatchObject({
      scopes: [scope],
      example: expect.any(Object) as object,
    });
    const all: Operations = {
      operations: Object.assign({}, ...Object.values(files).map(({ operations }) => operations)),
      schemas: {},
    };
    for (const look of looks) expect(operationOf(all, look.route).scopes).toEqual([look.scope]);
  },
);

test('no two pages have the same address', () => {
  const keys = [...resources, ...partsPages].map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
});

import { expect, test } from 'vitest';
import { contractsByArea, contracts, services } from '#functions/contracts.ts';
import { openApi } from '#contract/openapi.ts';
import { deviceKinds } from '#schema/device.ts';
import { version } from '#version.ts';
import { callParts } from './browser/calls/parts.ts';
import { planParts, policyParts } from './browser/dialplan/parts.ts';
import { namesIn, type Arranged, type Arrangement } from './browser/kit/arrangement.ts';
import type { FormField } from './browser/kit/form-fields.ts';
import { filtersOf, inputsOf } from './browser/kit/inputs.ts';
import { findOperation, operationOf } from './browser/kit/operation.ts';
import { fieldsOfSection } from './browser/organization/section-fields.ts';
import { settingsSections } from './browser/organization/sections.ts';
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

test.each(resources.flatMap(({ form, ...pages }) => (form === undefined ? [] : [{ form, ...pages }])))(
  'the form of $title names fields of the API, each once',
  ({ form, ...pages }) => {
    const operations = operationsOf(pages.tag);
    const { create, update } = routesOf(pages);
    const accepted = [create, update].flatMap((route) => {
      if (route === undefined) return [];
      return inputsOf(operationOf(operations, route), operations, undefined).map(({ name }) => name);
    });
    const names = [...namesIn(form), ...(form.hidden ?? [])];
    expect(accepted).toEqual(expect.arrayContaining(names));
    expect(new Set(names).size).toBe(names.length);
  },
);

/** Fields and values that an arrangement names and the API does not have. */
function unknownIn(arranged: readonly Arranged[], fields: readonly FormField[], at = ''): readonly string[] {
  return arranged.flatMap((each) => {
    const { name, choices = {}, fields: inner = [] } = typeof each === 'string' ? { name: each } : each;
    const found = fields.find((field) => field.name === name);
    const place = `${at}${name}`;
    if (found === undefined) return [place];
    const offered = found.kind === 'choice' ? found.choices : Object.keys(choices);
    const within = found.kind === 'group' || found.kind === 'rows' ? found.fields : [];
    const wrong = Object.keys(choices).filter((value) => !offered.includes(value));
    return [...wrong.map((value) => `${place}: ${value}`), ...unknownIn(inner, within, `${place}.`)];
  });
}

type PlacedForm = { readonly title: string; readonly tag: string; readonly route: string; readonly form: Arrangement };

const formsOfParts = [...resources, ...partsPages].flatMap(({ title, tag, parts: all = [] }) =>
  all.flatMap((part): readonly PlacedForm[] => {
    if ((part.kind !== 'form' && part.kind !== 'action') || part.form === undefined) return [];
    const route = part.kind === 'form' ? part.save : part.route;
    return [{ title: `${title}: ${part.title}`, tag: part.tag ?? tag, route, form: part.form }];
  }),
);

const formsOfResources = resources.flatMap(({ form, title, tag, ...pages }): readonly PlacedForm[] => {
  const { create, update = create } = routesOf({ title, tag, ...pages });
  if (form === undefined || create === undefined || update === undefined) return [];
  return [{ title, tag, route: create === update ? create : `${create} and ${update}`, form }];
});

test.each([...formsOfParts, ...formsOfResources])(
  'the form of $title has fields and values of the API',
  ({ tag, route, form: { groups, advanced = [] } }) => {
    const operations = operationsOf(tag);
    const fields = route
      .split(' and ')
      .flatMap((each) => inputsOf(operationOf(operations, each), operations, undefined));
    expect(unknownIn([...groups.flatMap(({ fields: named }) => named), ...advanced], fields)).toEqual([]);
  },
);

test.each(settingsSections)('$title of an organization has fields of the API', (section) => {
  const fields = fieldsOfSection(section, operationsOf('orgs'), true);
  const { groups, advanced = [] } = section.form;
  expect(unknownIn([...groups.flatMap(({ fields: named }) => named), ...advanced], fields)).toEqual([]);
  const own = fieldsOfSection(section, operationsOf('orgs'), false).map(({ name }) => name);
  expect(own.filter((name) => section.bySeller?.includes(name))).toEqual([]);
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
  if (part.kind === 'form') {
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

import { expect, test } from 'vitest';
import { contractsByArea, contracts } from '#functions/contracts.ts';
import { resources, routesOf } from './browser/resources/resources.ts';
import { derive } from './derived.ts';
import type { Operations } from './operations.ts';

const files = derive(contracts, contractsByArea) as Readonly<Record<string, Operations>>;

test.each(resources)('$title has operations of the API, and the scope that lists them', (pages) => {
  const operations: Operations['operations'] = files[`operations-${pages.tag}.json`]?.operations ?? {};
  const { list, get, create, update, remove } = routesOf(pages);
  const used = [list, create, update, remove].filter((route) => route !== undefined);
  expect(Object.keys(operations)).toEqual(expect.arrayContaining(used));
  const listing = operations[list];
  expect(listing?.scopes).toEqual(pages.scope === null ? [] : [pages.scope]);
  // What is changed is read first.
  if (update !== undefined) expect(Object.keys(operations)).toContain(get);
  expect(Object.keys(listing?.fields ?? {})).toEqual(expect.arrayContaining([...pages.columns]));
  for (const route of [create, update]) if (route !== undefined) expect(operations[route]?.body).toBeDefined();
});

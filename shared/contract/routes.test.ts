import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { contracts } from '#functions/contracts.ts';
import { routeTable } from '#infra/local/gateway/gateway-routes.ts';
import { ContractError, assertContracts } from './check.ts';
import { endpoint, routeKeysOf, type Endpoint } from './endpoint.ts';
import { resource, type Resource } from './resource.ts';
import { routesOf } from './routes.ts';

const resources = contracts.filter((contract): contract is Resource => contract.kind === 'resource');

const tableOf = (keys: ReadonlyMap<Resource, readonly string[]>) =>
  routeTable([...keys].flatMap(([{ name }, of]) => of.map((key) => ({ key, target: name, timeout: 1_000 }))));

/** A route for each endpoint. */
const unshared = (of: readonly Resource[]): ReadonlyMap<Resource, readonly string[]> =>
  new Map(of.map((each) => [each, each.endpoints.flatMap(routeKeysOf)]));

/** Requests that a route of a method matches reach the same path of the same function by a shared one. */
function expectSame(of: readonly Resource[], requests: readonly (readonly [string, string])[]): void {
  const [before, after] = [tableOf(unshared(of)), tableOf(routesOf(of))];
  for (const [method, path] of requests) {
    const [one, two] = [before(method, path), after(method, path)];
    const pathOf = (key = ''): string | undefined => key.split(' ')[1];
    if (one === null || one.route.key === '$default') continue;
    expect([two?.route.target, pathOf(two?.route.key), two?.pathParameters], `${method} ${path}`).toEqual([
      one.route.target,
      pathOf(one.route.key),
      one.pathParameters,
    ]);
  }
}

test('all endpoints are reached, by 250 routes at most', () => {
  const requests = resources.flatMap(({ endpoints }) =>
    endpoints.map(({ method, path }) => [method, path.replaceAll(/\{(\w+)\+?\}/g, '$1')] as const),
  );
  expectSame(resources, requests);
  expect([...routesOf(resources).values()].flat().length).toBeLessThanOrEqual(250);
});

const methods = ['GET', 'PUT', 'DELETE'] as const;
const segment = fc.constantFrom('a', 'b', '{x}');
const path = fc
  .array(segment, { minLength: 1, maxLength: 3 })
  .map((segments) => segments.map((each, at) => (each === '{x}' ? `{x${at}}` : each)).join('/'));
const declared = fc.record({ of: fc.nat(1), method: fc.constantFrom(...methods), path });

const toy: Endpoint = endpoint('GET /toys', {
  summary: 'Toy',
  scope: 'any',
  answers: { 200: z.object({}) },
  errors: [],
  effects: [],
});

/** Functions with these endpoints; undefined: their contracts are invalid. */
function functionsWith(endpoints: readonly { of: number; method: (typeof methods)[number]; path: string }[]) {
  const made = ['one', 'two'].map((name, at) =>
    resource(name, {
      area: 'system',
      format: 'standard',
      endpoints: endpoints
        .filter(({ of }) => of === at)
        .map(({ method, path: to }) => ({
          ...toy,
          method,
          path: `/${to}`,
          route: `${method} /${to}`,
          params: Object.fromEntries([...to.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, z.string()])),
        })),
    }),
  );
  try {
    assertContracts(made);
    return made;
  } catch (error) {
    if (error instanceof ContractError) return undefined;
    throw error;
  }
}

test('a shared route takes no request from another one', () => {
  const word = fc.constantFrom('a', 'b', 'c');
  const request = fc.tuple(
    fc.constantFrom(...methods),
    fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => `/${words.join('/')}`),
  );
  fc.assert(
    fc.property(fc.array(declared, { maxLength: 12 }), fc.array(request, { minLength: 20 }), (endpoints, requests) => {
      const made = functionsWith(endpoints);
      fc.pre(made !== undefined);
      expectSame(made, requests);
    }),
  );
});

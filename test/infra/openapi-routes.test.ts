import { afterAll, expect, test } from 'vitest';
import * as z from 'zod';
import { contracts } from '#functions/contracts.ts';
import { openApi } from '#contract/openapi.ts';
import { propertiesOf, synthesizer } from './templates.fixture.ts';

const { synthesize, remove } = synthesizer();
afterAll(remove);

const anyMethods = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH'];

/** All endpoints, by their paths. */
const byPath = Map.groupBy(
  contracts.flatMap((contract) => (contract.kind === 'resource' ? contract.endpoints : [])),
  ({ path }) => path,
);

/** A route as OpenAPI can express it, which has neither greedy variables nor `ANY`. */
function documented(routeKey: string): string[] {
  const [verb = '', path = ''] = routeKey.split(' ');
  const methods = verb === 'ANY' ? (byPath.get(path) ?? []).map(({ method }) => method) : [verb];
  return methods
    .flatMap((method) => (method === 'ANY' ? anyMethods : [method]))
    .map((each) => `${each} ${path.replaceAll('+}', '}')}`);
}

test('the OpenAPI document has exactly the routes of the API', () => {
  const { paths } = z
    .object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
    .parse(openApi(contracts, '0.0.0'));
  const documentedRoutes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const served = propertiesOf(synthesize(), 'AWS::ApiGatewayV2::Route')
    .map(({ RouteKey }) => String(RouteKey))
    .filter((routeKey) => routeKey !== '$default')
    .flatMap(documented);
  expect(served.length).toBeGreaterThan(30);
  expect(documentedRoutes.toSorted()).toEqual(served.toSorted());
});

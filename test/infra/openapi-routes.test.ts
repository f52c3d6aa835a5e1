import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { afterAll, expect, test } from 'vitest';
import * as z from 'zod';
import { contracts } from '#functions/contracts.ts';
import { readAssembly } from '#infra/local/templates/assembly.ts';
import { namesFor } from '#infra/names.ts';
import { settingsFrom } from '#infra/settings.ts';
import { ApiStack } from '#infra/stacks/api-stack.ts';
import { openApi } from '#contract/openapi.ts';

const folder = mkdtempSync(join(tmpdir(), 'trunkline-api-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The routes of the API in its template: `GET /siptrunk/{id}`. */
function servedRoutes(): string[] {
  const app = new App({
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
    outdir: folder,
    context: { stage: 'test' },
  });
  const resources = contracts.filter((contract) => contract.kind === 'resource');
  new ApiStack(app, 'api', { settings: settingsFrom(app.node), names: namesFor('test'), resources });
  app.synth();
  const routes = readAssembly(folder).resources.filter(({ type }) => type === 'AWS::ApiGatewayV2::Route');
  return routes.map(({ properties }) => z.object({ RouteKey: z.string() }).parse(properties).RouteKey);
}

/** A route as OpenAPI can express it, which has neither greedy variables nor `ANY`. */
const anyMethods = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH'];
function documented(routeKey: string): string[] {
  const [method = '', path = ''] = routeKey.replaceAll('+}', '}').split(' ');
  return (method === 'ANY' ? anyMethods : [method]).map((each) => `${each} ${path}`);
}

test('the OpenAPI document has exactly the routes of the API', () => {
  const { paths } = z
    .object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
    .parse(openApi(contracts, '0.0.0'));
  const documentedRoutes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const served = servedRoutes()
    .filter((routeKey) => routeKey !== '$default')
    .flatMap(documented);
  expect(served.length).toBeGreaterThan(30);
  expect(documentedRoutes.toSorted()).toEqual(served.toSorted());
});

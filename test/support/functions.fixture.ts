import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { openApi } from '#contract/openapi.ts';
import type { Resource } from '#contract/resource.ts';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { billingProfileRow } from '#functions/billing/rows/billing-profile.ts';
import { newProfile } from '#functions/billing/schema/billing-profile.ts';
import type { ApiHandler } from '#http/serve.ts';
import { decodedPath, toAnswer, toEvent } from '#infra/local/gateway/gateway-event.ts';
import { routeTable } from '#infra/local/gateway/gateway-routes.ts';
import { lockModesOf, lockModesVariable } from '#schema/object-storage.ts';
import type { Invoke } from '#runtime/invoke.ts';
import { day } from '#schema/time.ts';
import { version } from '#version.ts';
import { ofFile } from './of-file.ts';
import { documented, readAnswer, type Answer, type Extra, type Send } from '../system/cloud.ts';
import { objectionsFrom } from '../system/documented.ts';
import type { Ask } from '../system/tenant.fixture.ts';
import {
  manualClock,
  noon,
  testDependencies,
  type ManualClock,
  type TestDependencies,
} from './dependencies.fixture.ts';
import { tenantsIn, type Tenants } from './people.fixture.ts';
import { memoryLinks } from './objects.fixture.ts';
import { deployedSecrets } from './secrets.fixture.ts';
import { startStore } from './store.fixture.ts';

/** Functions of the API in this process, over a store of their own: requests of several resources without a cloud. */

/** A resource and what makes its function. */
export type Served = readonly [of: Resource, newHandler: (dependencies: TestDependencies) => ApiHandler];

/** An organization, and requests in it. */
export type TestTenant = {
  readonly organization: number;
  /** `org_2001` */
  readonly id: string;
  readonly name: string;
  /** Sends a request as an administrator of the organization, unless it has another token. */
  readonly ask: Ask;
  /** Id and token of the administrator. */
  readonly userId: string;
  readonly token: string;
};

export type TestFunctions = {
  readonly store: Store;
  readonly clock: ManualClock;
  readonly dependencies: TestDependencies;
  readonly tenants: Tenants;
  /** Sends a request. @throws Error if the OpenAPI document of the functions does not describe the answer */
  readonly api: (path: string, extra?: Extra) => Promise<Answer>;
  readonly newTenant: (more?: Partial<OrganizationItem>) => Promise<TestTenant>;
  /** Sends a request of the operator; `?org_id=` names the organization of another one. */
  readonly askAsOperator: Ask;
  /** Token of the operator. */
  readonly operator: string;
  /** Token of a user that was created by a request. */
  readonly signIn: (tenant: Pick<TestTenant, 'organization'>, user: string) => Promise<string>;
};

const context = { functionName: 'test', awsRequestId: 'test-request' } as Context;
const longTtl = { expires_at: Math.floor((noon.getTime() + day) / 1_000) };

/** Requests to functions, by their routes, in the form in which API Gateway passes them. */
function routed(served: readonly Served[], dependencies: TestDependencies): Send {
  const handlers = new Map(served.map(([of, newHandler]) => [of.name, newHandler(dependencies)]));
  const match = routeTable(
    served.flatMap(([of]) => of.endpoints.map(({ route }) => ({ key: route, target: of.name, timeout: 0 }))),
  );
  return async (url, { token, json, headers: given, method = 'GET', body: sent }) => {
    const path = decodedPath(url) ?? '';
    const found = match(method, path) ?? (method === 'HEAD' ? match('GET', path) : null);
    const handler = handlers.get(found?.route.target ?? '');
    if (found === null || handler === undefined) throw new Error(`no function serves ${method} ${path}`);
    const headers = new Headers(given);
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    if (json !== undefined) headers.set('content-type', 'application/json');
    const body = json === undefined ? sent : JSON.stringify(json);
    const request = {
      ...{ method, url, httpVersion: '1.1', headers: {}, socket: { remoteAddress: '192.0.2.7', localPort: 443 } },
      rawHeaders: [...headers].flat(),
    };
    const text = body === undefined || body === null ? '' : await new Response(body).bytes();
    const event = toEvent(
      { request, path, body: Buffer.from(text), match: found },
      dependencies.now,
    ) as APIGatewayProxyEventV2;
    event.headers['x-forwarded-proto'] = 'https';
    const result = toAnswer(JSON.stringify(await handler(event, context)));
    if (result === null) throw new Error(`${method} ${path} has no answer`);
    // HTTP sends no body with HEAD.
    return readAnswer(
      { ...result, headers: new Headers(result.headers) },
      method === 'HEAD' ? '' : String(result.body),
    );
  };
}

const askWith =
  (api: TestFunctions['api'], own: string): Ask =>
  (method, path, body, { token = own, headers = {} } = {}) =>
    api(path, {
      method,
      token,
      headers: { accept: 'application/json', ...headers },
      ...(body === undefined ? {} : { json: body }),
    });

/** The id of the user in the claims of a token. */
const userIn = (token: string): string =>
  (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { readonly sub: string }).sub;

const profileOf = (organization: number) => ({
  ...newProfile({
    ...{ id: `bp_${organization}`, organization, billingName: 'Acme', currency: 'USD', now: noon.toISOString() },
  }),
  parent: 1000,
});

/** Of a deployment that keeps what it stores. */
const environment = { [lockModesVariable]: lockModesOf(false) };

/** How functions ask others, over a store. */
type InvokeOver = (store: Store) => Invoke;

/** Starts functions without tests. */
async function startFunctions(
  served: readonly Served[],
  invokeOver?: InvokeOver,
): Promise<TestFunctions & { readonly stop: () => Promise<void> }> {
  const { store, stop } = await startStore();
  const clock = manualClock(noon.toISOString());
  const invoke = invokeOver?.(store);
  const dependencies = Object.assign(
    testDependencies(store, { secrets: deployedSecrets(), environment, clock }),
    { links: memoryLinks },
    invoke === undefined ? {} : { invoke },
  );
  const tenants = await tenantsIn(store);
  const document = objectionsFrom(
    openApi(
      served.map(([of]) => of),
      version,
    ),
  );
  const api = documented(routed(served, dependencies), async () => document);
  const operator = await tenants.join(1000, { user: { roles: ['operator'] }, session: longTtl });
  await commit(store, 1000, [overwrite(billingProfileRow, { ...profileOf(1000), parent: null })]);
  let last = 2000;
  const newTenant: TestFunctions['newTenant'] = async (more = {}) => {
    const organization = (last += 1);
    const name = more.name ?? `Organization ${organization}`;
    const token = await tenants.join(organization, { organization: { name, ...more }, session: longTtl });
    await commit(store, organization, [overwrite(billingProfileRow, profileOf(organization))]);
    return { organization, id: `org_${organization}`, name, token, userId: userIn(token), ask: askWith(api, token) };
  };
  const signIn: TestFunctions['signIn'] = async ({ organization }, id) => {
    const found = await tableFor<'user'>(store, organization).get(userRow, { id });
    if (found === undefined) throw new Error(`${id} is no user of ${organization}`);
    // One without a password is pending.
    const user = { ...found, status: 'active' } as const;
    await commit(store, organization, [overwrite(userRow, user)]);
    return tenants.signIn(organization, user);
  };
  const requests = { api, newTenant, askAsOperator: askWith(api, operator), operator, signIn };
  return { ...requests, store, clock, dependencies, tenants, stop };
}

/** Starts functions before the first test of a file, and stops their store after the last one. */
export const functionsOf = (...served: readonly Served[]): TestFunctions =>
  ofFile(
    () => startFunctions(served),
    ({ stop }) => stop(),
  );

/** The same, of functions that ask others. */
export const functionsAsking = (invokeOver: InvokeOver, ...served: readonly Served[]): TestFunctions =>
  ofFile(
    () => startFunctions(served, invokeOver),
    ({ stop }) => stop(),
  );

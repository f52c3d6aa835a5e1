import { createHash } from 'node:crypto';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { monotonicFactory } from 'ulid';
import { scryptPasswords } from '../../shared/credentials/password-hash.ts';
import type { SecretName } from '../../shared/contract/effects.ts';
import { newOrganization, NewOrganization } from '../../functions/accounts/organizations/organization.ts';
import { newUser } from '../../functions/accounts/users/user.ts';
import type { Store } from '../../shared/dynamodb/client.ts';
import { commit } from '../../shared/dynamodb/commit.ts';
import { eventRow, type EventItem } from '../../shared/dynamodb/rows/event.ts';
import { createOrganizationWrites } from '../../functions/accounts/rows/new-organization.ts';
import { createUserWrites } from '../../functions/accounts/rows/new-user.ts';
import type { OrganizationItem } from '../../shared/dynamodb/rows/organization.ts';
import { credentialRow, userClientRow, userRow, type UserItem } from '../../shared/dynamodb/rows/user.ts';
import { tableFor } from '../../shared/dynamodb/table.ts';
import { create } from '../../shared/dynamodb/write.ts';
import type { Dependencies } from '../../shared/runtime/dependencies.ts';
import type { ApiHandler } from '../../shared/http/serve.ts';
import type { Secrets } from '../../shared/secrets/secrets.ts';

/**
 * What functions touch in a test: a real store, a clock that is set by hand, secrets that behave as Secrets Manager's
 * do.
 */

/** Hashes a hundred thousand times faster than the real ones, and otherwise as they are. */
export const quickPasswords = () => scryptPasswords({ ln: 4, r: 8, p: 1 });

/** The first to store a version decides it; an unknown version is an error. */
export function memorySecrets(initial: Partial<Record<SecretName, string>> = {}): Secrets {
  const versions = new Map(Object.entries(initial));
  const keyOf = (secret: SecretName, version?: string): string =>
    version === undefined ? secret : `${secret}/${version}`;
  return {
    read: async (secret, version) => {
      const value = versions.get(keyOf(secret, version));
      if (value === undefined) throw new Error(`ResourceNotFoundException: ${keyOf(secret, version)}`);
      return value;
    },
    putOnce: async (secret, version, value) => {
      const present = versions.get(keyOf(secret, version)) ?? value;
      versions.set(keyOf(secret, version), present);
      return present;
    },
  };
}

export type Clock = { readonly now: () => Date; readonly advance: (seconds: number) => void };

export function handClock(start = '2026-11-20T10:00:00.000Z'): Clock {
  let milliseconds = Date.parse(start);
  return {
    now: () => new Date(milliseconds),
    advance: (seconds) => {
      milliseconds += seconds * 1_000;
    },
  };
}

export const issuer = 'https://trunkline.test';
export const adminPassword = 'Correct-Horse-Battery-9';

export type TestDependencies = Dependencies & {
  readonly secrets: Secrets;
  /** What raised an alarm. */ readonly faults: unknown[];
};

/** Rates are lifted, as tests call faster than people do. */
export function testDependencies(
  store: Store,
  {
    clock = handClock(),
    environment = {},
    secrets = memorySecrets(),
  }: { readonly clock?: Clock; readonly environment?: Record<string, string>; readonly secrets?: Secrets } = {},
): TestDependencies {
  const ulid = monotonicFactory();
  const faults: unknown[] = [];
  return {
    store,
    secrets,
    faults,
    clock: clock.now,
    nextId: (prefix) => `${prefix}_${ulid(clock.now().getTime())}`,
    random: Math.random,
    log: { request: () => undefined, note: () => undefined, fault: (error) => void faults.push(error) },
    environment: { PUBLIC_URL: issuer, RATE_LIMIT_SCALE: '1000', ADMIN_PASSWORD: adminPassword, ...environment },
  };
}

export type Call = {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>> | string;
  readonly token?: string | undefined;
};

/** A JSON answer. Tests go on with its texts; what has another form they compare as a whole. */
export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly data: Readonly<Record<string, string>>;
    readonly error: { readonly code: string; readonly details: readonly { readonly path: string }[] };
  };
};

/** The event that API Gateway makes of a request (payload format 2.0). A form arrives as base64. */
function eventOf(route: string, call: Call): APIGatewayProxyEventV2 {
  const [method = '', template = ''] = route.split(' ');
  const path = template.replaceAll(/\{([a-z]+)\+?\}/gi, (_, name: string) => call.params?.[name] ?? '');
  const body =
    call.json !== undefined
      ? { text: JSON.stringify(call.json), type: 'application/json', base64: false }
      : call.form === undefined
        ? undefined
        : { text: new URLSearchParams(call.form).toString(), type: 'application/x-www-form-urlencoded', base64: true };
  return {
    version: '2.0',
    routeKey: route,
    rawPath: path,
    rawQueryString: '',
    isBase64Encoded: body?.base64 ?? false,
    headers: {
      accept: 'application/json',
      ...(call.token === undefined ? {} : { authorization: `Bearer ${call.token}` }),
      ...(body === undefined ? {} : { 'content-type': body.type }),
      ...call.headers,
    },
    ...(call.params === undefined ? {} : { pathParameters: { ...call.params } }),
    ...(call.query === undefined ? {} : { queryStringParameters: { ...call.query } }),
    ...(body === undefined ? {} : { body: body.base64 ? Buffer.from(body.text).toString('base64') : body.text }),
    requestContext: {
      accountId: 'test',
      apiId: 'test',
      domainName: 'trunkline.test',
      domainPrefix: 'test',
      requestId: 'test-request',
      routeKey: route,
      stage: '$default',
      time: '',
      timeEpoch: 0,
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'vitest' },
    },
  };
}

const context = { functionName: 'test', awsRequestId: 'test-request' } as Context;

/**
 * Calls an endpoint of a function by its route: `call(handler, 'POST /auth/{entity}', { params: { entity: 'user' },
 * json })`.
 */
export async function call(handler: ApiHandler, route: string, of: Call = {}): Promise<Reply> {
  const result = await handler(eventOf(route, of), context);
  const headers = Object.fromEntries(
    Object.entries(result.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  return { status: result.statusCode ?? 0, headers, body: JSON.parse(result.body ?? 'null') as Reply['body'] };
}

/** Status and, of an error, its code, for a glance: `401 INVALID_CREDENTIALS`. */
export const outcome = ({ status, body }: Reply): string =>
  status < 400 ? String(status) : `${status} ${body.error.code}`;
export const outcomes = (replies: readonly Reply[]): string[] => replies.map(outcome);

const password = 'Quiet-Otter-Lantern-4';

export type Person = { readonly organization: number; readonly user: UserItem; readonly password: string };

/** An organization, put past all rules. */
export async function addOrganization(
  store: Store,
  number: number,
  more: Partial<OrganizationItem> = {},
): Promise<OrganizationItem> {
  const wanted = NewOrganization.parse({ name: `Organization ${number}`, country: 'US', timezone: 'UTC' });
  const operator = {
    org_id: 1000,
    type: 'operator',
    status: 'active',
    limits: { max_users: 0, max_devices: 0, max_trunks: 0, max_numbers: 0, max_concurrent_calls: 0, daily_spend: null },
  } as const;
  const organization: OrganizationItem = {
    ...newOrganization(wanted, operator, { number, pageKey: 'page-key', now: '2026-01-01T00:00:00.000Z' }),
    ...more,
  };
  await commit(store, number, createOrganizationWrites(organization, organization.name.toLowerCase()));
  return organization;
}

/** Somebody with a password, put past all rules into an organization. */
export async function addPerson(
  store: Store,
  username: string,
  { organization = 1000, roles = ['agent'], ...more }: Partial<UserItem> & { readonly organization?: number } = {},
): Promise<Person> {
  const made = newUser({
    id: `usr_${username}`,
    username,
    email: null,
    first_name: null,
    last_name: null,
    roles,
    must_change_password: false,
    now: '2026-11-01T00:00:00.000Z',
  });
  const user: UserItem = { ...made, ...more };
  const credential = {
    user_id: user.id,
    password: await quickPasswords().hash(password),
    previous_passwords: [],
    version: 1,
  };
  await commit(store, organization, createUserWrites(user, credential, { organization, limit: 1_000 }));
  return { organization, user, password };
}

/** A service account, put past all rules into an organization. */
export async function addService(
  store: Store,
  clientId: string,
  {
    organization = 1000,
    secret,
    ...more
  }: Partial<UserItem> & { readonly organization?: number; readonly secret: string },
): Promise<UserItem> {
  const made = newUser({
    id: `svc_${clientId}`,
    username: clientId,
    email: null,
    first_name: null,
    last_name: null,
    roles: ['ingest'],
    must_change_password: false,
    now: '2026-11-01T00:00:00.000Z',
  });
  const user: UserItem = { ...made, ...more, type: 'service', client_id: clientId };
  await commit(store, organization, [
    create(userRow, user),
    create(userClientRow, { client_id: clientId, user_id: user.id, org_id: organization }),
    create(credentialRow, {
      user_id: user.id,
      secret: createHash('sha256').update(secret).digest('hex'),
      previous_passwords: [],
      version: 1,
    }),
  ]);
  return user;
}

/** The events that an organization has, oldest first. */
export async function eventsOf(store: Store, organization: number): Promise<EventItem[]> {
  const { items } = await tableFor<'event'>(store, organization).query(eventRow, {}, { order: 'asc' });
  return [...items];
}

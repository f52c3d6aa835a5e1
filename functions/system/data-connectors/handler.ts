import { isSigningKey, minKeyLength, signAssertion } from '#credentials/private-key.ts';
import { found, invalid } from '#errors.ts';
import { commits, created, ok, page } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { serve } from '#http/serve.ts';
import { assertMaySend, newBrake, windowsOfStore } from '#outbound/brake.ts';
import { assertAllowedUrl, outboundFromEnvironment } from '#outbound/outbound.ts';
import { secureConnectionsFromEnvironment, type SecureConnections } from '#outbound/secure-connection.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { sealsFrom, type Seals } from '#secrets/seals.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { hasBroken, resultOf, withRenewedToken, type LastTest, type TestResult } from './connection-test.ts';
import {
  dataConnectors,
  deleteDataConnector,
  getDataConnector,
  listDataConnectors,
  saveDataConnector,
  testDataConnector,
} from './contract.ts';
import { secretFields, type SecretField } from './connector-kind.ts';
import {
  assertExisting,
  assertUnlinked,
  newConnector,
  replaceConnector,
  type DataConnector,
  type Secrets,
  type WantedConnector,
} from './data-connector.ts';
import { loggedFields, presentConnector } from './presented-connector.ts';
import { tokenUrlOf, type SignInSettings } from './service-request.ts';
import { connectorStore, createWrites, deleteWrites, prefetch, replaceWrites, testWrites } from './store.ts';
import { tryConnection, type Trial } from './trial-steps.ts';

type ConnectorsContext = Context<typeof dataConnectors>;
type SaveRequest = Request<typeof saveDataConnector>;
type TestRequest = Request<typeof testDataConnector>;

type Tools = {
  readonly seals: Seals;
  readonly connections: SecureConnections;
  readonly settings: SignInSettings;
};

const entityOf = ({ id }: DataConnector) => ({ type: 'dataconnector', id });

async function list(
  { query, page: pageOf, organization }: Request<typeof listDataConnectors>,
  { table }: ConnectorsContext,
) {
  const text = query.q?.toLowerCase() ?? '';
  const connectors = await connectorStore(table).page(pageOf(), ({ connector }) =>
    connector.name.toLowerCase().includes(text),
  );
  const shown = connectors.items.map(({ connector, last }) => presentConnector(connector, last, organization.org_id));
  return page({ ...connectors, items: shown });
}

async function get({ params, organization }: Request<typeof getDataConnector>, { table }: ConnectorsContext) {
  const { connector, last } = found(await connectorStore(table).get(params.id), 'Data connector');
  return ok(presentConnector(connector, last, organization.org_id), { version: connector.version });
}

/** What the sealed secrets of a connector belong to. */
const placeOf = (organization: number, { id }: DataConnector, field: SecretField) => ({ organization, id, field });

/** The same change of each secret. */
async function eachSecret(secrets: Secrets, change: (name: SecretField, value: string) => Promise<string>) {
  const changed = await Promise.all(
    secretFields.flatMap((name) => {
      const value = secrets[name];
      return value === undefined ? [] : [change(name, value).then((after) => [name, after] as const)];
    }),
  );
  return Object.fromEntries(changed) as Secrets;
}

/** @throws AppError VALIDATION_FAILED */
function assertSigningKey(key: string | undefined): void {
  if (key !== undefined && !isSigningKey(key))
    throw invalid('private_key', `must be an RSA key of at least ${minKeyLength} bits in PEM, without passphrase`);
}

/** The connector with its new secrets, once its server and its items were checked. */
async function complete(
  { connector, fresh }: WantedConnector,
  { organization }: SaveRequest,
  { table, outbound }: ConnectorsContext,
  { connections, seals }: Tools,
): Promise<DataConnector> {
  assertSigningKey(fresh.private_key);
  await assertAllowedUrl(connector.kind === 'ldap' ? connections : outbound, connector.server, 'server');
  // A host of its own, where secrets are sent.
  if (connector.kind === 'oracle_fusion' && connector.organization !== null)
    await assertAllowedUrl(outbound, `https://${connector.organization}/`, 'organization');
  assertExisting(connector.items, await connectorStore(table).existing(connector.items));
  const sealed = await eachSecret(fresh, (name, value) =>
    seals.seal(value, placeOf(organization.org_id, connector, name)),
  );
  return { ...connector, sealed_secrets: { ...connector.sealed_secrets, ...sealed } };
}

async function create(request: SaveRequest, context: ConnectorsContext, tools: Tools) {
  const { body, now, organization, record } = request;
  const wanted = newConnector(body(), { id: context.nextId('dc'), now: now.toISOString() });
  const connector = await complete(wanted, request, context, tools);
  return commits(
    [
      ...createWrites(connector),
      record('dataconnector.created', {
        entity: entityOf(connector),
        description: `Data connector ${connector.name} created`,
        after: loggedFields(connector),
      }),
    ],
    created(presentConnector(connector, undefined, organization.org_id), {
      message: 'Data connector created successfully',
      version: 1,
    }),
  );
}

async function replace(request: SaveRequest, context: ConnectorsContext, tools: Tools) {
  const { params, body, now, organization, record, pinnedVersion } = request;
  const { connector: stored, last } = found(await connectorStore(context.table).get(params.id), 'Data connector');
  const before = withRenewedToken(stored, last);
  const wanted = replaceConnector(before, body(), now.toISOString());
  assertPinnedVersion(before, pinnedVersion);
  const after = await complete(wanted, request, context, tools);
  const areSecretsNew = Object.keys(wanted.fresh).length > 0;
  return commits(
    [
      ...replaceWrites(before, after),
      record('dataconnector.updated', {
        entity: entityOf(after),
        description: `Data connector ${after.name} replaced`,
        before: loggedFields(before),
        after: loggedFields(after),
        fields: { credentials_replaced: areSecretsNew },
      }),
    ],
    ok(presentConnector(after, last, organization.org_id), {
      message: 'Data connector updated successfully',
      version: after.version,
    }),
  );
}

async function remove(request: Request<typeof deleteDataConnector>, { table }: ConnectorsContext) {
  const { params, query, now, record, pinnedVersion } = request;
  const { connector } = found(await connectorStore(table).get(params.id), 'Data connector');
  if (query.force !== true) assertUnlinked(connector);
  assertPinnedVersion(connector, pinnedVersion);
  const event = record('dataconnector.deleted', {
    entity: entityOf(connector),
    description: `Data connector ${connector.name} deleted`,
    before: loggedFields(connector),
    fields: { unlinked_items: connector.items.length },
  });
  return commits(
    [...deleteWrites(connector), event],
    ok({ id: connector.id, deleted_at: now.toISOString() }, { message: 'Data connector deleted successfully' }),
  );
}

/** Counts the test at every host that it reaches. @throws AppError RATE_LIMITED */
async function assertMayTest(connector: DataConnector, request: TestRequest, context: ConnectorsContext, tools: Tools) {
  const { organization, now } = request;
  const brake = newBrake(windowsOfStore(context.dependencies.store));
  const hostIn = (url: string): string => new URL(url).hostname;
  const target = hostIn(connector.server);
  await assertMaySend(brake, 'connector-test', { organization: organization.org_id, target }, now);
  const signIn = tokenUrlOf(connector, tools.settings);
  if (signIn === undefined || hostIn(signIn) === target) return;
  await assertMaySend(brake, 'connector-sign-in', { organization: organization.org_id, target: hostIn(signIn) }, now);
}

async function tryOpened(connector: DataConnector, request: TestRequest, context: ConnectorsContext, tools: Tools) {
  const { seals, connections, settings } = tools;
  const secrets = await eachSecret(connector.sealed_secrets, (name, value) =>
    seals.open(value, placeOf(request.organization.org_id, connector, name)),
  );
  return tryConnection(connector, secrets, {
    outbound: context.outbound,
    connections,
    settings,
    sign: signAssertion,
    now: request.now,
    elapsed: () => performance.now(),
  });
}

/** The sealed refresh token that holds from now on, if another than that of the connector does. */
async function renewedToken(
  connector: DataConnector,
  { renewedToken: token }: Trial,
  organization: number,
  seals: Seals,
) {
  return token === undefined ? undefined : seals.seal(token, placeOf(organization, connector, 'token'));
}

function testEvents({ record }: TestRequest, connector: DataConnector, before: TestResult | null, result: TestResult) {
  const { ok: isOk, stage, latency_ms, error } = result;
  const entity = entityOf(connector);
  const fields = { ok: isOk, stage, latency_ms, error };
  const description = `Data connector ${connector.name} tested: ${isOk ? 'ok' : `failed (${stage})`}`;
  const failed = `Data connector ${connector.name} no longer works (${stage})`;
  return [
    record('dataconnector.tested', { entity, description, fields }),
    ...(hasBroken(before, result)
      ? [record('dataconnector.failed', { entity, description: failed, severity: 'warning', fields })]
      : []),
  ];
}

async function test(request: TestRequest, context: ConnectorsContext, tools: Tools) {
  const { params, organization, now } = request;
  const { connector: stored, last } = found(await connectorStore(context.table).get(params.id), 'Data connector');
  const connector = withRenewedToken(stored, last);
  await assertMayTest(connector, request, context, tools);
  const trial = await tryOpened(connector, request, context, tools);
  const { ok: isOk, stage, latency_ms, error } = trial;
  const result: TestResult = { ok: isOk, latency_ms, stage, error, tested_at: now.toISOString() };
  const renewed = await renewedToken(connector, trial, organization.org_id, tools.seals);
  const isCurrent = last?.settings_version === connector.settings_version;
  const after: LastTest = {
    id: connector.id,
    settings_version: connector.settings_version,
    result,
    sealed_token: renewed ?? (isCurrent ? last.sealed_token : null),
  };
  return commits(
    [...testWrites(after), ...testEvents(request, connector, resultOf(connector, last), result)],
    ok(result),
  );
}

const defaultLogin = 'https://login.microsoftonline.com';

/** @param connections to directories; tests pass their own */
export function dataConnectorsHandler(
  dependencies: Dependencies = dependenciesFromEnvironment({
    secrets: secretsFromEnvironment(),
    outbound: outboundFromEnvironment(),
  }),
  connections: SecureConnections = secureConnectionsFromEnvironment(),
) {
  const { secrets, environment } = dependencies;
  if (secrets === undefined) throw new Error('sealing the secrets of data connectors needs secrets');
  const tools: Tools = {
    seals: sealsFrom(secrets),
    connections,
    settings: { microsoftLogin: (environment['MICROSOFT_LOGIN_URL'] ?? defaultLogin).replace(/\/+$/, '') },
  };
  return serve(
    dataConnectors,
    {
      [listDataConnectors.route]: list,
      [getDataConnector.route]: get,
      [saveDataConnector.route]: (request, context) =>
        request.params.id === 'new' ? create(request, context, tools) : replace(request, context, tools),
      [deleteDataConnector.route]: remove,
      [testDataConnector.route]: (request, context) => test(request, context, tools),
    },
    { ...dependencies, prefetch },
  );
}

export const handler = dataConnectorsHandler();

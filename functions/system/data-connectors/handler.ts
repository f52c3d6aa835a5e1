import { isSigningKey, minKeyLength, signAssertion } from '#credentials/private-key.ts';
import { found, invalid } from '#errors.ts';
import { commits, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { assertListsRemoveFew } from '#http/removal.ts';
import {
  commitCreation,
  commitUpdate,
  deleteOf,
  listOf,
  type ById,
  type InOrganization,
} from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { assertMaySend, newBrake, windowsOfStore } from '#limits/brake.ts';
import { assertAllowedUrl, outboundFromEnvironment } from '#outbound/outbound.ts';
import { secureConnectionsFromEnvironment, type SecureConnections } from '#outbound/secure-connection.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { auditOf, describeByName } from '#schema/audit.ts';
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
import { connectorStore, connectorWrites, prefetch, testWrites, type ReadConnector } from './store.ts';
import { tryConnection, type Trial } from './trial-steps.ts';

type ConnectorsContext = Context<typeof dataConnectors>;
type SaveRequest = Request<typeof saveDataConnector>;
type TestRequest = Request<typeof testDataConnector>;

type Tools = {
  readonly seals: Seals;
  readonly connections: SecureConnections;
  readonly settings: SignInSettings;
};

const audit = auditOf('dataconnector', {
  noun: 'Data connector',
  describe: describeByName('Data connector', 'replaced'),
  logged: (connector: DataConnector) => loggedFields(connector),
});

const present = ({ connector, last }: ReadConnector, { organization }: InOrganization) =>
  presentConnector(connector, last, organization.org_id);

/** @throws AppError NOT_FOUND */
const find = async ({ params }: ById, { table }: ConnectorsContext): Promise<ReadConnector> =>
  found(await connectorStore(table).get(params.id), 'Data connector');

function read({ query, page: pageOf }: Request<typeof listDataConnectors>, { table }: ConnectorsContext) {
  const text = query.q?.toLowerCase() ?? '';
  return connectorStore(table).page(pageOf(), ({ connector }) => connector.name.toLowerCase().includes(text));
}

async function get(request: Request<typeof getDataConnector>, context: ConnectorsContext) {
  const read = await find(request, context);
  return ok(present(read, request), { version: read.connector.version });
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
  const wanted = newConnector(request.body(), { id: context.nextId('dc'), now: request.now.toISOString() });
  const connector = await complete(wanted, request, context, tools);
  const shown = present({ connector, last: undefined }, request);
  return commitCreation(audit, request, connector, { writes: connectorWrites(undefined, connector), shown });
}

async function replace(request: SaveRequest, context: ConnectorsContext, tools: Tools) {
  const { connector: stored, last } = await find(request, context);
  const before = withRenewedToken(stored, last);
  const wanted = replaceConnector(before, request.body(), request.now.toISOString());
  assertPinnedVersion(before, request.pinnedVersion);
  assertListsRemoveFew(before, wanted.connector, request);
  const after = await complete(wanted, request, context, tools);
  return commitUpdate(
    audit,
    request,
    { before, after },
    {
      writes: connectorWrites(before, after),
      shown: present({ connector: after, last }, request),
      fields: { credentials_replaced: Object.keys(wanted.fresh).length > 0 },
    },
  );
}

/** @throws AppError NOT_FOUND, and if items are linked, unless the deletion is forced */
async function findDeletable(request: Request<typeof deleteDataConnector>, context: ConnectorsContext) {
  const { connector } = await find(request, context);
  if (request.query.force !== true) assertUnlinked(connector);
  return connector;
}

const concludeDeletion = (connector: DataConnector) => ({
  writes: connectorWrites(connector, undefined),
  fields: { unlinked_items: connector.items.length },
});

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
  const entity = { type: 'dataconnector', id: connector.id };
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
  const { organization, now } = request;
  const { connector: stored, last } = await find(request, context);
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
      [listDataConnectors.route]: listOf(read, present),
      [getDataConnector.route]: get,
      [saveDataConnector.route]: (request, context) =>
        request.params.id === 'new' ? create(request, context, tools) : replace(request, context, tools),
      [deleteDataConnector.route]: deleteOf(audit, findDeletable, concludeDeletion),
      [testDataConnector.route]: (request, context) => test(request, context, tools),
    },
    { ...dependencies, prefetch },
  );
}

export const handler = dataConnectorsHandler();

import * as z from 'zod';
import { AppError, errorKinds, invalid, type ErrorDetail } from '#errors.ts';
import { ConfirmRemoval, isHost, Name, text } from '#schema/values.ts';
import {
  authMethods,
  authTypes,
  connectorKinds,
  kindAliases,
  secretFields,
  type AuthMethod,
  type AuthType,
  type ConnectorKind,
  type SecretField,
} from './connector-kind.ts';

/** Connections to CRMs, directories and services of an organization (functions/system/data-connectors/README.md). */

export const connectorErrors = errorKinds({
  CONNECTOR_NAME_EXISTS: [409, 'Another data connector has this name.'],
  CONNECTOR_IN_USE: [409, 'The data connector has items; `details` lists up to 100 of them.'],
});

/** What is answered in place of a secret. Sent back, it keeps the stored secret. */
export const mask = '********';
const maxItems = 1_000;

export const itemTypes = ['user', 'number', 'sim', 'trunk'] as const;
export type ItemType = (typeof itemTypes)[number];
export const syncStatuses = ['changed', 'delete', 'synced'] as const;

export const ConnectorItem = z
  .object({
    type: z.enum(itemTypes).describe('Kind of the linked resource'),
    id: z
      .string()
      .regex(/^[a-z]{2,16}_[0-9A-Za-z_-]{1,64}$/, 'is not a well-formed id')
      .describe('Its id in this organization; for a number its id `num_…`'),
    connected_app: text(64).nullish().default(null).describe('App on the other side that it is linked to'),
    sync_status: z.enum(syncStatuses).describe('State of its synchronization, as the client sets it'),
  })
  .meta({ id: 'NewDataConnectorItem' });
export type ConnectorItem = z.output<typeof ConnectorItem>;

/** Text of a secret: spaces count, control characters are a mistake of copying. */
const secretText = z
  .string()
  .min(1)
  .max(1_024)
  .regex(/^[^\p{Cc}]*$/u, 'must not contain control characters');
/** A token is sent in a header (RFC 9110 §5.5). */
const tokenText = z
  .string()
  .max(4_096)
  .regex(/^[!-~](?:[ -~]*[!-~])?$/, 'must be printable ASCII characters');
const headerName = /^[A-Za-z][A-Za-z0-9-]{0,63}$/;
/** Fields of the connection and of the body (RFC 9110 §7.6), which the platform sets. */
const reservedHeader =
  /^(?:host|connection|content-.*|transfer-encoding|te|trailer|upgrade|expect|keep-alive|proxy-.*|accept|user-agent)$/i;

const aliasNames = Object.keys(kindAliases) as (keyof typeof kindAliases)[];
const isAlias = (kind: string): kind is keyof typeof kindAliases => Object.hasOwn(kindAliases, kind);

/** Body of `PUT /dataconnector/{id}`. */
export const NewDataConnector = z
  .object({
    name: Name.describe('Name, unique in the organization, in any case'),
    kind: z
      .enum([...connectorKinds, ...aliasNames])
      .transform((kind): ConnectorKind => (isAlias(kind) ? kindAliases[kind] : kind))
      .describe(
        'System that it connects to. `SalesForce`, `MicrosoftDynamics` and `Sugar` mean `salesforce`, `dynamics` ' +
          'and `sugar`',
      ),
    server: z
      .string()
      .trim()
      .max(2_048)
      .describe(
        'URL of the system: https on port 443 or 8443, for `ldap` `ldaps://host[:636]`. At public addresses only, ' +
          'without query; checked when it is saved and with each test',
      ),
    auth_type: z
      .enum(authTypes)
      .describe(
        'How it signs in, by `kind`, with the secrets and fields that it needs.\n\n' +
          '`salesforce`: `oauth` (`client_secret`, `token`, `client_id`) or `jwt` (`private_key`, `client_id`, ' +
          '`username`).\n\n' +
          '`dynamics`: `client_credentials` (`client_secret`, `client_id`, `organization`).\n\n' +
          '`sugar`: `password` (`password`, `client_secret`, `client_id`, `username`).\n\n' +
          '`zendesk`: `token` (`token`, `username`) or `oauth` (`token`).\n\n' +
          '`oracle_fusion`: `basic` (`password`, `username`) or `oauth` (`client_secret`, `client_id`, ' +
          '`organization`).\n\n' +
          '`gooddata`: `token` (`token`). `ldap`: `simple` (`password`, `username`).\n\n' +
          '`http`: `none`, `basic` (`password`, `username`), `bearer` (`token`) or `header` (`token`).',
      ),
    username: text(256, 1)
      .optional()
      .describe('User name; for `zendesk` the e-mail address, for `ldap` the DN to bind as'),
    client_id: text(256, 1).optional().describe('OAuth client id'),
    account_type: text(64, 1).optional().describe('Free text, such as `sandbox`'),
    organization: text(128, 1)
      .optional()
      .describe(
        'Tenant: for `dynamics` the directory (tenant) id, for `oracle_fusion` the host of the identity domain',
      ),
    resource_id: text(512, 1)
      .optional()
      .describe(
        'OAuth scope. Default: `<server>/.default` for `dynamics`, `urn:opc:resource:consumer::all` for ' +
          '`oracle_fusion`',
      ),
    test_path: z
      .string()
      .max(1_024)
      .regex(/^\/[!-"$-[\]-~]*$/, 'must begin with a slash and have no white space, # or backslash')
      .optional()
      .describe('Only for `http`: path and query that a test reads. Default: `/`'),
    header_name: z
      .string()
      .regex(headerName, 'must be a name such as X-Api-Key')
      .refine((name) => !reservedHeader.test(name), 'is a header that the platform sets')
      .optional()
      .describe('Only for `http` with `header`: the header that carries the token. Default: `X-Api-Key`'),
    restricted: z.boolean().default(false).describe('Whether only callers with the scope `system:write` may use it'),
    enabled: z.boolean().default(true).describe('Whether it is in use. A disabled connector can be tested'),
    password: secretText.optional().describe('Password. Write-only'),
    client_secret: secretText.optional().describe('Secret of the OAuth client. Write-only'),
    token: tokenText
      .optional()
      .describe('API token, bearer token or, for `salesforce`, OAuth refresh token. Write-only'),
    private_key: z
      .string()
      .min(1)
      .max(16_384)
      .optional()
      .describe('RSA private key of at least 2,048 bits, PEM without passphrase. Write-only'),
    items: z
      .array(ConnectorItem)
      .max(maxItems)
      .default([])
      .describe('Users, numbers, SIMs and trunks that are linked by it, up to 1,000'),
    confirm_removal: ConfirmRemoval,
  })
  .meta({ id: 'NewDataConnector' });
export type NewDataConnector = z.output<typeof NewDataConnector>;

export type Secrets<V = string> = Readonly<Partial<Record<SecretField, V>>>;

/** A connector as stored. */
export type DataConnector = {
  readonly id: string;
  readonly name: string;
  readonly kind: ConnectorKind;
  /** URL without a slash at its end. */
  readonly server: string;
  readonly auth_type: AuthType;
  readonly username: string | null;
  readonly client_id: string | null;
  readonly account_type: string | null;
  readonly organization: string | null;
  readonly resource_id: string | null;
  readonly test_path: string | null;
  readonly header_name: string | null;
  readonly restricted: boolean;
  readonly enabled: boolean;
  /** Sealed (shared/secrets/seals.ts): those of `auth_type`. */
  readonly sealed_secrets: Secrets;
  readonly items: readonly ConnectorItem[];
  /** Raised by each change that a test could notice. */
  readonly settings_version: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

type Destination = Pick<DataConnector, 'kind' | 'auth_type' | 'server' | 'organization' | 'test_path'>;

/**
 * What decides where a secret is sent. Who may change a connector must not learn its secrets, so that a stored one is
 * never sent to another destination: a path counts too, as a host may belong to several parties.
 */
const hasSameDestination = (one: Destination, other: Destination): boolean =>
  one.kind === other.kind &&
  one.auth_type === other.auth_type &&
  one.server === other.server &&
  one.organization === other.organization &&
  one.test_path === other.test_path;

/** The URL of a directory: `ldaps://host:636`. */
function directoryOf(server: string): string | undefined {
  const rest = /^ldaps:\/\/([^/?#@\s\\]+)\/?$/i.exec(server)?.[1];
  // Parsed as https, since the parser does not canonicalize hosts of other schemes (WHATWG URL §4.4).
  const url = rest === undefined ? null : URL.parse(`https://${rest}/`);
  if (url === null) return undefined;
  const port = /:(\d+)$/.exec(rest ?? '')?.[1] ?? '636';
  return `ldaps://${url.hostname}:${Number(port)}`;
}

/** The canonical URL of a server. @throws AppError VALIDATION_FAILED; the outbound guard checks port and addresses */
export function serverOf({ kind, server }: Pick<NewDataConnector, 'kind' | 'server'>): string {
  if (kind === 'ldap') {
    const directory = directoryOf(server);
    if (directory === undefined) throw invalid('server', 'must be a URL such as ldaps://directory.example.com');
    return directory;
  }
  const url = /^https?:\/\/[^\s\\]+$/i.test(server) ? URL.parse(server) : null;
  if (url === null) throw invalid('server', 'must be a URL such as https://example.com');
  if (url.username !== '' || url.password !== '') throw invalid('server', 'must not have a user name or password');
  if (server.includes('?') || server.includes('#')) throw invalid('server', 'must not have a query or a fragment');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** Host names of `organization` become part of a URL. */
const isTenant = (kind: ConnectorKind, organization: string): boolean =>
  (kind !== 'dynamics' && kind !== 'oracle_fusion') || (isHost(organization) && !organization.startsWith('['));

const detail = (path: string, message: string): ErrorDetail => ({ path, message });

/** @throws AppError VALIDATION_FAILED with all violations, if there are any */
function assertNone(details: readonly ErrorDetail[]): void {
  const [first] = details;
  if (first !== undefined) throw new AppError('VALIDATION_FAILED', `${first.path} ${first.message}`, { details });
}

/** The way to sign in. @throws AppError VALIDATION_FAILED if the kind does not have it */
function methodOf({ kind, auth_type: auth }: Pick<NewDataConnector, 'kind' | 'auth_type'>): AuthMethod {
  const method = authMethods[kind][auth];
  if (method !== undefined) return method;
  throw invalid('auth_type', `must be ${Object.keys(authMethods[kind]).join(' or ')} for ${kind}`);
}

function fieldDetails(body: NewDataConnector, { fields, isBasic }: AuthMethod): ErrorDetail[] {
  const { kind, auth_type: auth, username = '', organization, test_path: path, header_name: header } = body;
  return [
    ...fields.filter((name) => body[name] === undefined).map((name) => detail(name, `is required for ${auth}`)),
    ...(isBasic === true && username.includes(':') ? [detail('username', 'must not contain a colon')] : []),
    ...(organization === undefined || isTenant(kind, organization)
      ? []
      : [detail('organization', 'must be a directory id or a host name')]),
    ...(kind !== 'http' && path !== undefined
      ? [detail('test_path', 'must be absent: only the kind http has it')]
      : []),
    ...(header !== undefined && !(kind === 'http' && auth === 'header')
      ? [detail('header_name', 'must be absent: only the kind http with header has it')]
      : []),
  ];
}

/** Each item once. */
function itemDetails(items: readonly ConnectorItem[]): ErrorDetail[] {
  const seen = new Set<string>();
  return items.flatMap(({ type, id }, at) => {
    const isNew = !seen.has(`${type}/${id}`);
    seen.add(`${type}/${id}`);
    return isNew ? [] : [detail(`items[${at}]`, 'is named twice')];
  });
}

type Given = {
  readonly body: NewDataConnector;
  readonly method: AuthMethod;
  /** Secrets that may stay. */
  readonly kept: Secrets;
  /** Whether there are stored secrets that may not. */
  readonly hasMoved: boolean;
};

function secretDetails({ body, method, kept, hasMoved }: Given): ErrorDetail[] {
  return secretFields.flatMap((name) => {
    const given = body[name];
    if (!method.secrets.includes(name))
      return given === undefined ? [] : [detail(name, `is not used by ${body.auth_type}`)];
    if ((given !== undefined && given !== mask) || kept[name] !== undefined) return [];
    const moved = 'must be sent again, as kind, auth_type, server, organization or test_path changed';
    return [detail(name, hasMoved ? moved : `is required for ${body.auth_type}`)];
  });
}

/** What a PUT stores, and the secrets of it that have to be sealed. */
export type WantedConnector = { readonly connector: DataConnector; readonly fresh: Secrets };

/** The settings of the body. */
const settingsOf = (body: NewDataConnector) => ({
  name: body.name,
  kind: body.kind,
  server: serverOf(body),
  auth_type: body.auth_type,
  username: body.username ?? null,
  client_id: body.client_id ?? null,
  account_type: body.account_type ?? null,
  organization: body.organization ?? null,
  resource_id: body.resource_id ?? null,
  test_path: body.kind === 'http' ? (body.test_path ?? '/') : null,
  header_name: body.kind === 'http' && body.auth_type === 'header' ? (body.header_name ?? 'X-Api-Key') : null,
  restricted: body.restricted,
  enabled: body.enabled,
  items: body.items,
});

/** Settings that do not change what a test does. */
const untested: ReadonlySet<string> = new Set(['name', 'account_type', 'restricted', 'enabled', 'items']);

const isTestable = (before: DataConnector, settings: ReturnType<typeof settingsOf>, fresh: Secrets): boolean =>
  Object.keys(fresh).length > 0 ||
  Object.entries(settings).some(
    ([name, value]) => !untested.has(name) && before[name as keyof typeof settings] !== value,
  );

function secretsOf(given: Given): { readonly fresh: Secrets; readonly kept: Secrets } {
  const { body, method, kept } = given;
  const chosen = (isFresh: boolean): Secrets =>
    Object.fromEntries(
      method.secrets.flatMap((name) => {
        const sent = body[name] === mask ? undefined : body[name];
        return (sent !== undefined) === isFresh ? [[name, isFresh ? sent : kept[name]]] : [];
      }),
    );
  return { fresh: chosen(true), kept: chosen(false) };
}

function checked(body: NewDataConnector, before: DataConnector | undefined) {
  const method = methodOf(body);
  const settings = settingsOf(body);
  const mayKeep = before !== undefined && hasSameDestination(before, settings);
  const given: Given = {
    body,
    method,
    kept: mayKeep ? before.sealed_secrets : {},
    hasMoved: before !== undefined && !mayKeep,
  };
  assertNone([...fieldDetails(body, method), ...secretDetails(given), ...itemDetails(body.items)]);
  return { settings, ...secretsOf(given) };
}

type Stamp = { readonly id: string; readonly now: string };

/** A connector as first stored, without its secrets. @throws AppError VALIDATION_FAILED */
export function newConnector(body: NewDataConnector, { id, now }: Stamp): WantedConnector {
  const { settings, fresh } = checked(body, undefined);
  const connector: DataConnector = {
    ...settings,
    id,
    sealed_secrets: {},
    settings_version: 1,
    created_at: now,
    updated_at: now,
    version: 1,
  };
  return { connector, fresh };
}

/**
 * The connector after a PUT of its id, with the secrets that stay: those that are absent or masked, unless what decides
 * where they are sent has changed. @throws AppError VALIDATION_FAILED
 */
export function replaceConnector(before: DataConnector, body: NewDataConnector, now: string): WantedConnector {
  const { settings, fresh, kept } = checked(body, before);
  const connector: DataConnector = {
    ...before,
    ...settings,
    sealed_secrets: kept,
    settings_version: before.settings_version + (isTestable(before, settings, fresh) ? 1 : 0),
    updated_at: now,
    version: before.version + 1,
  };
  return { connector, fresh };
}

/** The connector without an item. */
export const unlinkItem = (connector: DataConnector, type: ItemType, id: string, now: string): DataConnector => ({
  ...connector,
  items: connector.items.filter((item) => item.type !== type || item.id !== id),
  updated_at: now,
  version: connector.version + 1,
});

/** Items in the details of an error. */
const maxDetails = 100;

/** @throws AppError VALIDATION_FAILED for items that the organization does not have */
export function assertExisting(items: readonly ConnectorItem[], exists: (item: ConnectorItem) => boolean): void {
  const unknown = items.flatMap((item, at) =>
    exists(item) ? [] : [detail(`items[${at}].id`, `is no ${item.type} of the organization`)],
  );
  assertNone(unknown.slice(0, maxDetails));
}

/** @throws AppError CONNECTOR_IN_USE */
export function assertUnlinked({ name, items }: DataConnector): void {
  if (items.length === 0) return;
  const details = items.slice(0, maxDetails).map(({ type, id }, at) => detail(`items[${at}]`, `${type} ${id}`));
  throw new AppError(
    connectorErrors.CONNECTOR_IN_USE,
    `Data connector ${name} has ${items.length} items; set force to unlink them`,
    { details },
  );
}

/** Names are unique in any case. */
export const foldedName = ({ name }: Pick<DataConnector, 'name'>): string => name.toLowerCase();

import { sameHash, secretHash } from '#schema/secret-hash.ts';
import { inOrganization } from '#dynamodb/write.ts';
import { AppError, found, notFound } from '#errors.ts';
import { coversRecord } from '#http/authorization/own-records.ts';
import { commits, document, commitsThenThrows, type DocumentAnswer } from '#http/answers/answer.ts';
import { entityTag } from '#http/answers/not-modified.ts';
import { xmlDocument } from '#http/answers/xml.ts';
import type { Context, Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import type { Device } from '#schema/device.ts';
import { second } from '#schema/time.ts';
import { deviceSecrets } from '#secrets/device-secrets.ts';
import { sealsFrom, type Seals } from '#secrets/seals.ts';
import { secretsFromEnvironment, type Secrets as SecretStore } from '#secrets/secrets.ts';
import type { ProvisionItem } from '../rows/provision.ts';
import type { SipAccountItem } from '../rows/sip-account.ts';
import type { ProvisioningFile } from './configuration.ts';
import { fetchProvisioningFile, getDeviceConfiguration, provisioning } from './contract.ts';
import {
  configurationOf,
  findFile,
  isFileName,
  isNotRenderable,
  maskSecrets,
  type Secrets,
} from './device-configuration.ts';
import type { Template } from './template-file.ts';
import { listedKeys } from './watched-keys.ts';
import { completionWrites, failureWrites, guessWindow, guessWrite, provisioningStore, seenWrite } from './store.ts';

type ProvisioningContext = Context<typeof provisioning>;
type FetchRequest = Request<typeof fetchProvisioningFile>;
/** `host:port` of the SIP sidecar, over UDP and over TLS. */
type Proxies = { readonly proxy: string | null; readonly tlsProxy: string | null };

type Tools = Proxies & {
  readonly seals: Seals;
  /** Wrong secrets of an address in a window, after which its further ones get 429. */
  readonly maxGuesses: number;
  /** Base URL of the API. */
  readonly url: string;
};

const proxiesOf = ({ proxy, tlsProxy }: Tools): Proxies => ({ proxy, tlsProxy });

const entityOf = ({ id }: Device) => ({ type: 'device', id });

/** Scaled with `RATE_LIMIT_SCALE`, as all rate limits. */
const defaultMaxGuesses = 20;
/** Compared for an unknown device, so that it takes the same time as a known one. */
const dummyHash = secretHash('');

async function openSecrets(
  provision: ProvisionItem,
  accounts: readonly SipAccountItem[],
  { seals, url }: Tools,
): Promise<Secrets> {
  const { org_id: organization, device_id: id, admin_password: password } = provision;
  const secrets = deviceSecrets(seals, organization, id);
  const opened = accounts.map(
    async ({ sip_username, domain, password: sealed }) =>
      [sip_username, { domain, password: await secrets.openSipPassword(sealed, sip_username) }] as const,
  );
  return {
    accounts: new Map(await Promise.all(opened)),
    adminPassword: password === undefined ? null : await secrets.openAdminPassword(password),
    url: `${url}/provision/${id}/${await secrets.openUrlSecret(provision.secret)}/`,
  };
}

/** The `ETag` is that of the content, which changes with the clock of its zone and with names of a BLF list, too. */
function answerFile(
  { content, contentType }: ProvisioningFile,
  headers: Readonly<Record<string, string>> = {},
): DocumentAnswer<200> {
  const text = typeof content === 'string' ? content : xmlDocument(content);
  return document(contentType, text, { ETag: entityTag(text), ...headers });
}

type FileRequest = Proxies & {
  readonly name: string | undefined;
  readonly now: Date;
  readonly template: Template | undefined;
  readonly blf: Awaited<ReturnType<ReturnType<typeof provisioningStore>['blf']>>;
};

/** A file of a device: undefined if it has none of this name, an error if its format cannot carry the configuration. */
function renderFile(device: Device, secrets: Secrets, { name, proxy, tlsProxy, now, template, blf }: FileRequest) {
  const listed = listedKeys(blf.list, blf.people, now);
  try {
    return findFile(configurationOf(device, secrets, { proxy, tlsProxy, now, listed }), name, template);
  } catch (error) {
    if (!isNotRenderable(error)) throw error;
    return error;
  }
}

/** What the file of a device is made of. */
async function readParts(device: Device, table: ProvisioningContext['table']) {
  const store = provisioningStore(table);
  const [accounts, template, blf] = await Promise.all([
    store.accounts(device),
    store.template(device),
    store.blf(device),
  ]);
  return { accounts, template, blf };
}

async function get(
  { params, query, caller, record, now }: Request<typeof getDeviceConfiguration>,
  { table }: ProvisioningContext,
  tools: Tools,
) {
  const showsSecrets = query.secrets === true;
  if (showsSecrets && !caller.scopes.has('telephony:write'))
    throw new AppError('INSUFFICIENT_SCOPE', 'This needs the scope telephony:write', {
      details: [{ path: 'scope', message: 'telephony:write' }],
    });
  const store = provisioningStore(table);
  const [read, provisionRead] = await Promise.all([store.device(params.id), store.provision(params.id)]);
  const device = found(read, 'Device');
  const provision = found(provisionRead, 'Device');
  if (showsSecrets && !coversRecord(caller, 'telephony:write', device.user_id)) throw notFound('Device');
  const { accounts, template, blf } = await readParts(device, table);
  const secrets = await openSecrets(provision, accounts, tools);
  const file = { name: query.file, ...proxiesOf(tools), now, template, blf };
  const rendered = found(renderFile(device, showsSecrets ? secrets : maskSecrets(secrets), file), 'File');
  if (rendered instanceof AppError) return commitsThenThrows(failureWrites(device), rendered);
  const { name } = rendered.file;
  const answer = answerFile(rendered.file, {
    'Content-Disposition': `attachment; filename="${name}"`,
  });
  if (!showsSecrets) return answer;
  return commits(
    [
      record('device.config_read', {
        entity: entityOf(device),
        description: `Passwords of device ${device.mac_address} read`,
        fields: { file: name },
        persons: [device.user_id],
      }),
    ],
    answer,
  );
}

type Access = {
  readonly provision: ProvisionItem;
  /** Whether by the present secret, not the previous one. */
  readonly isPresent: boolean;
};

/** Checks the secret of a URL: the present one, or the previous one while it is valid. */
function checkSecret(provision: ProvisionItem | undefined, secret: string, now: Date): Access | undefined {
  const hash = secretHash(secret);
  const { previous } = provision ?? {};
  const isPresent = sameHash(hash, provision?.hash ?? dummyHash);
  const isPrevious =
    sameHash(hash, previous?.hash ?? dummyHash) && previous !== undefined && previous.valid_until > now.toISOString();
  return provision !== undefined && (isPresent || isPrevious) ? { provision, isPresent } : undefined;
}

/** A file over plain HTTP would expose its passwords. The local cloud has no HTTPS. */
const isUnprotected = ({ headers }: FetchRequest, { url }: Tools): boolean =>
  url.startsWith('https:') && headers['x-forwarded-proto'] === 'http';

/**
 * Counts a request with a wrong secret. Only these are counted, so that phones behind the address of a guesser still
 * get their files: a secret of 256 bits is found by no number of guesses, and the limit bounds their writes.
 */
async function rejectGuess(
  { ip, now }: FetchRequest,
  store: ReturnType<typeof provisioningStore>,
  { maxGuesses }: Tools,
) {
  if ((await store.guesses(ip, now)) >= maxGuesses)
    throw new AppError('RATE_LIMITED', 'Too many requests with a wrong secret', { retryAfter: guessWindow / second });
  return commitsThenThrows([guessWrite(ip, now)], notFound('File'));
}

type Holders = Awaited<ReturnType<ReturnType<typeof provisioningStore>['holders']>>;

/**
 * Whether a phone may have its file, as it may register: not after its user was disabled or deleted, or its
 * organization closed. Phones of a suspended organization may, because emergency calls stay possible.
 */
function mayFetch({ user_id: user, locked }: Device, { organization, owner }: Holders): boolean {
  const isBarred = user !== null && (owner === undefined || owner.status === 'disabled');
  return locked !== true && !isBarred && organization?.status !== 'closed';
}

async function fetch(request: FetchRequest, { tableOf }: ProvisioningContext, tools: Tools) {
  const { params, now, asked } = request;
  // No secret would change the answer, so nothing is read or counted.
  if (isUnprotected(request, tools) || !isFileName(params.file)) throw notFound('File');
  const platform = provisioningStore(tableOf(0));
  const access = checkSecret(await platform.provision(params.deviceId), params.secret, now);
  if (access === undefined) return rejectGuess(request, platform, tools);
  const { provision } = access;
  const store = provisioningStore(tableOf(provision.org_id));
  const device = await store.device(provision.device_id);
  if (device === undefined) throw notFound('File');
  const [{ accounts, template, blf }, holders] = await Promise.all([
    readParts(device, tableOf(provision.org_id)),
    store.holders(device),
  ]);
  if (!mayFetch(device, holders)) throw notFound('File');
  const secrets = await openSecrets(provision, accounts, tools);
  const rendered = renderFile(device, secrets, { name: params.file, ...proxiesOf(tools), now, template, blf });
  const visit = seenWrite(device, request);
  if (rendered instanceof AppError)
    return commitsThenThrows(inOrganization(provision.org_id, [visit, ...failureWrites(device)]), notFound('File'));
  if (rendered === undefined) throw notFound('File');
  const answer = answerFile(rendered.file);
  if (asked.method === 'HEAD') return answer;
  const completion = rendered.isLast ? completeFetch(request, device, { ...access, accounts }) : [];
  return commits([...inOrganization(provision.org_id, [visit, ...completion])], answer);
}

/** The writes after the phone has fetched the last of its files: none if it had this configuration before. */
function completeFetch(
  { recordIn }: FetchRequest,
  device: Device,
  fetched: Access & { readonly accounts: readonly SipAccountItem[] },
) {
  const writes = completionWrites(device, fetched);
  if (writes.length === 0) return [];
  const provisioned = recordIn(fetched.provision.org_id)('device.provisioned', {
    entity: entityOf(device),
    description: `Device ${device.mac_address} fetched its configuration`,
    fields: { config_version: device.config_version },
  });
  return [...writes, provisioned];
}

/** The function of `/devices/{id}/config` and `/provision`. */
export function provisioningHandler(
  dependencies: Dependencies & { readonly secrets: SecretStore } = {
    ...dependenciesFromEnvironment(),
    secrets: secretsFromEnvironment(),
  },
) {
  const { environment } = dependencies;
  const tools: Tools = {
    seals: sealsFrom(dependencies.secrets),
    maxGuesses: defaultMaxGuesses * Number(environment['RATE_LIMIT_SCALE'] ?? 1),
    url: environment['PUBLIC_URL'] ?? '',
    proxy: environment['SIP_ADDRESS'] ?? null,
    tlsProxy: environment['SIP_TLS_ADDRESS'] ?? null,
  };
  return serve(
    provisioning,
    {
      [getDeviceConfiguration.route]: (request, context) => get(request, context, tools),
      [fetchProvisioningFile.route]: (request, context) => fetch(request, context, tools),
    },
    dependencies,
  );
}

export const handler = provisioningHandler();

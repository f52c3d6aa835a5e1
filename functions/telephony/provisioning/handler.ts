import { secretHash, sameHash } from '../../../shared/credentials/secret-hash.ts';
import type { ProvisionItem } from '../rows/provision.ts';
import type { SipAccountItem } from '../rows/sip-account.ts';
import { within } from '../../../shared/dynamodb/write.ts';
import { AppError, notFound } from '../../../shared/errors.ts';
import { commits, document, rejects, type DocumentAnswer } from '../../../shared/http/answers/answer.ts';
import type { Request, Context } from '../../../shared/http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../../../shared/runtime/dependencies.ts';
import { serve } from '../../../shared/http/serve.ts';
import { xmlDocument } from '../../../shared/http/answers/xml.ts';
import type { Device } from '../../../shared/schema/device.ts';
import { adminPasswordSecret, provisioningSecret, sipPasswordSecret } from '../../../shared/secrets/device-secrets.ts';
import { sealsFrom, type Seals } from '../../../shared/secrets/seals.ts';
import { secretsFromEnvironment, type Secrets as SecretStore } from '../../../shared/secrets/secrets.ts';
import type { ProvisioningFile } from './configuration.ts';
import { fetchFile, getConfiguration, provisioning } from './contract.ts';
import { configurationOf, fileNamed, isNotRenderable, masked, type Secrets } from './device-configuration.ts';
import { completed, failed, missed, missWindow, provisioningStore, seen } from './store.ts';

type ProvisioningContext = Context<typeof provisioning>;
type FetchRequest = Request<typeof fetchFile>;
type Tools = {
  readonly seals: Seals;
  readonly maxMisses: number;
  /** Of the API. */ readonly url: string;
  /** `host:port` of the SIP sidecar. */ readonly proxy: string | null;
};

const entityOf = ({ id }: Device) => ({ type: 'device', id });

/** Misses of one address in a window, from which on it is told nothing any more; scaled as all limits are. */
const maxMisses = 20;
/** Of a device that there is not, so that it takes the same work: the hash of nothing that anybody knows. */
const nobodysHash = secretHash('');

async function secretsOf(
  provision: ProvisionItem,
  accounts: readonly SipAccountItem[],
  { seals, url }: Tools,
): Promise<Secrets> {
  const { org_id: organization, device_id: id } = provision;
  const opened = await Promise.all(
    accounts.map(
      async (account) =>
        [
          account.sip_username,
          {
            domain: account.domain,
            password: await seals.open(account.password, sipPasswordSecret(organization, id, account.sip_username)),
          },
        ] as const,
    ),
  );
  return {
    accounts: new Map(opened),
    adminPassword:
      provision.admin_password === undefined
        ? null
        : await seals.open(provision.admin_password, adminPasswordSecret(organization, id)),
    url: `${url}/provision/${id}/${await seals.open(provision.secret, provisioningSecret(organization, id))}/`,
  };
}

const answered = (
  { content, contentType }: ProvisioningFile,
  device: Device,
  headers: Readonly<Record<string, string>> = {},
): DocumentAnswer<200> =>
  document(contentType, typeof content === 'string' ? content : xmlDocument(content), {
    ETag: `"${device.config_version}"`,
    ...headers,
  });

/** What is made, or that no format has a place for it. */
function made<T>(make: () => T): T | AppError {
  try {
    return make();
  } catch (error) {
    if (!isNotRenderable(error)) throw error;
    return error;
  }
}

async function shown(request: Request<typeof getConfiguration>, { table }: ProvisioningContext, tools: Tools) {
  const { params, query, caller, record, now } = request;
  const store = provisioningStore(table);
  const showsSecrets = query.secrets === true;
  if (showsSecrets && !caller.scopes.has('telephony:write'))
    throw new AppError('INSUFFICIENT_SCOPE', 'This needs the scope telephony:write', {
      details: [{ path: 'scope', message: 'telephony:write' }],
    });
  const [device, provision] = await Promise.all([store.device(params.id), store.provision(params.id)]);
  if (
    device === undefined ||
    provision === undefined ||
    (caller.ownOnly.has('telephony:read') && device.user_id !== caller.id)
  )
    throw notFound('Device');
  const secrets = await secretsOf(provision, await store.accounts(device), tools);
  const found = made(() =>
    fileNamed(
      configurationOf(device, showsSecrets ? secrets : masked(secrets), {
        proxy: tools.proxy,
        year: now.getUTCFullYear(),
      }),
      query.file,
    ),
  );
  if (found === undefined) throw notFound('File');
  if (found instanceof AppError) return rejects(failed(device), found);
  const answer = answered(found.file, device, { 'Content-Disposition': `attachment; filename="${found.file.name}"` });
  if (!showsSecrets) return answer;
  return commits(
    [
      record('device.config_read', {
        entity: entityOf(device),
        description: `Passwords of device ${device.mac_address} read`,
        fields: { file: found.file.name },
      }),
    ],
    answer,
  );
}

/** Whose the URL is, by the secret in it: the present one, or the one before while that goes on. */
function heldBy(
  provision: ProvisionItem | undefined,
  secret: string,
  now: Date,
): { readonly provision: ProvisionItem; readonly byPresent: boolean } | undefined {
  const hash = secretHash(secret);
  const { previous } = provision ?? {};
  const byPresent = sameHash(hash, provision?.hash ?? nobodysHash);
  const byPrevious =
    sameHash(hash, previous?.hash ?? nobodysHash) && previous !== undefined && previous.valid_until > now.toISOString();
  return provision !== undefined && (byPresent || byPrevious) ? { provision, byPresent } : undefined;
}

/** A phone that speaks HTTP would tell its passwords to the network; the local cloud has nothing else. */
const isUnprotected = ({ headers }: FetchRequest, { url }: Tools): boolean =>
  url.startsWith('https:') && headers['x-forwarded-proto'] === 'http';

async function fetched(request: FetchRequest, { tableOf }: ProvisioningContext, tools: Tools) {
  const { params, ip, now, userAgent, asked, recordIn } = request;
  const miss = () => rejects([missed(ip, now)], notFound('File'));
  if ((await provisioningStore(tableOf(0)).misses(ip, now)) >= tools.maxMisses)
    throw new AppError('RATE_LIMITED', 'Too many requests for files that are not there', {
      retryAfter: missWindow * 60,
    });
  const held = heldBy(await provisioningStore(tableOf(0)).provision(params.deviceId), params.secret, now);
  if (held === undefined || isUnprotected(request, tools)) return miss();
  const { provision, byPresent } = held;
  const organization = provision.org_id;
  const store = provisioningStore(tableOf(organization));
  const device = await store.device(provision.device_id);
  if (device === undefined) return miss();
  const accounts = await store.accounts(device);
  const secrets = await secretsOf(provision, accounts, tools);
  const found = made(() =>
    fileNamed(configurationOf(device, secrets, { proxy: tools.proxy, year: now.getUTCFullYear() }), params.file),
  );
  if (found instanceof AppError)
    return rejects(within(organization, [seen(device, { now, userAgent }), ...failed(device)]), notFound('File'));
  if (found === undefined) return miss();
  const answer = answered(found.file, device);
  if (asked.method === 'HEAD') return answer;
  const complete = found.isLast
    ? [
        ...completed(device, { provision, accounts, byPresent, now, userAgent }),
        recordIn(organization)('device.provisioned', {
          entity: entityOf(device),
          description: `Device ${device.mac_address} fetched its configuration`,
          fields: { config_version: device.config_version },
        }),
      ]
    : [];
  return commits([...within(organization, [seen(device, { now, userAgent }), ...complete])], answer);
}

/** @param outside what the functions touch; tests bring their own */
export function provisioningHandler(
  dependencies: Dependencies & { readonly secrets: SecretStore } = {
    ...dependenciesFromEnvironment(),
    secrets: secretsFromEnvironment(),
  },
) {
  const { environment } = dependencies;
  const tools: Tools = {
    seals: sealsFrom(dependencies.secrets),
    maxMisses: maxMisses * Number(environment['RATE_LIMIT_SCALE'] ?? 1),
    url: environment['PUBLIC_URL'] ?? '',
    proxy: environment['SIP_ADDRESS'] ?? null,
  };
  return serve(
    provisioning,
    {
      [getConfiguration.route]: (request, context) => shown(request, context, tools),
      [fetchFile.route]: (request, context) => fetched(request, context, tools),
    },
    dependencies,
  );
}

export const handler = provisioningHandler();

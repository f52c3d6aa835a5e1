import { keepDevice } from '#dynamodb/rows/device.ts';
import { maximumWrites } from '#dynamodb/commit.ts';
import { defaultDeviceLimit } from '#dynamodb/rows/user.ts';
import { AppError, found } from '#errors.ts';
import { sellsTo } from '#http/authorization/selling.ts';
import { commits, ok, page } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { commitCreation, commitDeletion } from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { recordUpdate } from '#runtime/change-events.ts';
import { type Dependencies, dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { auditOf } from '#schema/audit.ts';
import { accountLines, builtInTemplate, type Device } from '#schema/device.ts';
import { deviceSecrets, newSipUsername } from '#secrets/device-secrets.ts';
import { type Seals, sealsFrom } from '#secrets/seals.ts';
import { type Secrets, secretsFromEnvironment } from '#secrets/secrets.ts';
import { platformDomain } from '#sip-domain.ts';
import type { Caller } from '#http/authorization/caller.ts';
import { coversRecord } from '#http/authorization/own-records.ts';
import { deviceDeleteWrites } from '../rows/device-change.ts';
import { changeProvision, newProvision, type ProvisionItem } from '../rows/provision.ts';
import { rotationEnd } from '../rows/sip-account.ts';
import { numberOriginOf } from '#telephony/number-format.ts';
import { assertNoEmergencyExtensions } from '#telephony/own-extensions.ts';
import { accountsAfter, accountTools, type AccountTools, createAccount } from './account-steps.ts';
import {
  createDevice,
  deleteDevice,
  devices,
  getDevice,
  getDeviceByMac,
  listDevices,
  updateDevice,
} from './contract.ts';
import {
  adminPassword,
  assertDeviceLimit,
  assertMayMark,
  changeDevice,
  type DeviceChange,
  type KeptConfiguration,
  newDevice,
  type NewDevice,
  parseKind,
  parseMac,
  rotatedSecrets,
  unlockingChange,
  type TemplateFile,
  templateOf,
} from './device.ts';
import { type Activity, matchesFilter, type Part, parts, presentDevice, unknownActivity } from './presented-device.ts';
import { createWrites, deviceStore, prefetch, type ReadDevice, updateWrites } from './store.ts';

type DevicesContext = Context<typeof devices>;
type Store = ReturnType<typeof deviceStore>;
type ReadRequest = Pick<Request<typeof getDevice>, 'now' | 'caller' | 'organization'>;

/** What seals a device's secrets, and what its file and URL are made of. */
type Tools = {
  readonly seals: Seals;
  /** The SIP domain of the platform. */
  readonly platform: string;
  /** Base URL of the API. */
  readonly url: string;
};

type TemplateStore = Pick<Store, 'template'>;

/** The template that a body names; undefined for the built-in one. @throws AppError 422 */
export const readTemplate = async (store: TemplateStore, id: string | undefined): Promise<TemplateFile | undefined> =>
  id === undefined || id === builtInTemplate ? undefined : templateOf(id, await store.template(id));

/** The template of a new device: that of the body, or the kept one if it still exists. @throws AppError 422 */
export async function newTemplate(
  store: TemplateStore,
  { template_id: wanted }: Pick<NewDevice, 'template_id'>,
  kept: { readonly template_id: string } | undefined,
): Promise<TemplateFile | undefined> {
  if (wanted !== undefined || kept === undefined) return readTemplate(store, wanted);
  return readTemplate(store, kept.template_id).catch((error: unknown) => {
    if (error instanceof AppError) return undefined;
    throw error;
  });
}

/** The provisioning URL of a device contains a secret, and is for those that may change the device. */
export const maySeeUrl = (caller: Caller, device: Pick<Device, 'user_id'>): boolean =>
  caller.scopes.has('telephony:write') && coversRecord(caller, 'telephony:write', device.user_id);

/** The provisioning URLs of devices. */
export async function openUrls(
  provisions: readonly (ProvisionItem | undefined)[],
  { organization: { org_id: organization } }: { readonly organization: { readonly org_id: number } },
  { seals, url }: { readonly seals: Seals; readonly url: string },
): Promise<(string | null)[]> {
  return Promise.all(
    provisions.map(async (item) => {
      if (item === undefined) return null;
      const secret = await deviceSecrets(seals, organization, item.device_id).openUrlSecret(item.secret);
      return `${url}/provision/${item.device_id}/${secret}/`;
    }),
  );
}

const audit = auditOf('device', {
  noun: 'Device',
  describe: ({ mac_address: mac }: Device, verb) => `Device ${mac} ${verb}`,
});

/** @throws AppError NOT_FOUND */
const existing = ({ device, activity }: ReadDevice) => ({ device: found(device, 'Device'), activity });

/** An unknown user is rejected by the writes. @throws AppError DEVICE_LIMIT */
async function checkUser(store: Store, id: string | null, now: Date): Promise<void> {
  if (id === null) return;
  const [user, count] = await Promise.all([store.user(id), store.countOfUser(id, now)]);
  if (user !== undefined) assertDeviceLimit(count, user.access.device_limit ?? defaultDeviceLimit);
}

const present = (
  { device, activity }: { readonly device: Device; readonly activity: Activity },
  { organization, now }: ReadRequest,
  { include, url = null }: { readonly include: readonly Part[]; readonly url: string | null | undefined },
) => presentDevice(device, { organization: organization.org_id, activity, include, url, now });

async function list(request: Request<typeof listDevices>, { table }: DevicesContext, tools: Tools) {
  const { caller, own, query } = request;
  const { include = [], extension, ...filter } = query;
  const store = deviceStore(table);
  const matches = ({ device, activity }: ReadDevice): boolean =>
    device !== undefined && matchesFilter(device, activity, filter);
  const source = { user: own.limitedTo ?? filter.user_id, extension };
  const listed = await store.page(request.page(), source, matches);
  const items = listed.items.flatMap(({ device, activity }) => (device === undefined ? [] : [{ device, activity }]));
  const ids = items.flatMap(({ device }) => (maySeeUrl(caller, device) ? [device.id] : []));
  const opened = await openUrls(await store.provisions(ids), request, tools);
  const urls = new Map(ids.map((id, at) => [id, opened[at]]));
  return page({
    ...listed,
    items: items.map((item) => present(item, request, { include, url: urls.get(item.device.id) })),
  });
}

type SingleRequest = ReadRequest & { readonly query: { readonly include?: readonly Part[] | undefined } };

async function answerDevice(id: string, request: SingleRequest, store: Store, tools: Tools) {
  const { include = [] } = request.query;
  const read = existing(await store.get(id, include.includes('status')));
  const ids = maySeeUrl(request.caller, read.device) ? [id] : [];
  const [url] = await openUrls(await store.provisions(ids), request, tools);
  return ok(present(read, request, { include, url }), { version: read.device.version });
}

async function getByMac(request: Request<typeof getDeviceByMac>, { table }: DevicesContext, tools: Tools) {
  const store = deviceStore(table);
  const owner = await store.withMac(parseMac(request.params.macAddress));
  const own = owner?.org_id === request.organization.org_id ? owner : undefined;
  return answerDevice(found(own, 'Device').device_id, request, store, tools);
}

type WithLines = Pick<KeptConfiguration, 'lines'>;

const extensionsByPath = ({ lines }: WithLines) =>
  Object.fromEntries(lines.map(({ extension }, at) => [`lines[${at}].extension`, extension]));

/** @throws AppError VALIDATION_FAILED if a line gets an emergency number as its extension */
const assertCallable = (
  before: WithLines | undefined,
  after: WithLines,
  organization: Request<typeof createDevice>['organization'],
): void =>
  assertNoEmergencyExtensions(
    before === undefined ? {} : extensionsByPath(before),
    extensionsByPath(after),
    numberOriginOf(organization),
  );

/** The items of a new device beside its own. */
async function createItems(device: Device, wanted: NewDevice, { organization, ...tools }: AccountTools) {
  const secrets = deviceSecrets(tools.seals, organization, device.id);
  const password = adminPassword(wanted);
  const provision = newProvision(device.id, organization, {
    secret: await secrets.newUrlSecret(),
    adminPassword: typeof password === 'string' ? await secrets.sealAdminPassword(password) : undefined,
  });
  const lines = accountLines(device.lines);
  const accounts = await Promise.all(lines.map((line) => createAccount(line, device, { ...tools, organization })));
  return { organization, provision, accounts };
}

async function create(request: Request<typeof createDevice>, { table, nextId }: DevicesContext, tools: Tools) {
  const { params, body, caller, organization, now } = request;
  const kind = parseKind(params.id);
  const wanted = body();
  assertMayMark(wanted, {}, sellsTo(organization, caller));
  const store = deviceStore(table);
  const kept = wanted.lines === undefined ? await store.kept(wanted.mac_address) : undefined;
  const identity = {
    id: nextId('dev'),
    kind,
    now: now.toISOString(),
    template: await newTemplate(store, wanted, kept),
  };
  const device = newDevice(wanted, { ...identity, kept, newUsername: newSipUsername });
  assertCallable(kept, device, organization);
  await checkUser(store, device.user_id, now);
  const domains = await store.domains();
  const { org_id } = organization;
  const items = await createItems(device, wanted, accountTools(org_id, domains.domains, tools));
  const [url] = await openUrls([items.provision], request, tools);
  const answer = present({ device, activity: unknownActivity }, request, { include: parts, url });
  const { limits } = organization;
  return commitCreation(audit, request, device, {
    writes: createWrites(device, { ...items, limit: limits.max_devices, kept, domains }),
    shown: kept === undefined ? answer : { ...answer, restored: true as const },
  });
}

/**
 * The provisioning item after a change; undefined if it is unchanged.
 * @param previousValidUntil ISO 8601; null: a previous URL ends at once
 */
async function provisionAfter(
  before: ProvisionItem,
  wanted: DeviceChange,
  { seals }: Tools,
  previousValidUntil: string | null,
) {
  const password = adminPassword(wanted);
  if (wanted.rotate_secret !== true && password === undefined) return undefined;
  const secrets = deviceSecrets(seals, before.org_id, before.device_id);
  return changeProvision(before, {
    adminPassword: typeof password === 'string' ? await secrets.sealAdminPassword(password) : password,
    secret: wanted.rotate_secret === true ? { ...(await secrets.newUrlSecret()), previousValidUntil } : undefined,
  });
}

async function update(request: Request<typeof updateDevice>, { table }: DevicesContext, tools: Tools) {
  const { params, body, caller, organization, now, pinnedVersion } = request;
  const store = deviceStore(table);
  const [read, [provisionRead]] = await Promise.all([store.get(params.id, false), store.provisions([params.id])]);
  const { device: before, activity } = existing(read);
  const provision = found(provisionRead, 'Device');
  const wanted = unlockingChange(before, body());
  assertMayMark(wanted, before, sellsTo(organization, caller));
  assertPinnedVersion(before, pinnedVersion);
  const template = await readTemplate(store, wanted.template_id);
  const after = changeDevice(before, wanted, { now: now.toISOString(), newUsername: newSipUsername, template });
  assertCallable(before, after, organization);
  if (after.user_id !== before.user_id) await checkUser(store, after.user_id, now);
  const domains = await store.domains();
  const accounts = await accountsAfter(before, after, wanted.rotate_credentials === true, {
    ...accountTools(organization.org_id, domains.domains, tools),
    read: store.accounts,
    now,
  });
  const next = await provisionAfter(provision, wanted, tools, before.locked === true ? null : rotationEnd(now));
  const writes = [
    ...updateWrites(before, after, {
      ...accounts,
      domains,
      provision: next === undefined ? undefined : { before: provision, after: next },
    }),
    ...updateEvents(request, before, after, wanted),
  ];
  if (writes.length > maximumWrites)
    throw new AppError('LIMIT_EXCEEDED', 'Too many changes at once: change lines, user and credentials one by one');
  const [url] = await openUrls([next ?? provision], request, tools);
  return commits(
    writes,
    ok(present({ device: after, activity }, request, { include: parts, url }), {
      message: 'Device updated successfully',
      version: after.version,
    }),
  );
}

type Recording = Pick<Request<typeof updateDevice>, 'record'>;

function updateEvents({ record }: Recording, before: Device, after: Device, wanted: DeviceChange) {
  return [
    recordUpdate(audit, record, { before, after }),
    ...rotatedSecrets(wanted).map((what) =>
      record('device.secret_rotated', {
        entity: { type: 'device', id: after.id },
        description: `New ${what} of device ${after.mac_address}`,
        fields: { rotated: what },
        persons: [after.user_id],
      }),
    ),
  ];
}

async function remove(request: Request<typeof deleteDevice>, { table }: DevicesContext) {
  const { params, query, now } = request;
  const { device } = existing(await deviceStore(table).get(params.id, false));
  return commitDeletion(audit, request, device, {
    writes: [...deviceDeleteWrites(device), ...(query.keep_config === true ? [keepDevice(device, now)] : [])],
  });
}

/** The function of `/devices`. */
export function deviceHandler(
  dependencies: Dependencies & { readonly secrets: Secrets } = {
    ...dependenciesFromEnvironment(),
    secrets: secretsFromEnvironment(),
  },
) {
  const tools: Tools = {
    seals: sealsFrom(dependencies.secrets),
    platform: platformDomain(dependencies.environment),
    url: dependencies.environment['PUBLIC_URL'] ?? '',
  };
  return serve(
    devices,
    {
      [listDevices.route]: (request, context) => list(request, context, tools),
      [getDevice.route]: (request, { table }) => answerDevice(request.params.id, request, deviceStore(table), tools),
      [getDeviceByMac.route]: (request, context) => getByMac(request, context, tools),
      [createDevice.route]: (request, context) => create(request, context, tools),
      [updateDevice.route]: (request, context) => update(request, context, tools),
      [deleteDevice.route]: remove,
    },
    { ...dependencies, prefetch },
  );
}

export const handler = deviceHandler();

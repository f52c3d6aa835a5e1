import { randomHex, randomPassword, randomSecret } from '../../../shared/credentials/random.ts';
import { secretHash } from '../../../shared/credentials/secret-hash.ts';
import { maximumWrites } from '../../../shared/dynamodb/commit.ts';
import { deviceRemoval } from '../rows/device-change.ts';
import type { ProvisionItem } from '../rows/provision.ts';
import type { SipAccountItem } from '../rows/sip-account.ts';
import { defaultDeviceLimit } from '../../../shared/dynamodb/rows/user.ts';
import { AppError, notFound } from '../../../shared/errors.ts';
import { commits, created, ok, page } from '../../../shared/http/answers/answer.ts';
import type { Caller } from '../../../shared/http/admission/caller.ts';
import type { Request, Context } from '../../../shared/http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../../../shared/runtime/dependencies.ts';
import { pinned } from '../../../shared/http/pinned.ts';
import { serve } from '../../../shared/http/serve.ts';
import { accountLines, type AccountLine, type Device } from '../../../shared/schema/device.ts';
import { adminPasswordSecret, provisioningSecret, sipPasswordSecret } from '../../../shared/secrets/device-secrets.ts';
import { sealsFrom, type Seals } from '../../../shared/secrets/seals.ts';
import { secretsFromEnvironment, type Secrets } from '../../../shared/secrets/secrets.ts';
import { platformDomain } from '../../../shared/sip-domain.ts';
import { deleteDevice, devices, getDevice, getDeviceByMac, listDevices, postDevice, putDevice } from './contract.ts';
import { adminPassword, changedDevice, kindOf, macIn, newDevice, type DeviceChange } from './device.ts';
import { presentDevice, statusOf, unknownActivity, type Activity, type Part } from './presented-device.ts';
import { ha1Of } from './sip-secret.ts';
import { prefetch, creation, deviceStore, keptFor, update, type Listed } from './store.ts';

type DevicesContext = Context<typeof devices>;
type Asked = Pick<Request<typeof getDevice>, 'now' | 'caller' | 'organization'>;

const everything: readonly Part[] = ['lines', 'settings', 'status'];
const sipPasswordLength = 32;
const sipUsernameBytes = 11;
/** Milliseconds for which what was rotated goes on at most. */
const overlap = 24 * 3_600_000;

const newUsername = (): string => randomHex(sipUsernameBytes);
const entityOf = ({ id }: Device) => ({ type: 'device', id });

/** Own-only callers see and change their own devices; others are not there for them. */
const isTheirs = ({ id, ownOnly }: Caller, device: Device, scope: 'telephony:read' | 'telephony:write'): boolean =>
  !ownOnly.has(scope) || device.user_id === id;

type Present = { readonly device: Device; readonly activity: Activity };

function present({ device, activity }: Listed, caller: Caller, scope: 'telephony:read' | 'telephony:write'): Present {
  if (device === undefined || !isTheirs(caller, device, scope)) throw notFound('Device');
  return { device, activity };
}

/** A new SIP account for a line, with what stays of it when it is rotated. */
async function accountOf(
  line: AccountLine,
  device: Device,
  { seals, organization, domain }: Tools & { readonly organization: number },
): Promise<SipAccountItem> {
  const password = randomPassword(sipPasswordLength);
  const { sip_username, line_number, extension } = line;
  return {
    sip_username,
    org_id: organization,
    device_id: device.id,
    line_number,
    extension,
    kind: device.kind,
    user_id: device.user_id,
    domain,
    password: await seals.seal(password, sipPasswordSecret(organization, device.id, sip_username)),
    ha1: [ha1Of({ username: sip_username, realm: domain, password })],
    version: 1,
  };
}

type Tools = { readonly seals: Seals; readonly domain: string; readonly url: string };

/** @throws AppError DEVICE_LIMIT */
async function checkDeviceLimit(table: DevicesContext['table'], user: string | null): Promise<void> {
  if (user === null) return;
  const store = deviceStore(table);
  const [found, count] = await Promise.all([store.user(user), store.countOfUser(user)]);
  const limit = found?.access.device_limit ?? defaultDeviceLimit;
  // A user that is not there is told by the writes.
  if (found !== undefined && count >= limit) throw new AppError('DEVICE_LIMIT', `The user may have ${limit} devices`);
}

/** The URL's parts that a phone puts its file's name behind, where the caller may know them. */
async function urlsOf(
  items: readonly (ProvisionItem | undefined)[],
  { caller, organization }: Asked,
  { seals, url }: Tools,
): Promise<(string | null)[]> {
  if (!caller.scopes.has('telephony:write')) return items.map(() => null);
  return Promise.all(
    items.map(async (item) =>
      item === undefined
        ? null
        : `${url}/provision/${item.device_id}/${await seals.open(item.secret, provisioningSecret(organization.org_id, item.device_id))}/`,
    ),
  );
}

const shownAs =
  (request: Asked, include: readonly Part[]) =>
  ({ device, activity }: Present, url: string | null) =>
    presentDevice(device, { organization: request.organization.org_id, activity, include, url, now: request.now });

async function shownAlone(
  found: Present,
  request: Asked,
  {
    table,
    tools,
    include,
  }: { readonly table: DevicesContext['table']; readonly tools: Tools; readonly include: readonly Part[] },
) {
  const [url = null] = await urlsOf(await deviceStore(table).provisions([found.device.id]), request, tools);
  return ok(shownAs(request, include)(found, url), { version: found.device.version });
}

const contains = (device: Device, part: string): boolean =>
  [device.name, device.mac_address, device.model].some(
    (each) => each?.toLowerCase().includes(part.toLowerCase()) === true,
  );

async function listed(request: Request<typeof listDevices>, { table }: DevicesContext, tools: Tools) {
  const { kind, status, provisioning_status: provisioning, user_id: user, extension, q, include = [] } = request.query;
  const { caller } = request;
  const store = deviceStore(table);
  const wanted = ({ device, activity }: Listed): boolean =>
    device !== undefined &&
    isTheirs(caller, device, 'telephony:read') &&
    (kind === undefined || device.kind === kind) &&
    (status === undefined || statusOf(activity) === status) &&
    (user === undefined || device.user_id === user) &&
    (provisioning === undefined || device.provisioning_status === provisioning) &&
    (q === undefined || contains(device, q));
  const found = await store.page(
    request.page(),
    { user: caller.ownOnly.has('telephony:read') ? caller.id : user, extension },
    wanted,
  );
  const items = found.items.flatMap(({ device, activity }) => (device === undefined ? [] : [{ device, activity }]));
  const urls = await urlsOf(
    await store.provisions(caller.scopes.has('telephony:write') ? items.map(({ device }) => device.id) : []),
    request,
    tools,
  );
  return page({ ...found, items: items.map((each, at) => shownAs(request, include)(each, urls[at] ?? null)) });
}

async function createDevice(request: Request<typeof putDevice>, { table, nextId }: DevicesContext, tools: Tools) {
  const { params, body, organization, now, record } = request;
  const kind = kindOf(params.id);
  const wanted = body();
  const kept = wanted.lines === undefined ? await deviceStore(table).kept(wanted.mac_address) : undefined;
  const device = newDevice(wanted, { id: nextId('dev'), kind, now: now.toISOString(), kept, newUsername });
  await checkDeviceLimit(table, device.user_id);
  const owner = organization.org_id;
  const secret = randomSecret();
  const password = adminPassword(wanted);
  const provision: ProvisionItem = {
    device_id: device.id,
    org_id: owner,
    hash: secretHash(secret),
    secret: await tools.seals.seal(secret, provisioningSecret(owner, device.id)),
    version: 1,
    ...(typeof password === 'string'
      ? { admin_password: await tools.seals.seal(password, adminPasswordSecret(owner, device.id)) }
      : {}),
  };
  const accounts = await Promise.all(
    accountLines(device.lines).map((line) => accountOf(line, device, { ...tools, organization: owner })),
  );
  const [url = null] = await urlsOf([provision], request, tools);
  return commits(
    [
      ...creation(device, { organization: owner, limit: organization.limits.max_devices, provision, accounts, kept }),
      record('device.created', {
        entity: entityOf(device),
        description: `Device ${device.mac_address} created`,
        after: device,
      }),
    ],
    created(
      {
        ...shownAs(request, everything)({ device, activity: unknownActivity }, url),
        ...(kept === undefined ? {} : { restored: true as const }),
      },
      { message: 'Device created successfully', version: 1 },
    ),
  );
}

/** What a change does to the device's provisioning URL and the password of the phone's own pages. */
async function provisionChange(
  before: ProvisionItem,
  wanted: DeviceChange,
  { seals, now }: Tools & { readonly now: Date },
): Promise<ProvisionItem | undefined> {
  const password = adminPassword(wanted);
  if (wanted.rotate_secret !== true && password === undefined) return undefined;
  const { device_id: id, org_id: owner, admin_password: _, ...rest } = before;
  const kept =
    password === undefined
      ? before.admin_password
      : password === null
        ? undefined
        : await seals.seal(password, adminPasswordSecret(owner, id));
  const secret = wanted.rotate_secret === true ? randomSecret() : undefined;
  return {
    ...rest,
    device_id: id,
    org_id: owner,
    version: before.version + 1,
    ...(kept === undefined ? {} : { admin_password: kept }),
    ...(secret === undefined
      ? {}
      : {
          hash: secretHash(secret),
          secret: await seals.seal(secret, provisioningSecret(owner, id)),
          previous: { hash: before.hash, valid_until: new Date(now.getTime() + overlap).toISOString() },
        }),
  };
}

/** Accounts of new lines, and with `rotate_credentials` new passwords for the others. */
async function accountChange(
  before: Device,
  after: Device,
  {
    rotates,
    store,
    now,
    ...tools
  }: Tools & {
    readonly organization: number;
    readonly rotates: boolean;
    readonly store: ReturnType<typeof deviceStore>;
    readonly now: Date;
  },
) {
  const old = new Set(accountLines(before.lines).map((line) => line.sip_username));
  const make = (line: AccountLine): Promise<SipAccountItem> => accountOf(line, after, tools);
  const made = await Promise.all(
    accountLines(after.lines)
      .filter((line) => !old.has(line.sip_username))
      .map(make),
  );
  const present = rotates ? accountLines(after.lines).filter((line) => old.has(line.sip_username)) : [];
  const read = rotates ? await store.accounts(present) : [];
  const valid_until = new Date(now.getTime() + overlap).toISOString();
  const rotated = await Promise.all(
    present.map(async (line, at): Promise<SipAccountItem> => {
      const next = await make(line);
      const was = read[at];
      return was === undefined ? next : { ...next, previous: { ha1: was.ha1, valid_until }, version: was.version + 1 };
    }),
  );
  return { made, rotated };
}

async function changeDevice(request: Request<typeof postDevice>, { table }: DevicesContext, tools: Tools) {
  const { params, body, caller, organization, now, record, pinnedVersion } = request;
  const store = deviceStore(table);
  const [found, [provision]] = await Promise.all([store.get(params.id, false), store.provisions([params.id])]);
  const { device: before, activity } = present(found, caller, 'telephony:write');
  if (provision === undefined) throw notFound('Device');
  const wanted = body();
  pinned(before, pinnedVersion);
  const after = changedDevice(before, wanted, { now: now.toISOString(), newUsername });
  if (after.user_id !== before.user_id) await checkDeviceLimit(table, after.user_id);
  const accounts = await accountChange(before, after, {
    ...tools,
    organization: organization.org_id,
    rotates: wanted.rotate_credentials === true,
    store,
    now,
  });
  const next = await provisionChange(provision, wanted, { ...tools, now });
  const rotated = [
    ...(wanted.rotate_credentials === true ? ['credentials'] : []),
    ...(wanted.rotate_secret === true ? ['provisioning secret'] : []),
  ];
  const writes = [
    ...update(before, after, {
      ...accounts,
      provision: next === undefined ? undefined : { before: provision, after: next },
    }),
    record('device.updated', {
      entity: entityOf(after),
      description: `Device ${after.mac_address} updated`,
      before,
      after,
    }),
    ...rotated.map((what) =>
      record('device.secret_rotated', {
        entity: entityOf(after),
        description: `New ${what} of device ${after.mac_address}`,
        fields: { rotated: what },
      }),
    ),
  ];
  if (writes.length > maximumWrites)
    throw new AppError(
      'LIMIT_EXCEEDED',
      'This changes too much at once: change lines, user and credentials one after the other',
    );
  const [url = null] = await urlsOf([next ?? provision], request, tools);
  return commits(
    writes,
    ok(shownAs(request, everything)({ device: after, activity }, url), {
      message: 'Device updated successfully',
      version: after.version,
    }),
  );
}

/** @param outside what the functions touch; tests bring their own */
export function deviceHandler(
  dependencies: Dependencies & { readonly secrets: Secrets } = {
    ...dependenciesFromEnvironment(),
    secrets: secretsFromEnvironment(),
  },
) {
  const { environment } = dependencies;
  const tools: Tools = {
    seals: sealsFrom(dependencies.secrets),
    domain: platformDomain(environment),
    url: environment['PUBLIC_URL'] ?? '',
  };
  return serve(
    devices,
    {
      [listDevices.route]: (request, context) => listed(request, context, tools),

      [getDevice.route]: async (request, { table }) => {
        const { include = [] } = request.query;
        const found = present(
          await deviceStore(table).get(request.params.id, include.includes('status')),
          request.caller,
          'telephony:read',
        );
        return shownAlone(found, request, { table, tools, include });
      },

      [getDeviceByMac.route]: async (request, { table }) => {
        const { include = [] } = request.query;
        const store = deviceStore(table);
        const behind = await store.behind(macIn(request.params.macAddress));
        if (behind?.org_id !== request.organization.org_id) throw notFound('Device');
        const found = present(
          await store.get(behind.device_id, include.includes('status')),
          request.caller,
          'telephony:read',
        );
        return shownAlone(found, request, { table, tools, include });
      },

      [putDevice.route]: (request, context) => createDevice(request, context, tools),
      [postDevice.route]: (request, context) => changeDevice(request, context, tools),

      [deleteDevice.route]: async ({ params, query, caller, now, record, pinnedVersion }, { table }) => {
        const { device } = present(await deviceStore(table).get(params.id, false), caller, 'telephony:write');
        pinned(device, pinnedVersion);
        return commits(
          [
            ...deviceRemoval(device),
            ...(query.keep_config === true ? [keptFor(device, now)] : []),
            record('device.deleted', {
              entity: entityOf(device),
              description: `Device ${device.mac_address} deleted`,
              before: device,
            }),
          ],
          ok({ id: device.id, deleted_at: now.toISOString() }, { message: 'Device deleted successfully' }),
        );
      },
    },
    { ...dependencies, prefetch },
  );
}

export const handler = deviceHandler();

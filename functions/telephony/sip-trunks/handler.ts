import type { TrunkItem } from '#dynamodb/rows/trunk.ts';
import { found } from '#errors.ts';
import { sellerOf, sellsTo } from '#http/authorization/selling.ts';
import { prefersXml } from '#http/answers/accept.ts';
import { commits, created, document, ok, page } from '#http/answers/answer.ts';
import { xmlDocument } from '#http/answers/xml.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { serve } from '#http/serve.ts';
import { type Dependencies, dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { sealPassword } from '#secrets/peer-password.ts';
import { type Seals, sealsFrom } from '#secrets/seals.ts';
import { invokeFromEnvironment } from '#runtime/invoke.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { platformDomain } from '#sip-domain.ts';
import { callerIdWarnings } from '../schema/caller-id.ts';
import { presentIp, withoutProof } from '#telephony/trunk-addresses.ts';
import { presentRegistration, type RegistrationChange, registrationEvent } from '#telephony/trunk-registration.ts';
import { type TrunkType, trunkTypes } from '#telephony/trunk.ts';
import type { ReadDomains } from '#dynamodb/rows/domain.ts';
import { sipDomainsOf } from '#schema/domain.ts';
import { deviceSecrets, newSipUsername } from '#secrets/device-secrets.ts';
import { ha1Of } from '#telephony/ha1.ts';
import type { GatewayItem } from '#dynamodb/rows/gateway.ts';
import { clearHealth } from '#telephony/gateway-health.ts';
import { disableGateway } from '#telephony/gateway.ts';
import { emergencyWarnings } from '../../dialplan/emergency-warnings/contract.ts';
import { createTrunk, deleteTrunk, getTrunk, listTrunks, sipTrunks, updateTrunk } from './contract.ts';
import { presentTrunk, routesOf, trunkDocument } from './presented-trunk.ts';
import {
  assertMayFormat,
  assertNotInUse,
  changeTrunk,
  inboundChange,
  type InboundChange,
  maxDisabledAtOnce,
  newTrunk,
  registrationChange,
  replaceTrunk,
  type SipTrunkChange,
  withConsents,
} from './sip-trunk.ts';
import {
  createWrites,
  deleteWrites,
  type DisabledGateway,
  disableEdit,
  disableWrites,
  type InboundCredentials,
  inboundWrites,
  noCallsWrite,
  prefetch,
  type ReadTrunk,
  trunkStore,
  updateWrites,
} from './store.ts';
import type { TrunkAccountItem } from '../rows/sip-account.ts';

type TrunksContext = Context<typeof sipTrunks>;
type Store = ReturnType<typeof trunkStore>;

/** Gateways of a trunk that is deleted, as they are after it. */
export async function disableGateways(
  store: Pick<Store, 'healthOf'>,
  gateways: readonly GatewayItem[],
  now: Date,
): Promise<DisabledGateway[]> {
  const health = await store.healthOf(gateways);
  return gateways.map((before, at) => {
    const read = health[at];
    return {
      before,
      after: disableGateway(before, now.toISOString()),
      health: read === undefined ? undefined : { read, after: clearHealth(read, now.getTime()) },
    };
  });
}

type Reading = {
  readonly account: (username: string) => Promise<TrunkAccountItem | undefined>;
  readonly domains: () => Promise<ReadDomains>;
};

/** @param platform the SIP domain of the platform */
type InboundTools = { readonly seals: Seals; readonly platform: string };

/** Carries out a change of the credentials of a trunk. Undefined: nothing changes. */
export async function changeInbound(
  trunk: Pick<TrunkItem, 'id' | 'org_id' | 'inbound_username'>,
  change: InboundChange,
  read: Reading,
  { seals, platform }: InboundTools,
): Promise<InboundCredentials | undefined> {
  if (change === 'keep') return undefined;
  const { id, org_id } = trunk;
  const known = trunk.inbound_username ?? undefined;
  const before = known === undefined ? undefined : await read.account(known);
  if (change === 'end') return { before, after: undefined, password: undefined, domains: undefined };
  const domains = await read.domains();
  const { domain, realms } = sipDomainsOf(domains.domains, platform);
  const username = known ?? newSipUsername();
  const { password, sealed } = await deviceSecrets(seals, org_id, id).newSipPassword(username);
  const after: TrunkAccountItem = {
    kind: 'trunk',
    sip_username: username,
    org_id,
    trunk_id: id,
    domain,
    password: sealed,
    ha1: realms.map((realm) => ha1Of({ username, realm, password })),
    version: (before?.version ?? 0) + 1,
  };
  return { before, after, password, domains };
}

const isType = (text: string): text is TrunkType => (trunkTypes as readonly string[]).includes(text);
const entityOf = ({ id }: TrunkItem) => ({ type: 'trunk', id });

/** @throws AppError NOT_FOUND */
const findTrunk = async (store: Store, id: string): Promise<ReadTrunk> => found(await store.get(id), 'SIP trunk');

const warningsOf = async (store: Store, trunk: TrunkItem): Promise<string[]> =>
  callerIdWarnings(trunk.caller_id_number, await store.callerIdNumber(trunk), trunk.org_id);

/** The event of a registration that ends with the change, if one does. */
function unregisteredEvent(
  { record, now }: Pick<Request<typeof updateTrunk>, 'record' | 'now'>,
  { trunk, registration }: ReadTrunk,
  after: TrunkItem | undefined,
) {
  const at = now.toISOString();
  const state = after === undefined ? 'none' : presentRegistration(after, registration, at).state;
  const event = registrationEvent(presentRegistration(trunk, registration, at).state, state);
  if (event !== 'trunk.unregistered') return [];
  const description = `SIP trunk ${trunk.name} unregistered`;
  return [record(event, { entity: entityOf(trunk), description, fields: { host: trunk.host } })];
}

const consentRequest = (
  { caller, organization, now }: Pick<Request<typeof updateTrunk>, 'caller' | 'organization' | 'now'>,
  { shared_host: wanted, foreign_caller_id: foreign }: SipTrunkChange,
) => ({ wanted, foreign, seller: sellerOf(organization, caller), now: now.toISOString() });

/** The event of a consent to share the host, if the change gives one. */
function sharedEvent(record: SaveRequest['record'], before: TrunkItem | undefined, after: TrunkItem) {
  const { name, host, shared_host: consent = null } = after;
  if (consent === null || consent === before?.shared_host) return [];
  const description = `SIP trunk ${name} may share its host ${host} with other organizations`;
  return [record('trunk.host_shared', { entity: entityOf(after), description, fields: { host, consent } })];
}

async function list(
  { query: { status, type, q }, page: pageOf, now }: Request<typeof listTrunks>,
  { table }: TrunksContext,
) {
  const present = ({ trunk, registration }: ReadTrunk) => presentTrunk(trunk, registration, now.toISOString());
  const matches = (read: ReadTrunk): boolean =>
    (status === undefined || present(read).status === status) &&
    (type === undefined || read.trunk.type === type) &&
    (q === undefined || read.trunk.name.toLowerCase().includes(q.toLowerCase()));
  const trunks = await trunkStore(table).page(pageOf(), matches);
  return page({ ...trunks, items: trunks.items.map(present) });
}

async function get({ params, query, headers, now }: Request<typeof getTrunk>, { table }: TrunksContext) {
  const store = trunkStore(table);
  const { trunk, registration } = await findTrunk(store, params.id);
  const { include = [], format } = query;
  const presented = {
    ...presentTrunk(trunk, registration, now.toISOString()),
    ...(include.includes('ips') ? { ips: ((await store.ips(trunk.id))?.ips ?? []).map(presentIp) } : {}),
    ...(include.includes('routes') ? { routes: await readRoutes(store, trunk) } : {}),
  };
  return format === 'xml' || (format === undefined && prefersXml(headers['accept']))
    ? document('application/xml', xmlDocument(trunkDocument(presented)), { ETag: `"${trunk.version}"` })
    : ok(presented, { version: trunk.version });
}

async function readRoutes(store: Store, trunk: TrunkItem) {
  const [gateways, numbers] = await Promise.all([store.gatewaysOf(trunk.id), store.numbersOf(trunk.id)]);
  return routesOf(gateways, gateways.length === 0 ? [] : await store.policies(), numbers);
}

/** What an idempotent repetition does not show. */
const shownOnce = ['inbound_password'] as const;

const shown = (inbound: InboundCredentials | undefined) =>
  inbound?.password === undefined ? {} : { inbound_password: inbound.password };

/** The trunk with the user name with which it calls from now on. */
const withInbound = (trunk: TrunkItem, inbound: InboundCredentials | undefined): TrunkItem =>
  inbound === undefined ? trunk : { ...trunk, inbound_username: inbound.after?.sip_username ?? null };

/** PUT of `new` or of a type. */
async function create(tools: InboundTools, request: Request<typeof createTrunk>, { table, nextId }: TrunksContext) {
  const { params, body, record, now, organization, caller } = request;
  const wanted = body();
  assertMayFormat(wanted, {}, sellsTo(organization, caller));
  const identity = { id: nextId('trunk'), organization: organization.org_id };
  const plain = newTrunk(wanted, await sealPassword(tools.seals, wanted.password, identity), {
    ...identity,
    type: wanted.type ?? (isType(params.id) ? params.id : undefined),
    now: now.toISOString(),
  });
  const store = trunkStore(table);
  const shared = withConsents(undefined, plain, consentRequest(request, wanted));
  const inbound = await changeInbound(shared, inboundChange(undefined, shared), store, tools);
  const trunk = withInbound(shared, inbound);
  const registration = registrationChange(undefined, trunk, trunk.created_at);
  return commits(
    [
      ...createWrites(trunk, organization, registration),
      ...sharedEvent(record, undefined, trunk),
      ...inboundWrites(inbound),
      record('trunk.created', {
        entity: entityOf(trunk),
        description: `SIP trunk ${trunk.name} created`,
        after: trunk,
      }),
    ],
    created(
      { ...presentTrunk(trunk, registrationAfter(undefined, registration), trunk.created_at), ...shown(inbound) },
      {
        message: 'SIP trunk created successfully',
        warnings: await warningsOf(store, trunk),
        version: 1,
        shownOnce,
      },
    ),
  );
}

/** PUT of an id. */
async function replace(tools: InboundTools, request: Request<typeof createTrunk>, { table }: TrunksContext) {
  const { params, body, organization, now, caller } = request;
  const store = trunkStore(table);
  const read = await findTrunk(store, params.id);
  const wanted = body();
  assertMayFormat(wanted, read.trunk, sellsTo(organization, caller));
  const sealed = await sealPassword(tools.seals, wanted.password, {
    organization: organization.org_id,
    id: read.trunk.id,
  });
  const replaced = replaceTrunk(read.trunk, wanted, sealed, now.toISOString());
  const after = withConsents(read.trunk, replaced, consentRequest(request, wanted));
  const registration = registrationChange(read.trunk, after, now.toISOString());
  const inbound = await changeInbound(read.trunk, inboundChange(read.trunk, after), store, tools);
  return save(store, request, { read, after: withInbound(after, inbound), registration, verb: 'replaced', inbound });
}

async function update(tools: InboundTools, request: Request<typeof updateTrunk>, { table }: TrunksContext) {
  const { params, body, caller, now, organization } = request;
  const store = trunkStore(table);
  const read = await findTrunk(store, params.id);
  const wanted = body();
  assertMayFormat(wanted, read.trunk, sellsTo(organization, caller));
  const sealed = await sealPassword(tools.seals, wanted.password, {
    organization: organization.org_id,
    id: read.trunk.id,
  });
  const changed = changeTrunk(read.trunk, wanted, sealed, {
    organization: organization.org_id,
    isOperator: caller.reach === 'all',
    now: now.toISOString(),
  });
  const after = withConsents(read.trunk, changed, consentRequest(request, wanted));
  const registration = registrationChange(read.trunk, after, now.toISOString(), wanted.status === 'active');
  const change = inboundChange(read.trunk, after, wanted.rotate_inbound_password);
  const inbound = await changeInbound(read.trunk, change, store, tools);
  return save(store, request, { read, after: withInbound(after, inbound), registration, verb: 'updated', inbound });
}

type Change = {
  readonly read: ReadTrunk;
  readonly after: TrunkItem;
  readonly registration: RegistrationChange;
  readonly verb: 'replaced' | 'updated';
  readonly inbound: InboundCredentials | undefined;
};

type SaveRequest = Pick<Request<typeof updateTrunk>, 'record' | 'now' | 'pinnedVersion' | 'organization' | 'caller'>;

/** The writes and the answer of a change of an existing trunk. */
async function save(store: Store, request: SaveRequest, { read, after, registration, verb, inbound }: Change) {
  const { record, now, pinnedVersion, organization, caller } = request;
  const before = read.trunk;
  const isSeller = sellsTo(organization, caller);
  const addresses =
    before.type === after.type
      ? []
      : await store.addressWrites(after, organization, (ips) => (isSeller ? ips : ips.map(withoutProof)));
  assertPinnedVersion(before, pinnedVersion);
  return commits(
    [
      ...updateWrites({ before, after, registration }, organization),
      ...sharedEvent(record, before, after),
      ...addresses,
      ...inboundWrites(inbound),
      ...unregisteredEvent(request, read, after),
      record('trunk.updated', {
        entity: entityOf(after),
        description: `SIP trunk ${after.name} ${verb}`,
        before,
        after,
      }),
    ],
    ok(
      {
        ...presentTrunk(after, registrationAfter(read.registration, registration), now.toISOString()),
        ...shown(inbound),
      },
      {
        message: 'SIP trunk updated successfully',
        warnings: await warningsOf(store, after),
        version: after.version,
        shownOnce,
      },
    ),
  );
}

function registrationAfter(before: ReadTrunk['registration'], change: RegistrationChange) {
  switch (change.kind) {
    case 'keep':
      return before;
    case 'begin':
      return change.registration;
    case 'end':
      return undefined;
  }
}

async function remove(request: Request<typeof deleteTrunk>, { table, invoke }: TrunksContext) {
  const { params, query, organization, record, now, pinnedVersion } = request;
  const store = trunkStore(table);
  // Read first: gateways are saved with the plan, so those read after it are unchanged at the commit.
  const plan = await store.plan(record);
  const read = await findTrunk(store, params.id);
  const { trunk } = read;
  const gateways = await store.gatewaysOf(trunk.id);
  if (query.force !== true) assertNotInUse(gateways, await store.numbersOf(trunk.id));
  assertPinnedVersion(trunk, pinnedVersion);
  const addresses = await store.addressWrites(trunk, organization, () => []);
  const enabled = gateways.filter((gateway) => gateway.enabled);
  const disabled = await disableGateways(store, enabled.slice(0, maxDisabledAtOnce), now);
  const { org_id, timezone, country } = organization;
  const warnings =
    enabled.length === 0
      ? []
      : await invoke(emergencyWarnings, { org_id, timezone, country, edit: disableEdit(enabled) });
  return commits(
    [
      ...deleteWrites(trunk),
      ...addresses,
      ...(query.force === true ? [] : [noCallsWrite(trunk)]),
      ...disableWrites(plan, disabled),
      ...unregisteredEvent(request, read, undefined),
      ...disabled.map(({ before, after }) =>
        record('gateway.updated', {
          entity: { type: 'gateway', id: after.id },
          description: `Gateway ${after.name} disabled, as its trunk was deleted`,
          before,
          after,
        }),
      ),
      record('trunk.deleted', {
        entity: entityOf(trunk),
        description: `SIP trunk ${trunk.name} deleted`,
        before: trunk,
      }),
    ],
    ok({ id: trunk.id, deleted_at: now.toISOString() }, { message: 'SIP trunk deleted successfully', warnings }),
  );
}

/** The function of `/siptrunk`. @throws Error without secrets, which seal the passwords */
export function trunksHandler(
  dependencies: Dependencies = dependenciesFromEnvironment({
    secrets: secretsFromEnvironment(),
    invoke: invokeFromEnvironment(),
  }),
) {
  if (dependencies.secrets === undefined) throw new Error('sealing the passwords of trunks needs secrets');
  const tools = { seals: sealsFrom(dependencies.secrets), platform: platformDomain(dependencies.environment) };
  return serve(
    sipTrunks,
    {
      [listTrunks.route]: list,
      [getTrunk.route]: get,
      [createTrunk.route]: (request, context) =>
        request.params.id === 'new' || isType(request.params.id)
          ? create(tools, request, context)
          : replace(tools, request, context),
      [updateTrunk.route]: (request, context) => update(tools, request, context),
      [deleteTrunk.route]: remove,
    },
    { ...dependencies, prefetch },
  );
}

export const handler = trunksHandler();

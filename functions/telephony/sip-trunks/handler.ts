import type { TrunkItem } from '#dynamodb/rows/trunk.ts';
import { found } from '#errors.ts';
import { sellerOf, sellsTo } from '#http/authorization/selling.ts';
import { prefersXml } from '#http/answers/accept.ts';
import { document, ok } from '#http/answers/answer.ts';
import { xmlDocument } from '#http/answers/xml.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { commitCreation, commitDeletion, commitUpdate, listOf } from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { type Dependencies, dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { auditOf, describeByName } from '#schema/audit.ts';
import { sealPassword } from '#secrets/peer-password.ts';
import { invokeFromEnvironment } from '#runtime/invoke.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { callerIdWarnings } from '../schema/caller-id.ts';
import { presentIp, withoutProof } from '#telephony/trunk-addresses.ts';
import { presentRegistration, type RegistrationChange, registrationEvent } from '#telephony/trunk-registration.ts';
import { type TrunkType, trunkTypes } from '#telephony/trunk.ts';
import type { GatewayItem } from '#dynamodb/rows/gateway.ts';
import { clearHealth } from '#telephony/gateway-health.ts';
import { disableGateway } from '#telephony/gateway.ts';
import { emergencyWarnings } from '../../dialplan/emergency-warnings/contract.ts';
import { createTrunk, deleteTrunk, getTrunk, listTrunks, sipTrunks, updateTrunk } from './contract.ts';
import {
  changeInbound,
  inboundTools,
  shownOnce,
  shownPassword,
  withInbound,
  type InboundTools,
} from './inbound-steps.ts';
import { presentTrunk, routesOf, trunkDocument } from './presented-trunk.ts';
import {
  assertMayFormat,
  assertNotInUse,
  changeTrunk,
  inboundChange,
  maxDisabledAtOnce,
  newTrunk,
  type NewSipTrunk,
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

const isType = (text: string): text is TrunkType => (trunkTypes as readonly string[]).includes(text);
const entityOf = ({ id }: TrunkItem) => ({ type: 'trunk', id });

/** @param updated the word for an update */
const auditAs = (updated: Change['verb']) =>
  auditOf('trunk', {
    noun: 'SIP trunk',
    describe: describeByName('SIP trunk', updated),
    logged: (trunk: TrunkItem) => trunk,
  });
const audit = auditAs('updated');

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
  { shared_host: wanted, foreign_caller_id: foreign, trusts_verstat: trusts }: SipTrunkChange,
  isRotated: boolean,
) => ({ wanted, foreign, trusts, isRotated, seller: sellerOf(organization, caller), now: now.toISOString() });

/** The event of a consent to share the host, if the change gives one. */
function sharedEvent(record: SaveRequest['record'], before: TrunkItem | undefined, after: TrunkItem) {
  const { name, host, shared_host: consent = null } = after;
  if (consent === null || consent === before?.shared_host) return [];
  const description = `SIP trunk ${name} may share its host ${host} with other organizations`;
  return [record('trunk.host_shared', { entity: entityOf(after), description, fields: { host, consent } })];
}

const present = ({ trunk, registration }: ReadTrunk, { now }: Pick<Request<typeof listTrunks>, 'now'>) =>
  presentTrunk(trunk, registration, now.toISOString());

function readMatching(request: Request<typeof listTrunks>, { table }: TrunksContext) {
  const { status, type, q } = request.query;
  return trunkStore(table).page(
    request.page(),
    (read) =>
      (status === undefined || present(read, request).status === status) &&
      (type === undefined || read.trunk.type === type) &&
      (q === undefined || read.trunk.name.toLowerCase().includes(q.toLowerCase())),
  );
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
  const shared = withConsents(undefined, plain, consentRequest(request, wanted, false));
  const inbound = await changeInbound(shared, inboundChange(undefined, shared), store, tools);
  const trunk = withInbound(shared, inbound);
  const registration = registrationChange(undefined, trunk, trunk.created_at);
  return commitCreation(audit, request, trunk, {
    writes: [
      ...createWrites(trunk, organization, registration),
      ...sharedEvent(record, undefined, trunk),
      ...inboundWrites(inbound),
    ],
    shown: {
      ...presentTrunk(trunk, registrationAfter(undefined, registration), trunk.created_at),
      ...shownPassword(inbound),
    },
    warnings: await warningsOf(store, trunk),
    shownOnce,
  });
}

/** Changes an existing trunk. @param apply gives the trunk that the body wants */
async function change<Wanted extends SipTrunkChange>(
  tools: InboundTools,
  request: ChangeRequest<Wanted>,
  { table }: TrunksContext,
  { verb, apply }: Edit<Wanted>,
) {
  const { params, body, organization, now, caller } = request;
  const store = trunkStore(table);
  const read = await findTrunk(store, params.id);
  const before = read.trunk;
  const wanted = body();
  assertMayFormat(wanted, before, sellsTo(organization, caller));
  const identity = { organization: organization.org_id, id: before.id };
  const applied = apply(before, wanted, await sealPassword(tools.seals, wanted.password, identity));
  const credentials = inboundChange(before, applied, wanted.rotate_inbound_password);
  const after = withConsents(before, applied, consentRequest(request, wanted, credentials !== 'keep'));
  const isSetActive = verb === 'updated' && wanted.status === 'active';
  const registration = registrationChange(before, after, now.toISOString(), isSetActive);
  const inbound = await changeInbound(before, credentials, store, tools);
  return save(store, request, { read, after: withInbound(after, inbound), registration, verb, inbound });
}

/** PUT of an id. */
const replace = (tools: InboundTools, request: Request<typeof createTrunk>, context: TrunksContext) =>
  change(tools, request, context, {
    verb: 'replaced',
    apply: (trunk, wanted: NewSipTrunk, sealed) => replaceTrunk(trunk, wanted, sealed, request.now.toISOString()),
  });

const update = (tools: InboundTools, request: Request<typeof updateTrunk>, context: TrunksContext) =>
  change(tools, request, context, {
    verb: 'updated',
    apply: (trunk, wanted: SipTrunkChange, sealed) =>
      changeTrunk(trunk, wanted, sealed, {
        organization: request.organization.org_id,
        isOperator: request.caller.reach === 'all',
        now: request.now.toISOString(),
      }),
  });

type Change = {
  readonly read: ReadTrunk;
  readonly after: TrunkItem;
  readonly registration: RegistrationChange;
  readonly verb: 'replaced' | 'updated';
  readonly inbound: InboundCredentials | undefined;
};

type SaveRequest = Pick<Request<typeof updateTrunk>, 'record' | 'now' | 'pinnedVersion' | 'organization' | 'caller'>;
type ChangeRequest<Wanted> = SaveRequest &
  Pick<Request<typeof updateTrunk>, 'params'> & { readonly body: () => Wanted };

type Edit<Wanted> = {
  readonly verb: Change['verb'];
  readonly apply: (trunk: TrunkItem, wanted: Wanted, sealed: Awaited<ReturnType<typeof sealPassword>>) => TrunkItem;
};

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
  return commitUpdate(
    auditAs(verb),
    request,
    { before, after },
    {
      writes: [
        ...updateWrites({ before, after, registration }, organization),
        ...sharedEvent(record, before, after),
        ...addresses,
        ...inboundWrites(inbound),
        ...unregisteredEvent(request, read, after),
      ],
      shown: {
        ...presentTrunk(after, registrationAfter(read.registration, registration), now.toISOString()),
        ...shownPassword(inbound),
      },
      warnings: await warningsOf(store, after),
      shownOnce,
    },
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
  return commitDeletion(audit, request, trunk, {
    writes: [
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
    ],
    warnings,
  });
}

/** The function of `/siptrunk`. @throws Error without secrets, which seal the passwords */
export function trunksHandler(
  dependencies: Dependencies = dependenciesFromEnvironment({
    secrets: secretsFromEnvironment(),
    invoke: invokeFromEnvironment(),
  }),
) {
  const tools = inboundTools(dependencies);
  return serve(
    sipTrunks,
    {
      [listTrunks.route]: listOf(readMatching, present),
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

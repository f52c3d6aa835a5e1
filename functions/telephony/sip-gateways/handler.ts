import type { GatewayItem } from '#dynamodb/rows/gateway.ts';
import { found } from '#errors.ts';
import { sellerOf } from '#http/authorization/selling.ts';
import { ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { commitCreation, commitDeletion, commitUpdate, listOf } from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { auditOf, describeByName } from '#schema/audit.ts';
import { sealPassword } from '#secrets/peer-password.ts';
import { sealsFrom, type Seals } from '#secrets/seals.ts';
import { invokeFromEnvironment } from '#runtime/invoke.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { callerIdWarnings } from '../schema/caller-id.ts';
import { clearHealth } from '#telephony/gateway-health.ts';
import { emergencyWarnings } from '../../dialplan/emergency-warnings/contract.ts';
import { createGateway, deleteGateway, getGateway, listGateways, sipGateways, updateGateway } from './contract.ts';
import { assertNameNotReferenced, assertNotReferenced } from './gateway-references.ts';
import { matchesFilter, presentGateway } from './presented-gateway.ts';
import {
  assertTrunkExists,
  changeGateway,
  gatewayWarnings,
  isPingedDifferently,
  newGateway,
  replaceGateway,
  withConsents,
  type SipGatewayChange,
} from './sip-gateway.ts';
import {
  createWrites,
  deleteWrites,
  noCallsWrite,
  gatewayDeletion,
  gatewayEdit,
  gatewayStore,
  prefetch,
  updateWrites,
  type ReadGateway,
} from './store.ts';

type GatewaysContext = Context<typeof sipGateways>;
type Store = ReturnType<typeof gatewayStore>;
type Plan = Awaited<ReturnType<Store['plan']>>;

const audit = auditOf('gateway', {
  noun: 'SIP gateway',
  describe: describeByName('Gateway'),
  logged: (gateway: GatewayItem) => gateway,
});

const present = ({ gateway, health, trunk }: ReadGateway) => presentGateway(gateway, health, trunk);

/** @throws AppError NOT_FOUND */
const findGateway = async (store: Store, id: string): Promise<ReadGateway> => found(await store.get(id), 'SIP gateway');

const warningsOf = async (store: Store, gateway: GatewayItem, body: SipGatewayChange): Promise<string[]> =>
  gatewayWarnings(
    gateway,
    body,
    callerIdWarnings(gateway.caller_id_number, await store.callerIdNumber(gateway), gateway.org_id),
  );

const consentRequest = (
  { caller, organization, now }: Pick<Request<typeof updateGateway>, 'caller' | 'organization' | 'now'>,
  { shared_host: wanted, foreign_caller_id: foreign }: SipGatewayChange,
) => ({ wanted, foreign, seller: sellerOf(organization, caller), now: now.toISOString() });

/** The event of a consent to share the host, if the change gives one. */
function sharedEvent(record: SaveRequest['record'], before: GatewayItem | undefined, after: GatewayItem) {
  const consent = after.shared_host ?? null;
  if (consent === null || consent === before?.shared_host) return [];
  const host = after.peer?.host ?? null;
  const description = `Gateway ${after.name} may share its host ${host} with other organizations`;
  const entity = { type: 'gateway', id: after.id };
  return [record('gateway.host_shared', { entity, description, fields: { host, consent } })];
}

function readMatching({ query, page: pageOf }: Request<typeof listGateways>, { table }: GatewaysContext) {
  return gatewayStore(table).page(pageOf(), ({ gateway, health }) => matchesFilter(gateway, health, query));
}

async function get({ params }: Request<typeof getGateway>, { table }: GatewaysContext) {
  const read = await findGateway(gatewayStore(table), params.id);
  return ok(present(read), { version: read.gateway.version });
}

/** PUT of `new`. */
async function create(seals: Seals, request: Request<typeof createGateway>, { table, nextId }: GatewaysContext) {
  const { body, record, now, organization } = request;
  const store = gatewayStore(table);
  const plan = await store.plan(record);
  const wanted = body();
  const identity = { id: nextId('gw'), organization: organization.org_id };
  const sealed = await sealPassword(seals, wanted.password, identity);
  const gateway = withConsents(
    undefined,
    newGateway(wanted, sealed, { ...identity, now: now.toISOString() }),
    consentRequest(request, wanted),
  );
  const trunk = await store.trunk(gateway);
  assertTrunkExists(gateway, trunk);
  return commitCreation(audit, request, gateway, {
    writes: [...createWrites(plan, gateway, organization), ...sharedEvent(record, undefined, gateway)],
    shown: presentGateway(gateway, undefined, trunk),
    warnings: await warningsOf(store, gateway, wanted),
  });
}

/** How a body changes a gateway: PUT of an id replaces it, POST changes single fields. */
type ChangedBy<Body> = (
  gateway: GatewayItem,
  body: Body,
  ...more: Parameters<typeof changeGateway> extends [unknown, unknown, ...infer More] ? More : never
) => GatewayItem;
type EditRequest<Body> = Omit<Request<typeof updateGateway>, 'body'> & { readonly body: () => Body };

async function edit<Body extends SipGatewayChange>(
  seals: Seals,
  request: EditRequest<Body>,
  context: GatewaysContext,
  changedBy: ChangedBy<Body>,
) {
  const { params, body, record, now, organization } = request;
  const store = gatewayStore(context.table);
  // Read first: references are saved with the plan, so those read after it are unchanged at the commit.
  const plan = await store.plan(record);
  const read = await findGateway(store, params.id);
  const wanted = body();
  const identity = { id: read.gateway.id, organization: organization.org_id };
  const sealed = await sealPassword(seals, wanted.password, identity);
  const changed = changedBy(read.gateway, wanted, sealed, { ...identity, now: now.toISOString() });
  const after = withConsents(read.gateway, changed, consentRequest(request, wanted));
  return save(context, request, { plan, read, after, warnings: await warningsOf(store, after, wanted) });
}

type Change = {
  readonly plan: Plan;
  readonly read: ReadGateway;
  readonly after: GatewayItem;
  readonly warnings: readonly string[];
};

type SaveRequest = Pick<Request<typeof updateGateway>, 'record' | 'now' | 'organization' | 'pinnedVersion'>;

/** Warnings about emergency numbers that an edit of the plan leaves without a way. */
const warnOfEmergencies = (
  { invoke }: GatewaysContext,
  { org_id, timezone, country }: SaveRequest['organization'],
  edit: ReturnType<typeof gatewayEdit> | ReturnType<typeof gatewayDeletion>,
) => invoke(emergencyWarnings, { org_id, timezone, country, edit });

/** The writes and the answer of a change of an existing gateway. */
async function save(context: GatewaysContext, request: SaveRequest, { plan, read, after, warnings }: Change) {
  const { record, now, organization, pinnedVersion } = request;
  const store = gatewayStore(context.table);
  const { gateway: before, health } = read;
  const trunk = await store.trunk(after);
  assertTrunkExists(after, trunk);
  assertPinnedVersion(before, pinnedVersion);
  if (before.name.toLowerCase() !== after.name.toLowerCase()) assertNameNotReferenced(before, await store.dialPlan());
  const unrouted =
    before.enabled && !after.enabled ? await warnOfEmergencies(context, organization, gatewayEdit(after)) : [];
  const cleared =
    health !== undefined && isPingedDifferently(before, after) ? clearHealth(health, now.getTime()) : undefined;
  return commitUpdate(
    audit,
    request,
    { before, after },
    {
      writes: [
        ...updateWrites(plan, read, after, { health: cleared, owner: organization }),
        ...sharedEvent(record, before, after),
      ],
      shown: presentGateway(after, cleared ?? health, trunk),
      warnings: [...warnings, ...unrouted],
    },
  );
}

async function remove(request: Request<typeof deleteGateway>, context: GatewaysContext) {
  const { params, query, record, organization, pinnedVersion } = request;
  const store = gatewayStore(context.table);
  const plan = await store.plan(record);
  const { gateway } = await findGateway(store, params.id);
  assertPinnedVersion(gateway, pinnedVersion);
  if (query.force !== true) assertNotReferenced(gateway, await store.dialPlan());
  const warnings = gateway.enabled ? await warnOfEmergencies(context, organization, gatewayDeletion(gateway)) : [];
  return commitDeletion(audit, request, gateway, {
    writes: [...deleteWrites(plan, gateway), ...(query.force === true ? [] : [noCallsWrite(gateway)])],
    warnings,
  });
}

/** The function of `/sipgateways`. @throws Error without secrets, which seal the passwords */
export function gatewaysHandler(
  dependencies: Dependencies = dependenciesFromEnvironment({
    secrets: secretsFromEnvironment(),
    invoke: invokeFromEnvironment(),
  }),
) {
  if (dependencies.secrets === undefined) throw new Error('sealing the passwords of gateways needs secrets');
  const seals = sealsFrom(dependencies.secrets);
  return serve(
    sipGateways,
    {
      [listGateways.route]: listOf(readMatching, present),
      [getGateway.route]: get,
      [createGateway.route]: (request, context) =>
        request.params.id === 'new' ? create(seals, request, context) : edit(seals, request, context, replaceGateway),
      [updateGateway.route]: (request, context) => edit(seals, request, context, changeGateway),
      [deleteGateway.route]: remove,
    },
    { ...dependencies, prefetch },
  );
}

export const handler = gatewaysHandler();

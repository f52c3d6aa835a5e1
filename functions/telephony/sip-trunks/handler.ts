import type { TrunkItem } from '../../../shared/dynamodb/rows/trunk.ts';
import { found } from '../../../shared/errors.ts';
import type { Caller } from '../../../shared/http/admission/caller.ts';
import { assertCovered, coversRecord } from '../../../shared/http/authorization/own-records.ts';
import { sellsTo } from '../../../shared/http/authorization/selling.ts';
import { prefersXml } from '../../../shared/http/answers/accept.ts';
import { commits, created, document, ok, page } from '../../../shared/http/answers/answer.ts';
import { xmlDocument } from '../../../shared/http/answers/xml.ts';
import type { Context, Request } from '../../../shared/http/handlers.ts';
import { assertPinnedVersion } from '../../../shared/http/pinned-version.ts';
import { serve } from '../../../shared/http/serve.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../../../shared/runtime/dependencies.ts';
import { sealPassword } from '../../../shared/secrets/peer-password.ts';
import { sealsFrom, type Seals } from '../../../shared/secrets/seals.ts';
import { secretsFromEnvironment } from '../../../shared/secrets/secrets.ts';
import { callerIdWarnings } from '../../../shared/telephony/caller-id.ts';
import { affectedPlaces, ownersAfter } from '../../../shared/telephony/trunk-addresses.ts';
import {
  presentRegistration,
  registrationEvent,
  type RegistrationChange,
} from '../../../shared/telephony/trunk-registration.ts';
import { trunkTypes, type TrunkType } from '../../../shared/telephony/trunk.ts';
import { createTrunk, deleteTrunk, getTrunk, listTrunks, sipTrunks, updateTrunk } from './contract.ts';
import { presentTrunk, routesOf, trunkDocument } from './presented-trunk.ts';
import {
  assertMayFormat,
  assertNotInUse,
  changeTrunk,
  deletionWarnings,
  maxDisabledAtOnce,
  newTrunk,
  registrationChange,
  replaceTrunk,
} from './sip-trunk.ts';
import { disable } from './deletion-session.ts';
import {
  createWrites,
  deleteWrites,
  noCallsWrite,
  disableWrites,
  prefetch,
  trunkStore,
  typeWrites,
  updateWrites,
  type PlaceChange,
  type ReadTrunk,
} from './store.ts';

type TrunksContext = Context<typeof sipTrunks>;
type Store = ReturnType<typeof trunkStore>;

const isType = (text: string): text is TrunkType => (trunkTypes as readonly string[]).includes(text);
const entityOf = ({ id }: TrunkItem) => ({ type: 'trunk', id });

/** Callers that see only what belongs to their user see no trunks: a trunk has no user. */
const seesTrunks = (caller: Caller): boolean => coversRecord(caller, 'telephony:read', null);

/** A trunk that the caller may change. @throws AppError NOT_FOUND */
const findTrunk = async (store: Store, id: string, caller: Caller): Promise<ReadTrunk> =>
  found(coversRecord(caller, 'telephony:write', null) ? await store.get(id) : undefined, 'SIP trunk');

const warningsOf = async (store: Store, trunk: TrunkItem): Promise<string[]> =>
  callerIdWarnings(trunk.caller_id_number, await store.callerIdNumber(trunk), trunk.org_id);

/** The owners of the trunk's source addresses after the change; `after` is undefined if the trunk is deleted. */
async function placeChanges(
  store: Store,
  before: TrunkItem,
  after: TrunkItem | undefined,
): Promise<{ readonly ips: Awaited<ReturnType<Store['ips']>>; readonly changes: readonly PlaceChange[] }> {
  const ips = await store.ips(before.id);
  if (ips === undefined) return { ips, changes: [] };
  const places = affectedPlaces(ips.ips, []);
  const read = await store.addresses(places);
  const trunk = { org_id: before.org_id, trunk_id: before.id, type: (after ?? before).type };
  const changes = places.map((place, at) => ({
    place,
    read: read[at],
    owners: ownersAfter(read[at]?.owners ?? [], place, trunk, after === undefined ? [] : ips.ips),
  }));
  return { ips, changes };
}

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

async function list(
  { query: { status, type, q }, page: pageOf, now, caller }: Request<typeof listTrunks>,
  { table }: TrunksContext,
) {
  const present = ({ trunk, registration }: ReadTrunk) => presentTrunk(trunk, registration, now.toISOString());
  const matches = (read: ReadTrunk): boolean =>
    seesTrunks(caller) &&
    (status === undefined || present(read).status === status) &&
    (type === undefined || read.trunk.type === type) &&
    (q === undefined || read.trunk.name.toLowerCase().includes(q.toLowerCase()));
  const trunks = await trunkStore(table).page(pageOf(), matches);
  return page({ ...trunks, items: trunks.items.map(present) });
}

async function get({ params, query, headers, now, caller }: Request<typeof getTrunk>, { table }: TrunksContext) {
  const store = trunkStore(table);
  const { trunk, registration } = found(seesTrunks(caller) ? await store.get(params.id) : undefined, 'SIP trunk');
  const { include = [], format } = query;
  const presented = {
    ...presentTrunk(trunk, registration, now.toISOString()),
    ...(include.includes('ips') ? { ips: [...((await store.ips(trunk.id))?.ips ?? [])] } : {}),
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
async function create(seals: Seals, request: Request<typeof createTrunk>, { table, nextId }: TrunksContext) {
  const { params, body, record, now, organization, caller } = request;
  const wanted = body();
  assertCovered(caller, 'telephony:write', null);
  assertMayFormat(wanted, {}, sellsTo(organization, caller));
  const identity = { id: nextId('trunk'), organization: organization.org_id };
  const trunk = newTrunk(wanted, await sealPassword(seals, wanted.password, identity), {
    ...identity,
    type: wanted.type ?? (isType(params.id) ? params.id : undefined),
    now: now.toISOString(),
  });
  const registration = registrationChange(undefined, trunk, trunk.created_at);
  return commits(
    [
      ...createWrites(trunk, organization.limits.max_trunks, registration),
      record('trunk.created', {
        entity: entityOf(trunk),
        description: `SIP trunk ${trunk.name} created`,
        after: trunk,
      }),
    ],
    created(presentTrunk(trunk, registrationAfter(undefined, registration), trunk.created_at), {
      message: 'SIP trunk created successfully',
      warnings: await warningsOf(trunkStore(table), trunk),
      version: 1,
    }),
  );
}

/** PUT of an id. */
async function replace(seals: Seals, request: Request<typeof createTrunk>, { table }: TrunksContext) {
  const { params, body, organization, now, caller } = request;
  const store = trunkStore(table);
  const read = await findTrunk(store, params.id, caller);
  const wanted = body();
  assertMayFormat(wanted, read.trunk, sellsTo(organization, caller));
  const sealed = await sealPassword(seals, wanted.password, { organization: organization.org_id, id: read.trunk.id });
  const after = replaceTrunk(read.trunk, wanted, sealed, now.toISOString());
  const registration = registrationChange(read.trunk, after, now.toISOString());
  return save(store, request, { read, after, registration, verb: 'replaced' });
}

async function update(seals: Seals, request: Request<typeof updateTrunk>, { table }: TrunksContext) {
  const { params, body, caller, now, organization } = request;
  const store = trunkStore(table);
  const read = await findTrunk(store, params.id, caller);
  const wanted = body();
  assertMayFormat(wanted, read.trunk, sellsTo(organization, caller));
  const sealed = await sealPassword(seals, wanted.password, { organization: organization.org_id, id: read.trunk.id });
  const after = changeTrunk(read.trunk, wanted, sealed, {
    organization: organization.org_id,
    isOperator: caller.reach === 'all',
    now: now.toISOString(),
  });
  const registration = registrationChange(read.trunk, after, now.toISOString(), wanted.status === 'active');
  return save(store, request, { read, after, registration, verb: 'updated' });
}

type Change = {
  readonly read: ReadTrunk;
  readonly after: TrunkItem;
  readonly registration: RegistrationChange;
  readonly verb: 'replaced' | 'updated';
};

type SaveRequest = Pick<Request<typeof updateTrunk>, 'record' | 'now' | 'pinnedVersion'>;

/** The writes and the answer of a change of an existing trunk. */
async function save(store: Store, request: SaveRequest, { read, after, registration, verb }: Change) {
  const { record, now, pinnedVersion } = request;
  const before = read.trunk;
  const newType = before.type === after.type ? undefined : await placeChanges(store, before, after);
  assertPinnedVersion(before, pinnedVersion);
  return commits(
    [
      ...updateWrites(before, after, registration),
      ...(newType === undefined ? [] : typeWrites(before, newType.ips, newType.changes)),
      ...unregisteredEvent(request, read, after),
      record('trunk.updated', {
        entity: entityOf(after),
        description: `SIP trunk ${after.name} ${verb}`,
        before,
        after,
      }),
    ],
    ok(presentTrunk(after, registrationAfter(read.registration, registration), now.toISOString()), {
      message: 'SIP trunk updated successfully',
      warnings: await warningsOf(store, after),
      version: after.version,
    }),
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

async function remove(request: Request<typeof deleteTrunk>, { table }: TrunksContext) {
  const { params, query, caller, organization, record, now, pinnedVersion } = request;
  const store = trunkStore(table);
  // Read first: gateways are saved with the plan, so those read after it are unchanged at the commit.
  const plan = await store.plan(record);
  const read = await findTrunk(store, params.id, caller);
  const { trunk } = read;
  const gateways = await store.gatewaysOf(trunk.id);
  if (query.force !== true) assertNotInUse(gateways, await store.numbersOf(trunk.id));
  assertPinnedVersion(trunk, pinnedVersion);
  const { ips, changes } = await placeChanges(store, trunk, undefined);
  const enabled = gateways.filter((gateway) => gateway.enabled);
  const disabled = await disable(store, enabled.slice(0, maxDisabledAtOnce), now);
  const warnings = enabled.length === 0 ? [] : deletionWarnings(await store.planWithout(plan, enabled), organization);
  return commits(
    [
      ...deleteWrites(trunk, ips, changes),
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
  dependencies: Dependencies = dependenciesFromEnvironment({ secrets: secretsFromEnvironment() }),
) {
  if (dependencies.secrets === undefined) throw new Error('sealing the passwords of trunks needs secrets');
  const seals = sealsFrom(dependencies.secrets);
  return serve(
    sipTrunks,
    {
      [listTrunks.route]: list,
      [getTrunk.route]: get,
      [createTrunk.route]: (request, context) =>
        request.params.id === 'new' || isType(request.params.id)
          ? create(seals, request, context)
          : replace(seals, request, context),
      [updateTrunk.route]: (request, context) => update(seals, request, context),
      [deleteTrunk.route]: remove,
    },
    { ...dependencies, prefetch },
  );
}

export const handler = trunksHandler();

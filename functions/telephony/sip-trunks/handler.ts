import type { EventType } from '../../../shared/contract/events.ts';
import type { GatewayItem } from '../../../shared/dynamodb/rows/gateway.ts';
import { ipsAsRead } from '../rows/trunk-ip.ts';
import type { TrunkItem } from '../../../shared/dynamodb/rows/trunk.ts';
import { notFound } from '../../../shared/errors.ts';
import { commits, created, document, ok, page } from '../../../shared/http/answers/answer.ts';
import type { Request, Context } from '../../../shared/http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../../../shared/runtime/dependencies.ts';
import { pinned } from '../../../shared/http/pinned.ts';
import { prefersXml } from '../../../shared/http/answers/accept.ts';
import { serve } from '../../../shared/http/serve.ts';
import { xmlDocument } from '../../../shared/http/answers/xml.ts';
import { sealsFrom, type Seals } from '../../../shared/secrets/seals.ts';
import { secretsFromEnvironment } from '../../../shared/secrets/secrets.ts';
import { clearHealth } from '../../../shared/telephony/gateway-health.ts';
import { disableGateway } from '../../../shared/telephony/gateway.ts';
import { ownersAfter, affectedPlaces } from '../../../shared/telephony/trunk-addresses.ts';
import { callerIdWarnings } from '../../../shared/telephony/caller-id.ts';
import { registrationEvent, presentRegistration } from '../../../shared/telephony/trunk-registration.ts';
import { trunkTypes } from '../../../shared/telephony/trunk.ts';
import { deleteSipTrunk, getSipTrunk, listSipTrunks, postSipTrunk, putSipTrunk, sipTrunks } from './contract.ts';
import {
  changedTrunk,
  disabledAtOnce,
  newTrunk,
  presentTrunk,
  rejectInUse,
  registrationAfter,
  replacedTrunk,
  routesOf,
  trunkDocument,
  type SealedPassword,
} from './sip-trunk.ts';
import {
  prefetch,
  creation,
  disabling,
  removal,
  spoken,
  trunkStore,
  update,
  type Disabled,
  type ReadTrunk,
  type Registering,
  type Spoken,
} from './store.ts';

type TrunksContext = Context<typeof sipTrunks>;
type Store = ReturnType<typeof trunkStore>;
type Saving = Pick<Request<typeof postSipTrunk>, 'record' | 'now' | 'organization' | 'pinnedVersion'>;

const present = (read: ReadTrunk | undefined): ReadTrunk => {
  if (read === undefined) throw notFound('SIP trunk');
  return read;
};

const entityOf = ({ id }: { readonly id: string }) => ({ type: 'trunk', id });
const isType = (text: string): text is (typeof trunkTypes)[number] => (trunkTypes as readonly string[]).includes(text);

/** Who speaks for the trunk's places once it is as it is to be. */
async function placesSpoken(
  store: Store,
  before: TrunkItem,
  after: TrunkItem | undefined,
): Promise<{ readonly ips: Awaited<ReturnType<Store['ips']>>; readonly places: readonly Spoken[] }> {
  const ips = await store.ips(before.id);
  if (ips === undefined) return { ips, places: [] };
  const places = affectedPlaces(ips.ips, []);
  const read = await store.addresses(places);
  const trunk = { org_id: before.org_id, trunk_id: before.id, type: (after ?? before).type };
  return {
    ips,
    places: places.map((place, at) => ({
      place,
      read: read[at],
      owners: ownersAfter(read[at]?.owners ?? [], place, trunk, after === undefined ? [] : ips.ips),
    })),
  };
}

const trunkWarnings = async (store: Store, trunk: TrunkItem): Promise<string[]> =>
  callerIdWarnings(trunk.caller_id_number, await store.shownNumber(trunk), trunk.org_id);

/** The event that tells of a registration that is kept no more. */
const unregistered = (
  { record, now }: Pick<Saving, 'record' | 'now'>,
  { trunk, registration }: ReadTrunk,
  after: TrunkItem | undefined,
) => {
  const at = now.toISOString();
  const state = after === undefined ? 'none' : presentRegistration(after, registration, at).state;
  const event: EventType | null = registrationEvent(presentRegistration(trunk, registration, at).state, state);
  return event === 'trunk.unregistered'
    ? [
        record(event, {
          entity: entityOf(trunk),
          description: `SIP trunk ${trunk.name} unregistered`,
          fields: { host: trunk.host },
        }),
      ]
    : [];
};

type Change = {
  readonly read: ReadTrunk;
  readonly after: TrunkItem;
  readonly begins: Registering;
  readonly done: 'replaced' | 'updated';
};

/** The writes of a change of a trunk that is there, and what it is then. */
async function saved(store: Store, { record, now, pinnedVersion }: Saving, { read, after, begins, done }: Change) {
  const { trunk: before, registration } = read;
  const retyped = before.type === after.type ? undefined : await placesSpoken(store, before, after);
  pinned(before, pinnedVersion);
  return commits(
    [
      ...update(before, after, begins),
      ...(retyped === undefined ? [] : [ipsAsRead(before.id, retyped.ips), ...spoken(retyped.places)]),
      ...unregistered({ record, now }, read, after),
      record('trunk.updated', {
        entity: entityOf(after),
        description: `SIP trunk ${after.name} ${done}`,
        before,
        after,
      }),
    ],
    ok(presentTrunk(after, begins === undefined ? registration : (begins ?? undefined), now.toISOString()), {
      message: 'SIP trunk updated successfully',
      warnings: await trunkWarnings(store, after),
      version: after.version,
    }),
  );
}

/** Gateways that go by a trunk which is deleted by force. */
async function disabledBy(store: Store, gateways: readonly GatewayItem[], now: Date): Promise<Disabled[]> {
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

async function dropTrunk(
  { params, query, record, now, pinnedVersion }: Request<typeof deleteSipTrunk>,
  { table }: TrunksContext,
) {
  const store = trunkStore(table);
  // First: gateways are saved with the plan, so what is read of them afterwards holds until the commit.
  const plan = await store.plan(record);
  const read = present(await store.get(params.id));
  const { trunk } = read;
  const gateways = await store.gatewaysBy(trunk.id);
  if (query.force !== true) rejectInUse(gateways, await store.numbersTo(trunk.id));
  pinned(trunk, pinnedVersion);
  const { ips, places } = await placesSpoken(store, trunk, undefined);
  const disabled = await disabledBy(store, gateways.filter(({ enabled }) => enabled).slice(0, disabledAtOnce), now);
  return commits(
    [
      ...removal(trunk, ips, places),
      ...disabling(plan, disabled),
      ...unregistered({ record, now }, read, undefined),
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
    ok({ id: trunk.id, deleted_at: now.toISOString() }, { message: 'SIP trunk deleted successfully' }),
  );
}

async function showTrunk(
  { params, query, headers, now, caller }: Request<typeof getSipTrunk>,
  { table }: TrunksContext,
) {
  const store = trunkStore(table);
  const { trunk, registration } = present(
    caller.ownOnly.has('telephony:read') ? undefined : await store.get(params.id),
  );
  const shown = presentTrunk(trunk, registration, now.toISOString());
  const ips = query.include?.includes('ips') === true ? { ips: [...((await store.ips(trunk.id))?.ips ?? [])] } : {};
  const routes = query.include?.includes('routes') === true ? { routes: await routesBy(store, trunk) } : {};
  const whole = { ...shown, ...ips, ...routes };
  const asXml = query.format === 'xml' || (query.format === undefined && prefersXml(headers['accept']));
  return asXml
    ? document('application/xml', xmlDocument(trunkDocument(whole)), { ETag: `"${trunk.version}"` })
    : ok(whole, { version: trunk.version });
}

async function routesBy(store: Store, trunk: TrunkItem) {
  const [gateways, numbers] = await Promise.all([store.gatewaysBy(trunk.id), store.numbersTo(trunk.id)]);
  return routesOf(gateways, gateways.length === 0 ? [] : await store.policies(), numbers);
}

/** A password as it is stored: sealed for the trunk. */
const sealedPassword = async (
  { seal }: Seals,
  password: string | null | undefined,
  organization: number,
  id: string,
): Promise<SealedPassword> =>
  typeof password === 'string' ? seal(password, { organization, id, field: 'password' }) : password;

async function putTrunk(seals: Seals, request: Request<typeof putSipTrunk>, { table, nextId }: TrunksContext) {
  const { params, body, record, now, organization } = request;
  const at = now.toISOString();
  const store = trunkStore(table);
  if (params.id !== 'new' && !isType(params.id)) {
    const read = present(await store.get(params.id));
    const wanted = body();
    const after = replacedTrunk(
      read.trunk,
      wanted,
      await sealedPassword(seals, wanted.password, organization.org_id, read.trunk.id),
      at,
    );
    return saved(store, request, { read, after, begins: registrationAfter(read.trunk, after, at), done: 'replaced' });
  }
  const wanted = body();
  const id = nextId('trunk');
  const stamp = {
    id,
    organization: organization.org_id,
    type: wanted.type ?? (isType(params.id) ? params.id : undefined),
    now: at,
  };
  const trunk = newTrunk(wanted, await sealedPassword(seals, wanted.password, organization.org_id, id), stamp);
  const begins = registrationAfter(undefined, trunk, at);
  return commits(
    [
      ...creation(trunk, organization.limits.max_trunks, begins),
      record('trunk.created', {
        entity: entityOf(trunk),
        description: `SIP trunk ${trunk.name} created`,
        after: trunk,
      }),
    ],
    created(presentTrunk(trunk, begins ?? undefined, at), {
      message: 'SIP trunk created successfully',
      warnings: await trunkWarnings(store, trunk),
      version: 1,
    }),
  );
}

async function changeTrunk(seals: Seals, request: Request<typeof postSipTrunk>, { table }: TrunksContext) {
  const {
    params,
    body,
    caller,
    now,
    organization: { org_id: organization },
  } = request;
  const store = trunkStore(table);
  const read = present(await store.get(params.id));
  const wanted = body();
  const sealed = await sealedPassword(seals, wanted.password, organization, read.trunk.id);
  const after = changedTrunk(read.trunk, wanted, sealed, {
    organization,
    isOperator: caller.reach === 'all',
    now: now.toISOString(),
  });
  return saved(store, request, {
    read,
    after,
    begins: registrationAfter(read.trunk, after, now.toISOString(), wanted.status === 'active'),
    done: 'updated',
  });
}

export function trunksHandler(
  dependencies: Dependencies = dependenciesFromEnvironment({ secrets: secretsFromEnvironment() }),
) {
  if (dependencies.secrets === undefined) throw new Error('passwords of trunks need secrets');
  const seals = sealsFrom(dependencies.secrets);
  return serve(
    sipTrunks,
    {
      [listSipTrunks.route]: async ({ query: { status, type, q }, page: request, now, caller }, { table }) => {
        const shown = ({ trunk, registration }: ReadTrunk) => presentTrunk(trunk, registration, now.toISOString());
        const wanted = (read: ReadTrunk): boolean =>
          !caller.ownOnly.has('telephony:read') &&
          (status === undefined || shown(read).status === status) &&
          (type === undefined || read.trunk.type === type) &&
          (q === undefined || read.trunk.name.toLowerCase().includes(q.toLowerCase()));
        const found = await trunkStore(table).page(request(), wanted);
        return page({ ...found, items: found.items.map(shown) });
      },
      [getSipTrunk.route]: showTrunk,
      [putSipTrunk.route]: (request, context) => putTrunk(seals, request, context),
      [postSipTrunk.route]: (request, context) => changeTrunk(seals, request, context),
      [deleteSipTrunk.route]: dropTrunk,
    },
    { ...dependencies, prefetch },
  );
}

export const handler = trunksHandler();

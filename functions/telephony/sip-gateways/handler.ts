import type { GatewayItem } from '../../../shared/dynamodb/rows/gateway.ts';
import { notFound } from '../../../shared/errors.ts';
import { commits, created, ok, page } from '../../../shared/http/answers/answer.ts';
import type { Request, Context } from '../../../shared/http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../../../shared/runtime/dependencies.ts';
import { pinned } from '../../../shared/http/pinned.ts';
import { serve } from '../../../shared/http/serve.ts';
import { sealsFrom, type Seals } from '../../../shared/secrets/seals.ts';
import { secretsFromEnvironment } from '../../../shared/secrets/secrets.ts';
import { callerIdWarnings } from '../../../shared/telephony/caller-id.ts';
import { clearHealth } from '../../../shared/telephony/gateway-health.ts';
import {
  deleteSipGateway,
  getSipGateway,
  listSipGateways,
  postSipGateway,
  putSipGateway,
  sipGateways,
} from './contract.ts';
import {
  changedGateway,
  gatewayWarnings,
  isElsewhere,
  isListed,
  maxGateways,
  newGateway,
  presentGateway,
  rejectInUse,
  rejectNamed,
  replacedGateway,
  requireTrunk,
  type SealedPassword,
} from './sip-gateway.ts';
import { prefetch, creation, gatewayStore, removal, update, type ReadGateway } from './store.ts';

type GatewaysContext = Context<typeof sipGateways>;
type Saving = Pick<Request<typeof postSipGateway>, 'record' | 'now' | 'pinnedVersion'>;

const present = (read: ReadGateway | undefined): ReadGateway => {
  if (read === undefined) throw notFound('SIP gateway');
  return read;
};

const entityOf = ({ id }: GatewayItem) => ({ type: 'gateway', id });
const shown = ({ gateway, health, trunk }: ReadGateway) => presentGateway(gateway, health, trunk);

/** A password as it is stored: sealed for the gateway. */
const sealedPassword = async (
  { seal }: Seals,
  password: string | null | undefined,
  organization: number,
  id: string,
): Promise<SealedPassword> =>
  typeof password === 'string' ? seal(password, { organization, id, field: 'password' }) : password;

const callerIdOf = async (store: ReturnType<typeof gatewayStore>, gateway: GatewayItem): Promise<string[]> =>
  callerIdWarnings(gateway.caller_id_number, await store.shownNumber(gateway), gateway.org_id);

type Change = {
  readonly plan: Awaited<ReturnType<ReturnType<typeof gatewayStore>['plan']>>;
  readonly read: ReadGateway;
  readonly after: GatewayItem;
  readonly warnings: readonly string[];
};

async function saved(
  store: ReturnType<typeof gatewayStore>,
  { record, now, pinnedVersion }: Saving,
  { plan, read, after, warnings }: Change,
) {
  const { gateway: before, health } = read;
  const trunk = await store.trunk(after);
  requireTrunk(after, trunk);
  pinned(before, pinnedVersion);
  if (before.name.toLowerCase() !== after.name.toLowerCase()) rejectNamed(before, await store.naming());
  const begun = health !== undefined && isElsewhere(before, after) ? clearHealth(health, now.getTime()) : undefined;
  return commits(
    [
      ...update(plan, read, after, begun),
      record('gateway.updated', {
        entity: entityOf(after),
        description: `Gateway ${after.name} updated`,
        before,
        after,
      }),
    ],
    ok(presentGateway(after, begun ?? health, trunk), {
      message: 'SIP gateway updated successfully',
      warnings,
      version: after.version,
    }),
  );
}

async function putGateway(seals: Seals, request: Request<typeof putSipGateway>, { table, nextId }: GatewaysContext) {
  const {
    params,
    body,
    record,
    now,
    organization: { org_id: organization },
  } = request;
  const store = gatewayStore(table);
  // First: the dial plan is saved with its head, so what names gateways holds until the commit.
  const plan = await store.plan(record);
  const stamp = { organization, now: now.toISOString() };
  if (params.id !== 'new') {
    const read = present(await store.get(params.id));
    const wanted = body();
    const after = replacedGateway(
      read.gateway,
      wanted,
      await sealedPassword(seals, wanted.password, organization, read.gateway.id),
      stamp,
    );
    return saved(store, request, {
      plan,
      read,
      after,
      warnings: gatewayWarnings(after, wanted, await callerIdOf(store, after)),
    });
  }
  const wanted = body();
  const id = nextId('gw');
  const gateway = newGateway(wanted, await sealedPassword(seals, wanted.password, organization, id), { ...stamp, id });
  const trunk = await store.trunk(gateway);
  requireTrunk(gateway, trunk);
  return commits(
    [
      ...creation(plan, gateway, maxGateways),
      record('gateway.created', {
        entity: entityOf(gateway),
        description: `Gateway ${gateway.name} created`,
        after: gateway,
      }),
    ],
    created(presentGateway(gateway, undefined, trunk), {
      message: 'SIP gateway created successfully',
      warnings: gatewayWarnings(gateway, wanted, await callerIdOf(store, gateway)),
      version: 1,
    }),
  );
}

async function changeGateway(seals: Seals, request: Request<typeof postSipGateway>, { table }: GatewaysContext) {
  const {
    params,
    body,
    record,
    now,
    organization: { org_id: organization },
  } = request;
  const store = gatewayStore(table);
  const plan = await store.plan(record);
  const read = present(await store.get(params.id));
  const wanted = body();
  const sealed = await sealedPassword(seals, wanted.password, organization, read.gateway.id);
  const after = changedGateway(read.gateway, wanted, sealed, { organization, now: now.toISOString() });
  return saved(store, request, {
    plan,
    read,
    after,
    warnings: gatewayWarnings(after, wanted, await callerIdOf(store, after)),
  });
}

async function dropGateway(
  { params, query, record, now, pinnedVersion }: Request<typeof deleteSipGateway>,
  { table }: GatewaysContext,
) {
  const store = gatewayStore(table);
  const plan = await store.plan(record);
  const { gateway } = present(await store.get(params.id));
  pinned(gateway, pinnedVersion);
  if (query.force !== true) rejectInUse(gateway, await store.naming());
  return commits(
    [
      ...removal(plan, gateway),
      record('gateway.deleted', {
        entity: entityOf(gateway),
        description: `Gateway ${gateway.name} deleted`,
        before: gateway,
      }),
    ],
    ok({ id: gateway.id, deleted_at: now.toISOString() }, { message: 'SIP gateway deleted successfully' }),
  );
}

export function gatewaysHandler(
  dependencies: Dependencies = dependenciesFromEnvironment({ secrets: secretsFromEnvironment() }),
) {
  if (dependencies.secrets === undefined) throw new Error('passwords of gateways need secrets');
  const seals = sealsFrom(dependencies.secrets);
  return serve(
    sipGateways,
    {
      [listSipGateways.route]: async ({ query, page: request, caller }, { table }) => {
        const found = await gatewayStore(table).page(
          request(),
          ({ gateway, health }) => !caller.ownOnly.has('telephony:read') && isListed(gateway, health, query),
        );
        return page({ ...found, items: found.items.map(shown) });
      },
      [getSipGateway.route]: async ({ params, caller }, { table }) => {
        const read = present(
          caller.ownOnly.has('telephony:read') ? undefined : await gatewayStore(table).get(params.id),
        );
        return ok(shown(read), { version: read.gateway.version });
      },
      [putSipGateway.route]: (request, context) => putGateway(seals, request, context),
      [postSipGateway.route]: (request, context) => changeGateway(seals, request, context),
      [deleteSipGateway.route]: dropGateway,
    },
    { ...dependencies, prefetch },
  );
}

export const handler = gatewaysHandler();

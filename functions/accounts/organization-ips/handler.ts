import type { OrganizationIpUse } from '#dynamodb/rows/organization-ip.ts';
import { found } from '#errors.ts';
import { commits, created, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import type { OrganizationIp } from '#schema/organization-ip.ts';
import { listedOrganizations } from '#dynamodb/listed-resources.ts';
import {
  deleteOrganizationIp,
  getOrganizationIp,
  listOrganizationIps,
  organizationIps,
  saveOrganizationIp,
  updateOrganizationIp,
} from './contract.ts';
import {
  changeOrganizationIp,
  networkText,
  newOrganizationIp,
  presentOrganizationIp,
  replaceOrganizationIp,
} from './organization-ip.ts';
import { createWrites, deleteWrites, organizationIpStore, updateWrites } from './store.ts';

type IpsContext = Context<typeof organizationIps>;

const name = 'Organization IP';
const entityOf = ({ id }: OrganizationIp) => ({ type: 'orgip' as const, id });

async function list(request: Request<typeof listOrganizationIps>, { table }: IpsContext) {
  const { query, page } = request;
  const matches = ({ type }: OrganizationIp): boolean => query.type === undefined || query.type === type;
  const { items, ...figures } = await organizationIpStore(table).page(page(), listedOrganizations(request), matches);
  return ok({ ips: items.map(presentOrganizationIp) }, { figures });
}

/** What the hours of a day say of a network. */
const usePresented = (hours: readonly OrganizationIpUse[]) => ({
  last_seen:
    hours
      .map(({ last_seen: at }) => at)
      .toSorted()
      .at(-1) ?? null,
  request_count_24h: hours.reduce((sum, { requests }) => sum + requests, 0),
});

async function get({ params, now }: Request<typeof getOrganizationIp>, { table }: IpsContext) {
  const store = organizationIpStore(table);
  const ip = found(await store.get(params.entity), name);
  return ok({ ...presentOrganizationIp(ip), ...usePresented(await store.use(ip.id, now)) }, { version: ip.version });
}

/** @throws AppError NOT_FOUND */
const findIp = async (table: IpsContext['table'], id: string): Promise<OrganizationIp> =>
  found(await organizationIpStore(table).get(id), name);

type SaveRequest = Request<typeof saveOrganizationIp>;

/** PUT of `new` or of a type. */
function create({ params, body, organization, now, record }: SaveRequest, { nextId }: IpsContext) {
  const wanted = body();
  const ip = newOrganizationIp(wanted, {
    id: nextId('orgip'),
    organization: organization.org_id,
    parent: organization.parent_id,
    type: params.entity === 'blacklist' ? 'blacklist' : 'whitelist',
    now: now.toISOString(),
  });
  const event = record('orgip.created', {
    entity: entityOf(ip),
    description: `Network ${networkText(ip)} added to the ${ip.type}`,
    after: ip,
  });
  return commits(
    [...createWrites(ip), event],
    created(presentOrganizationIp(ip), { message: 'Organization IP created successfully', version: 1 }),
  );
}

function updates({ record }: Pick<SaveRequest, 'record'>, before: OrganizationIp, after: OrganizationIp) {
  const event = record('orgip.updated', {
    entity: entityOf(after),
    description: `Network ${networkText(after)} of the ${after.type} updated`,
    before,
    after,
  });
  return commits(
    [...updateWrites(before, after), event],
    ok(presentOrganizationIp(after), { message: 'Organization IP updated successfully', version: after.version }),
  );
}

/** PUT of an id. */
async function replace(request: SaveRequest, { table }: IpsContext) {
  const { params, body, now, pinnedVersion } = request;
  const before = await findIp(table, params.entity);
  const wanted = body();
  assertPinnedVersion(before, pinnedVersion);
  return updates(request, before, replaceOrganizationIp(before, wanted, now.toISOString()));
}

async function update(request: Request<typeof updateOrganizationIp>, { table }: IpsContext) {
  const { params, body, now, pinnedVersion } = request;
  const before = await findIp(table, params.entity);
  const wanted = body();
  assertPinnedVersion(before, pinnedVersion);
  return updates(request, before, changeOrganizationIp(before, wanted, now.toISOString()));
}

async function remove(request: Request<typeof deleteOrganizationIp>, { table }: IpsContext) {
  const { params, now, record, pinnedVersion } = request;
  const ip = await findIp(table, params.entity);
  assertPinnedVersion(ip, pinnedVersion);
  const event = record('orgip.deleted', {
    entity: entityOf(ip),
    description: `Network ${networkText(ip)} removed from the ${ip.type}`,
    before: ip,
  });
  return commits(
    [...deleteWrites(ip), event],
    ok({ id: ip.id, deleted_at: now.toISOString() }, { message: 'Organization IP deleted successfully' }),
  );
}

const isId = (entity: string): boolean => entity.includes('_');

/** The function of `/orgips`. */
export const organizationIpsHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    organizationIps,
    {
      [listOrganizationIps.route]: list,
      [getOrganizationIp.route]: get,
      [saveOrganizationIp.route]: async (request, context) =>
        isId(request.params.entity) ? replace(request, context) : create(request, context),
      [updateOrganizationIp.route]: update,
      [deleteOrganizationIp.route]: remove,
    },
    dependencies,
  );

export const handler = organizationIpsHandler();

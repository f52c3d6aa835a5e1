import type { OrganizationIpUse } from '#dynamodb/rows/organization-ip.ts';
import { found } from '#errors.ts';
import { ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { commitCreation, commitUpdate, deleteOf, getOf } from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { auditOf, type ChangeVerb } from '#schema/audit.ts';
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
import { ipWrites, organizationIpStore } from './store.ts';

type IpsContext = Context<typeof organizationIps>;

const name = 'Organization IP';

/** The words for its changes in descriptions. */
const describe = (ip: OrganizationIp, verb: ChangeVerb): string => {
  const network = `Network ${networkText(ip)}`;
  const words = {
    created: `added to the ${ip.type}`,
    updated: `of the ${ip.type} updated`,
    deleted: `removed from the ${ip.type}`,
  };
  return `${network} ${words[verb]}`;
};

const audit = auditOf('orgip', { noun: name, describe });

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

/** @throws AppError NOT_FOUND */
const find = async ({ params }: Pick<SaveRequest, 'params'>, { table }: IpsContext): Promise<OrganizationIp> =>
  found(await organizationIpStore(table).get(params.entity), name);

const presentUsed = async (ip: OrganizationIp, { now }: Pick<SaveRequest, 'now'>, { table }: IpsContext) => ({
  ...presentOrganizationIp(ip),
  ...usePresented(await organizationIpStore(table).use(ip.id, now)),
});

type SaveRequest = Request<typeof saveOrganizationIp>;

/** PUT of `new` or of a type. */
async function create(request: SaveRequest, { nextId }: IpsContext) {
  const { params, body, organization, now } = request;
  const wanted = body();
  const ip = newOrganizationIp(wanted, {
    id: nextId('orgip'),
    organization: organization.org_id,
    parent: organization.parent_id,
    type: params.entity === 'blacklist' ? 'blacklist' : 'whitelist',
    now: now.toISOString(),
  });
  return commitCreation(audit, request, ip, { writes: ipWrites(undefined, ip), shown: presentOrganizationIp(ip) });
}

type Changing = Pick<SaveRequest, 'record' | 'pinnedVersion'>;

const commitChange = (request: Changing, before: OrganizationIp, after: OrganizationIp) =>
  commitUpdate(
    audit,
    request,
    { before, after },
    { writes: ipWrites(before, after), shown: presentOrganizationIp(after) },
  );

/** PUT of an id. */
async function replace(request: SaveRequest, context: IpsContext) {
  const before = await find(request, context);
  const wanted = request.body();
  assertPinnedVersion(before, request.pinnedVersion);
  return commitChange(request, before, replaceOrganizationIp(before, wanted, request.now.toISOString()));
}

async function update(request: Request<typeof updateOrganizationIp>, context: IpsContext) {
  const before = await find(request, context);
  const wanted = request.body();
  assertPinnedVersion(before, request.pinnedVersion);
  return commitChange(request, before, changeOrganizationIp(before, wanted, request.now.toISOString()));
}

const isId = (entity: string): boolean => entity.includes('_');

/** The function of `/orgips`. */
export const organizationIpsHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    organizationIps,
    {
      [listOrganizationIps.route]: list,
      [getOrganizationIp.route]: getOf(find, presentUsed),
      [saveOrganizationIp.route]: async (request, context) =>
        isId(request.params.entity) ? replace(request, context) : create(request, context),
      [updateOrganizationIp.route]: update,
      [deleteOrganizationIp.route]: deleteOf(audit, find, (ip) => ({ writes: ipWrites(ip, undefined) })),
    },
    dependencies,
  );

export const handler = organizationIpsHandler();

import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { AppError, found, notFound } from '#errors.ts';
import { ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { assertListsRemoveFew, assertRemovesFew, mayRemoveMany } from '#http/removal.ts';
import {
  commitCreation,
  commitDeletion,
  commitUpdate,
  createOrReplace,
  findPinned,
  listOf,
  type ById,
} from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { auditOf, describeByName } from '#schema/audit.ts';
import { omit } from '#schema/omit.ts';
import { organizationText } from '#schema/values.ts';
import { changeTariffRates, deleteTariff, getTariff, listTariffs, saveTariff, tariffs } from './contract.ts';
import { presentTariff, presentWithRates } from './presented-tariff.ts';
import { changeRates, rateIdentity, tariffErrors } from './rate.ts';
import { foldedName, type TariffItem } from './row.ts';
import {
  createWrites,
  deleteWrites,
  nextVersionWrites,
  prefetch,
  ratePage,
  rateWrites,
  tariffPage,
  tariffStore,
  versionStore,
} from './store.ts';
import { assertMayHave, firstVersion, nextVersion, versionWithRates, type NewTariff, type Tariff } from './tariff.ts';

type TariffContext = Context<typeof tariffs>;

const audit = auditOf('tariff', {
  noun: 'Tariff',
  describe: describeByName('Tariff', 'replaced'),
  logged: (tariff: Tariff) => tariff,
});
const isOperator = ({ type }: OrganizationItem): boolean => type === 'operator';
/** The seller of an organization: its parent; the operator sells to itself. */
const sellerOf = ({ parent_id, org_id }: OrganizationItem): number => parent_id ?? org_id;

/**
 * A tariff that the organization may see, and the table of its owner: an own tariff, or the one on its profile. @throws
 * AppError NOT_FOUND
 */
async function visibleTariff(id: string, organization: OrganizationItem, { table, tableOf }: TariffContext) {
  const store = tariffStore(table);
  const own = await store.get(id);
  if (own !== undefined) return { tariff: own, of: table };
  if ((await store.idOnProfile()) !== id) throw notFound('Tariff');
  const of = tableOf(sellerOf(organization));
  return { tariff: found(await tariffStore(of).get(id), 'Tariff'), of };
}

/** Those that use an own tariff; null: it is of the seller. */
const profilesOf = ({ org_id: owner, profiles }: TariffItem, organization: OrganizationItem): number | null =>
  owner === organization.org_id ? profiles : null;

/** The own tariffs, and the one on the profile of the organization. */
async function visibleTariffs(organization: OrganizationItem, { table, tableOf }: TariffContext) {
  const [own, onProfile] = await Promise.all([tariffStore(table).own(), tariffStore(table).idOnProfile()]);
  if (onProfile === null || own.some(({ id }) => id === onProfile)) return own;
  const bought = await tariffStore(tableOf(sellerOf(organization))).get(onProfile);
  return bought === undefined ? own : [...own, bought];
}

async function readVisible(
  { query: { kind, q }, organization, page }: Request<typeof listTariffs>,
  context: TariffContext,
) {
  const isWanted = (tariff: Tariff): boolean =>
    (kind === undefined || tariff.kind === kind) &&
    (q === undefined || foldedName(tariff.name).includes(foldedName(q)));
  const visible = await visibleTariffs(organization, context);
  return tariffPage(visible.filter(isWanted), page());
}

const presentVisible = (item: TariffItem, { organization }: Request<typeof listTariffs>) =>
  presentTariff(omit(item, 'profiles'), profilesOf(item, organization));

/** Rates of a page, unless the request has a limit. */
const defaultRates = 500;

async function show(request: Request<typeof getTariff>, context: TariffContext) {
  const { prefix = '', version, limit = defaultRates } = request.query;
  const { tariff, of } = await visibleTariff(request.params.id, request.organization, context);
  const shown = found(await versionStore(of).version(tariff.id, version ?? tariff.version), 'Tariff');
  const rates = await ratePage(
    shown.rates.filter((rate) => rate.prefix.startsWith(prefix)),
    { ...request.page(), limit },
  );
  const profiles = profilesOf(tariff, request.organization);
  return ok(presentWithRates({ ...shown, profiles }, rates.items, rates.nextToken), { version: tariff.version });
}

type SaveRequest = Request<typeof saveTariff>;

async function create(request: SaveRequest, { nextId }: TariffContext) {
  const { body, now, organization } = request;
  const wanted = body();
  const origin = { id: nextId('trf'), organization: organization.org_id, now: now.toISOString() };
  const tariff = firstVersion(wanted, origin);
  assertMayHave(tariff, isOperator(organization));
  const writes = createWrites(tariff, wanted.rates);
  return commitCreation(audit, request, tariff, { writes, shown: presentTariff(tariff, 0) });
}

/**
 * The rates of the next version: those of the body, else the ones before.
 *
 * @throws AppError REMOVES_MANY if the body has too few of the ones before, and the client does not say that it knows
 */
async function nextRates(item: TariffItem, wanted: NewTariff, request: SaveRequest, { table }: TariffContext) {
  const isCompared = mayRemoveMany(item.rate_count, request);
  if (wanted.rates !== undefined && !isCompared) return wanted.rates;
  const before = found(await versionStore(table).version(item.id, item.version), 'Tariff').rates;
  if (wanted.rates === undefined) return before;
  assertRemovesFew(before.map(rateIdentity), wanted.rates.map(rateIdentity), 'rates');
  return wanted.rates;
}

/** @throws AppError NOT_FOUND */
const find = async ({ params }: ById, { table }: TariffContext): Promise<TariffItem> =>
  found(await tariffStore(table).get(params.id), 'Tariff');

async function replace(request: SaveRequest, context: TariffContext) {
  const item = await find(request, context);
  const wanted = request.body();
  const rates = await nextRates(item, wanted, request, context);
  const before = omit(item, 'profiles');
  const after = nextVersion(before, wanted, item.profiles > 0, request.now.toISOString());
  assertPinnedVersion(item, request.pinnedVersion);
  assertListsRemoveFew(before, after, request);
  const writes = nextVersionWrites(item, after, rates);
  return commitUpdate(audit, request, { before, after }, { writes, shown: presentTariff(after, item.profiles) });
}

/** The next version with other rates. @throws AppError VERSION_CONFLICT, and as `changeRates` */
async function replaceRates(request: Request<typeof changeTariffRates>, context: TariffContext) {
  assertSeller(request);
  const item = await findCurrent(request, context);
  const changes = request.body();
  const { rates: had } = found(await versionStore(context.table).version(item.id, item.version), 'Tariff');
  const rates = changeRates(had, changes);
  const before = omit(item, 'profiles');
  const after = versionWithRates(before, rates.length, request.now.toISOString());
  const writes = rateWrites(item, after, rates);
  return commitUpdate(audit, request, { before, after }, { writes, shown: presentTariff(after, item.profiles) });
}

function assertSeller({ organization }: Pick<SaveRequest, 'organization'>): void {
  if (organization.type === 'customer')
    throw new AppError('NOT_A_SELLER', 'Only the operator and resellers have tariffs');
}

const findCurrent = findPinned(find);

/** @throws AppError TARIFF_IN_USE, with the first organizations that use the tariff */
async function assertUnused({ id, profiles }: TariffItem, { table }: TariffContext): Promise<void> {
  if (profiles <= 0) return;
  const details = (await tariffStore(table).users(id)).map((organization) => ({
    path: organizationText(organization),
    message: 'is charged by this tariff',
  }));
  const users = profiles === 1 ? '1 billing profile uses' : `${profiles} billing profiles use`;
  throw new AppError(tariffErrors.TARIFF_IN_USE, `${users} this tariff`, { details });
}

async function remove(request: Request<typeof deleteTariff>, context: TariffContext) {
  const item = await findCurrent(request, context);
  await assertUnused(item, context);
  const tariff = omit(item, 'profiles');
  return commitDeletion(audit, request, tariff, { writes: deleteWrites(tariff) });
}

/** @param dependencies what the function uses from outside; tests pass their own */
export const tariffsHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    tariffs,
    {
      [listTariffs.route]: listOf(readVisible, presentVisible),
      [getTariff.route]: show,
      [saveTariff.route]: async (request, context) => {
        assertSeller(request);
        return createOrReplace(create, replace)(request, context);
      },
      [changeTariffRates.route]: replaceRates,
      [deleteTariff.route]: remove,
    },
    { ...dependencies, prefetch },
  );

export const handler = tariffsHandler();

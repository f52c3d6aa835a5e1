import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { AppError, found, notFound } from '#errors.ts';
import { commits, created, ok, page } from '#http/answers/answer.ts';
import type { Handler, Context } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { assertRemovesFew, mayRemoveMany } from '#http/removal.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { omit } from '#schema/omit.ts';
import { organizationText } from '#schema/values.ts';
import { deleteTariff, getTariff, listTariffs, saveTariff, tariffs } from './contract.ts';
import { presentTariff, presentWithRates } from './presented-tariff.ts';
import { rateIdentity, tariffErrors } from './rate.ts';
import { foldedName, type TariffItem } from './row.ts';
import {
  createWrites,
  deleteWrites,
  nextVersionWrites,
  prefetch,
  ratePage,
  tariffPage,
  tariffStore,
  versionStore,
} from './store.ts';
import { assertMayHave, firstVersion, nextVersion, type NewTariff, type Tariff } from './tariff.ts';

type TariffContext = Context<typeof tariffs>;
type TariffHandler<E extends (typeof tariffs)['endpoints'][number]> = Handler<typeof tariffs, E>;

const entityOf = ({ id }: Tariff) => ({ type: 'tariff', id });
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

/** The own tariffs, and the one on the profile of the organization. */
async function visibleTariffs(organization: OrganizationItem, { table, tableOf }: TariffContext) {
  const [own, onProfile] = await Promise.all([tariffStore(table).own(), tariffStore(table).idOnProfile()]);
  if (onProfile === null || own.some(({ id }) => id === onProfile)) return own;
  const bought = await tariffStore(tableOf(sellerOf(organization))).get(onProfile);
  return bought === undefined ? own : [...own, bought];
}

const listVisible: TariffHandler<typeof listTariffs> = async ({ query, organization, page: request }, context) => {
  const { kind, q } = query;
  const isWanted = (tariff: Tariff): boolean =>
    (kind === undefined || tariff.kind === kind) &&
    (q === undefined || foldedName(tariff.name).includes(foldedName(q)));
  const tariffsFound = await tariffPage((await visibleTariffs(organization, context)).filter(isWanted), request());
  return page({ ...tariffsFound, items: tariffsFound.items.map(presentTariff) });
};

/** Rates of a page, unless the request has a limit. */
const defaultRates = 500;

const showTariff: TariffHandler<typeof getTariff> = async (request, context) => {
  const { prefix = '', version, limit = defaultRates } = request.query;
  const { tariff, of } = await visibleTariff(request.params.id, request.organization, context);
  const shown = found(await versionStore(of).version(tariff.id, version ?? tariff.version), 'Tariff');
  const rates = await ratePage(
    shown.rates.filter((rate) => rate.prefix.startsWith(prefix)),
    { ...request.page(), limit },
  );
  return ok(presentWithRates(shown.tariff, rates.items, rates.nextToken), { version: tariff.version });
};

type SaveRequest = Parameters<TariffHandler<typeof saveTariff>>[0];

function createTariff({ body, record, now, organization }: SaveRequest, { nextId }: TariffContext) {
  const wanted = body();
  const origin = { id: nextId('trf'), organization: organization.org_id, now: now.toISOString() };
  const tariff = firstVersion(wanted, origin);
  assertMayHave(tariff, isOperator(organization));
  const description = `Tariff ${tariff.name} created`;
  const event = record('tariff.created', { entity: entityOf(tariff), description, after: tariff });
  return commits(
    [...createWrites(tariff, wanted.rates), event],
    created(presentTariff(tariff), { message: 'Tariff created successfully', version: tariff.version }),
  );
}

/**
 * The rates of the next version: those of the body, else the ones before.
 *
 * @throws AppError REMOVES_MANY if the body has too few of the ones before, and the client does not say that it knows
 */
async function nextRates(
  item: TariffItem,
  wanted: NewTariff,
  { pinnedVersion }: SaveRequest,
  { table }: TariffContext,
) {
  const intent = { pinnedVersion, isConfirmed: wanted.confirm_removal };
  const isCompared = mayRemoveMany(item.rate_count, intent);
  if (wanted.rates !== undefined && !isCompared) return wanted.rates;
  const before = found(await versionStore(table).version(item.id, item.version), 'Tariff').rates;
  if (wanted.rates === undefined) return before;
  assertRemovesFew(before.map(rateIdentity), wanted.rates.map(rateIdentity), 'rate');
  return wanted.rates;
}

async function replaceTariff(item: TariffItem, request: SaveRequest, context: TariffContext) {
  const { body, record, now, pinnedVersion } = request;
  const wanted = body();
  const rates = await nextRates(item, wanted, request, context);
  const before = omit(item, 'profiles');
  const after = nextVersion(before, wanted, item.profiles > 0, now.toISOString());
  assertPinnedVersion(item, pinnedVersion);
  const description = `Tariff ${after.name} replaced`;
  const event = record('tariff.updated', { entity: entityOf(after), description, before, after });
  return commits(
    [...nextVersionWrites(item, after, rates), event],
    ok(presentTariff(after), { message: 'Tariff updated successfully', version: after.version }),
  );
}

const createOrReplace: TariffHandler<typeof saveTariff> = async (request, context) => {
  if (request.organization.type === 'customer')
    throw new AppError('NOT_A_SELLER', 'Only the operator and resellers have tariffs');
  if (request.params.id === 'new') return createTariff(request, context);
  return replaceTariff(found(await tariffStore(context.table).get(request.params.id), 'Tariff'), request, context);
};

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

const removeTariff: TariffHandler<typeof deleteTariff> = async (request, context) => {
  const item = assertPinnedVersion(
    found(await tariffStore(context.table).get(request.params.id), 'Tariff'),
    request.pinnedVersion,
  );
  await assertUnused(item, context);
  const tariff = omit(item, 'profiles');
  const description = `Tariff ${tariff.name} deleted`;
  const event = request.record('tariff.deleted', { entity: entityOf(tariff), description, before: tariff });
  const deletion = { id: tariff.id, deleted_at: request.now.toISOString() };
  return commits([...deleteWrites(tariff), event], ok(deletion, { message: 'Tariff deleted successfully' }));
};

/** @param dependencies what the function uses from outside; tests pass their own */
export const tariffsHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    tariffs,
    {
      [listTariffs.route]: listVisible,
      [getTariff.route]: showTariff,
      [saveTariff.route]: createOrReplace,
      [deleteTariff.route]: removeTariff,
    },
    { ...dependencies, prefetch },
  );

export const handler = tariffsHandler();

import type { OrganizationItem } from '../../../shared/dynamodb/rows/organization.ts';
import { AppError, notFound } from '../../../shared/errors.ts';
import { commits, created, ok, page } from '../../../shared/http/answers/answer.ts';
import type { Handler, Context } from '../../../shared/http/handlers.ts';
import { pinned } from '../../../shared/http/pinned.ts';
import { serve } from '../../../shared/http/serve.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { organizationText } from '../../../shared/schema/values.ts';
import { deleteTariff, getTariff, listTariffs, putTariff, tariffs } from './contract.ts';
import { presentTariff, presentWithRates } from './presented-tariff.ts';
import { foldedName, type TariffItem } from './row.ts';
import {
  prefetch,
  creation,
  nextVersionWrites,
  ratePage,
  removal,
  tariffPage,
  tariffStore,
  versionStore,
} from './store.ts';
import { firstVersion, nextVersion, refuseUncharged, requireCarriersCustomer, type Tariff } from './tariff.ts';

type TariffContext = Context<typeof tariffs>;

const entityOf = ({ id }: Tariff) => ({ type: 'tariff', id });
const isOperator = ({ type }: OrganizationItem): boolean => type === 'operator';
/** Who sells to an organization: its parent; the operator to itself. */
const sellerOf = ({ parent_id, org_id }: OrganizationItem): number => parent_id ?? org_id;

/** A tariff that the organization may see, and the rows of its seller: an own one, or the one that it is charged by. */
async function seen(id: string, organization: OrganizationItem, { table, tableOf }: TariffContext) {
  const store = tariffStore(table);
  const own = await store.get(id);
  if (own !== undefined) return { tariff: own, of: table };
  const of = tableOf(sellerOf(organization));
  const bought = (await store.onProfile()) === id ? await tariffStore(of).get(id) : undefined;
  if (bought === undefined) throw notFound('Tariff');
  return { tariff: bought, of };
}

/** Own tariffs, and the one that the organization is charged by. */
async function listed(organization: OrganizationItem, { table, tableOf }: TariffContext): Promise<TariffItem[]> {
  const [own, onProfile] = await Promise.all([tariffStore(table).own(), tariffStore(table).onProfile()]);
  const bought =
    onProfile === null || own.some(({ id }) => id === onProfile)
      ? undefined
      : await tariffStore(tableOf(sellerOf(organization))).get(onProfile);
  return bought === undefined ? own : [...own, bought];
}

/** Makes a tariff, or replaces one by a whole new version. */
const makeOrReplace: Handler<typeof tariffs, typeof putTariff> = async (
  { params, body, record, now, organization, pinnedVersion },
  { table, nextId },
) => {
  if (organization.type === 'customer')
    throw new AppError('NOT_A_SELLER', 'Only the operator and resellers have tariffs');
  const at = now.toISOString();
  if (params.id === 'new') {
    const wanted = body();
    refuseUncharged(wanted);
    const tariff = firstVersion(wanted, { id: nextId('trf'), organization: organization.org_id, now: at });
    requireCarriersCustomer(tariff, isOperator(organization));
    return commits(
      [
        ...creation(tariff, wanted.rates),
        record('tariff.created', {
          entity: entityOf(tariff),
          description: `Tariff ${tariff.name} created`,
          after: tariff,
        }),
      ],
      created(presentTariff(tariff), { message: 'Tariff created successfully', version: tariff.version }),
    );
  }
  const found = await tariffStore(table).get(params.id);
  if (found === undefined) throw notFound('Tariff');
  const { profiles, ...before } = found;
  const wanted = body();
  refuseUncharged(wanted);
  const after = nextVersion(before, wanted, profiles > 0, at);
  pinned(found, pinnedVersion);
  return commits(
    [
      ...nextVersionWrites(found, after, wanted.rates),
      record('tariff.updated', {
        entity: entityOf(after),
        description: `Tariff ${after.name} replaced`,
        before,
        after,
      }),
    ],
    ok(presentTariff(after), { message: 'Tariff updated successfully', version: after.version }),
  );
};

/** Rates of a page, unless the request says otherwise. */
const defaultRates = 500;

/** @param outside what the function touches; tests bring their own */
export const tariffsHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    tariffs,
    {
      [listTariffs.route]: async ({ query: { kind, q }, organization, page: request }, context) => {
        const wanted = ({ name, kind: own }: Tariff): boolean =>
          (kind === undefined || own === kind) && (q === undefined || foldedName(name).includes(foldedName(q)));
        const found = await tariffPage((await listed(organization, context)).filter(wanted), request());
        return page({ ...found, items: found.items.map(presentTariff) });
      },

      [getTariff.route]: async (
        { params, query: { prefix = '', version, limit = defaultRates }, organization, page: request },
        context,
      ) => {
        const { tariff, of } = await seen(params.id, organization, context);
        const found = await versionStore(of).version(tariff.id, version ?? tariff.version);
        if (found === undefined) throw notFound('Tariff');
        const rates = await ratePage(
          found.rates.filter((rate) => rate.prefix.startsWith(prefix)),
          { ...request(), limit },
        );
        return ok(presentWithRates(found.tariff, rates.items, rates.nextToken), { version: tariff.version });
      },

      [putTariff.route]: makeOrReplace,

      [deleteTariff.route]: async ({ params, record, now, pinnedVersion }, { table }) => {
        const store = tariffStore(table);
        const found = await store.get(params.id);
        if (found === undefined) throw notFound('Tariff');
        const { profiles, ...tariff } = pinned(found, pinnedVersion);
        if (profiles > 0) {
          const details = (await store.users(tariff.id)).map((organization) => ({
            path: organizationText(organization),
            message: 'is charged by this tariff',
          }));
          throw new AppError(
            'TARIFF_IN_USE',
            `${profiles} billing ${profiles === 1 ? 'profile uses' : 'profiles use'} this tariff`,
            { details },
          );
        }
        return commits(
          [
            ...removal(tariff),
            record('tariff.deleted', {
              entity: entityOf(tariff),
              description: `Tariff ${tariff.name} deleted`,
              before: tariff,
            }),
          ],
          ok({ id: tariff.id, deleted_at: now.toISOString() }, { message: 'Tariff deleted successfully' }),
        );
      },
    },
    { ...dependencies, prefetch },
  );

export const handler = tariffsHandler();

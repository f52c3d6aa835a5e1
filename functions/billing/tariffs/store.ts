import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { all } from '../../../shared/dynamodb/all.ts';
import { ofPathId } from '../../../shared/dynamodb/early-reads.ts';
import { merged, orderedList } from '../../../shared/dynamodb/merge.ts';
import { readPage, type Page, type PageRequest } from '../../../shared/dynamodb/page.ts';
import { oneLess, oneMore } from '../../../shared/dynamodb/rows/count.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { change, create, remove, removeIf, type Write } from '../../../shared/dynamodb/write.ts';
import { billingProfileRow } from '../billing-profiles/row.ts';
import type { tariffs } from './contract.ts';
import type { Rate } from './rate.ts';
import { identity } from './rate-list.ts';
import {
  foldedName,
  partsOf,
  readVersion,
  tariffNameRow,
  tariffPartRow,
  tariffRow,
  tariffTrunkRow,
  type TariffItem,
} from './row.ts';
import { trunksChanged, type Tariff } from './tariff.ts';

/** Of one organization (billing.md, "limits"). */
const maxTariffs = 100;
/** Organizations that a refusal names. */
const maxNamed = 20;

const nameOf = ({ name, id }: Tariff) =>
  create(tariffNameRow, { name: foldedName(name), owner: id }, 'NAME_TAKEN', `A tariff named ${name} exists`);
const partsIn = (tariff: Tariff, rates: readonly Rate[]) =>
  partsOf(tariff, rates).map((part) => create(tariffPartRow, part));

type Reads = Table<ReadName<EffectOf<typeof tariffs>>>;

export const prefetch = ofPathId(tariffRow);

/** @param table of the organization that asks */
export const tariffStore = (table: Reads) => ({
  get: (id: string) => table.get(tariffRow, { id }),
  /** All of them: a hundred at most. */
  own: async () => await all((after) => table.query(tariffRow, {}, after)),
  /** The tariff by which the organization itself is charged. */
  onProfile: async () => (await table.get(billingProfileRow, {}))?.tariffId ?? null,
  /** Organizations whose profile uses a tariff, some of them. */
  users: async (id: string): Promise<number[]> => {
    const [own, children] = await Promise.all([
      table.get(billingProfileRow, {}),
      all((after) => table.queryIndex(billingProfileRow, 'GSI1', ['parent', String(table.organization)], after)),
    ]);
    return [...(own === undefined ? [] : [own]), ...children]
      .flatMap(({ organization, tariffId }) => (tariffId === id ? [organization] : []))
      .slice(0, maxNamed);
  },
});

/** A version with its rates; undefined where there is none. @param table of the seller */
export const versionStore = (table: Reads) => ({
  version: async (
    id: string,
    version: number,
  ): Promise<{ readonly tariff: Tariff; readonly rates: readonly Rate[] } | undefined> => {
    const first = await table.query(tariffPartRow, { tariff: id, version }, { limit: 1 });
    return first.items.length === 0 ? undefined : readVersion(table, { id, version });
  },
});

/** A page of a list in memory. */
function pageOf<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  request: PageRequest,
): Promise<Page<Item>> {
  return readPage(request, {
    read: merged([orderedList(items, keyOf)], { keyOf, order: 'asc', between: ['', '\uffff'] }),
  });
}

export const tariffPage = (found: readonly Tariff[], request: PageRequest) =>
  pageOf(found, ({ name, id }) => `${foldedName(name)}\n${id}`, request);
/** Rates are not counted. */
export const ratePage = (rates: readonly Rate[], request: PageRequest) =>
  pageOf(rates, identity, { ...request, countTo: 0 });

const trunkMarkers = (
  { id, trunk_ids }: Pick<Tariff, 'id' | 'trunk_ids'>,
  before: readonly string[],
): Write<'tariff-trunk'>[] => {
  const { added, dropped } = trunksChanged(before, trunk_ids);
  return [
    ...added.map((trunk) =>
      create(
        tariffTrunkRow,
        { trunk, tariff: id },
        'TRUNK_HAS_COST_TARIFF',
        `${trunk} is priced by another cost tariff`,
      ),
    ),
    ...dropped.map((trunk) => remove(tariffTrunkRow, { trunk })),
  ];
};

export const creation = (tariff: Tariff, rates: readonly Rate[]) =>
  [
    create(tariffRow, { ...tariff, profiles: 0 }),
    nameOf(tariff),
    oneMore('tariffs', maxTariffs),
    ...trunkMarkers(tariff, []),
    ...partsIn(tariff, rates),
  ] as const;

/** Unless a profile has begun to use it. */
export const removal = (tariff: Tariff): Write<'tariff' | 'tariff-name' | 'tariff-trunk' | 'count'>[] => [
  removeIf(tariffRow, tariff, {
    expression: '#version = :read AND #profiles = :none',
    names: { '#version': 'version', '#profiles': 'profiles' },
    values: { ':read': tariff.version, ':none': 0 },
  }),
  remove(tariffNameRow, { name: foldedName(tariff.name) }),
  oneLess('tariffs'),
  ...trunkMarkers({ ...tariff, trunk_ids: [] }, tariff.trunk_ids),
];

/**
 * Switches the tariff to its next version, whose rates are written along. An update, as profiles that begin
 * to use the tariff are counted in the same item meanwhile; none may, where the currency changes.
 */
export const nextVersionWrites = (
  before: TariffItem,
  after: Tariff,
  rates: readonly Rate[],
): Write<'tariff' | 'tariff-name' | 'tariff-trunk' | 'tariffchunk'>[] => [
  change(tariffRow, after, {
    set: after,
    onlyIf: {
      expression: '#version = :read AND (#currency = :currency OR #profiles = :none)',
      names: { '#version': 'version', '#currency': 'currency', '#profiles': 'profiles' },
      values: { ':read': before.version, ':currency': after.currency, ':none': 0 },
    },
  }),
  ...trunkMarkers(after, before.trunk_ids),
  ...partsIn(after, rates),
  ...(foldedName(before.name) === foldedName(after.name)
    ? []
    : [nameOf(after), remove(tariffNameRow, { name: foldedName(before.name) })]),
];

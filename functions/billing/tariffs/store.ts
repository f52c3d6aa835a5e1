import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { prefetchByPathId } from '#dynamodb/prefetch.ts';
import { mergeSources, orderedList } from '#dynamodb/merge.ts';
import { readPage, type Page, type PageRequest } from '#dynamodb/page.ts';
import { decrementCount, incrementCount } from '#dynamodb/rows/count.ts';
import type { Table } from '#dynamodb/table.ts';
import { uniqueValues } from '#dynamodb/unique-values.ts';
import { change, create, remove, removeIf, type Write } from '#dynamodb/write.ts';
import { billingProfileRow } from '../rows/billing-profile.ts';
import type { tariffs } from './contract.ts';
import { tariffErrors, type Rate } from './rate.ts';
import { rateKey } from './rate-list.ts';
import {
  foldedName,
  partsOf,
  readVersion,
  storedTariff,
  tariffNameRow,
  tariffPartRow,
  tariffRow,
  tariffTrunkRow,
  type TariffItem,
} from './row.ts';
import { trunkChanges, type Tariff } from './tariff.ts';

/** Tariffs of one organization. */
const maxTariffs = 100;
/** Organizations that TARIFF_IN_USE names. */
const maxUsersNamed = 20;

const names = uniqueValues(tariffNameRow, {
  markerOf: ({ name, id }: Tariff) => ({ name: foldedName(name), owner: id }),
  taken: 'NAME_TAKEN',
  message: ({ name }) => `A tariff named ${name} exists already`,
});
const createParts = (tariff: Tariff, rates: readonly Rate[]) =>
  partsOf(tariff, rates).map((part) => create(tariffPartRow, part));

type Reads = Table<ReadName<EffectOf<typeof tariffs>>>;

export const prefetch = prefetchByPathId(tariffRow);

/** @param table of the caller's organization */
export const tariffStore = (table: Reads) => ({
  get: (id: string) => table.get(tariffRow, { id }),
  /** All tariffs of the organization: a hundred at most. */
  own: () => readToEnd((after) => table.query(tariffRow, {}, after)),
  /** Id of the tariff by which the organization itself is charged. */
  idOnProfile: async () => (await table.get(billingProfileRow, {}))?.tariffId ?? null,
  /** The first organizations whose profile uses a tariff. */
  users: async (id: string): Promise<number[]> => {
    const [own, children] = await Promise.all([
      table.get(billingProfileRow, {}),
      readToEnd((after) => table.queryIndex(billingProfileRow, 'GSI1', ['parent', String(table.organization)], after)),
    ]);
    return [...(own === undefined ? [] : [own]), ...children]
      .flatMap(({ organization, tariffId }) => (tariffId === id ? [organization] : []))
      .slice(0, maxUsersNamed);
  },
});

/** @param table of the seller */
export const versionStore = (table: Reads) => ({
  /** A version with its rates; undefined if there is no such version. */
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
    read: mergeSources([orderedList(items, keyOf)], { keyOf, order: 'asc', between: ['', '\uffff'] }),
  });
}

export const tariffPage = (found: readonly TariffItem[], request: PageRequest) =>
  pageOf(found, ({ name, id }) => `${foldedName(name)}\n${id}`, request);
/** A page of rates. The answer has no total, so they are not counted. */
export const ratePage = (rates: readonly Rate[], request: PageRequest) =>
  pageOf(rates, rateKey, { ...request, countTo: 0 });

const trunkMarkers = (
  { id, trunk_ids }: Pick<Tariff, 'id' | 'trunk_ids'>,
  before: readonly string[],
): Write<'tariff-trunk'>[] => {
  const { added, removed } = trunkChanges(before, trunk_ids);
  return [
    ...added.map((trunk) =>
      create(
        tariffTrunkRow,
        { trunk, tariff: id },
        tariffErrors.TRUNK_HAS_COST_TARIFF,
        `Another cost tariff prices ${trunk} already`,
      ),
    ),
    ...removed.map((trunk) => remove(tariffTrunkRow, { trunk })),
  ];
};

export const createWrites = (tariff: Tariff, rates: readonly Rate[] = []) =>
  [
    create(tariffRow, { ...tariff, profiles: 0 }),
    names.claim(tariff),
    incrementCount('tariffs', maxTariffs),
    ...trunkMarkers(tariff, []),
    ...createParts(tariff, rates),
  ] as const;

/** Deletes a tariff, unless a profile has begun to use it since it was read. */
export const deleteWrites = (tariff: Tariff): Write<'tariff' | 'tariff-name' | 'tariff-trunk' | 'count'>[] => [
  removeIf(tariffRow, tariff, {
    expression: '#version = :read AND #profiles = :none',
    names: { '#version': 'version', '#profiles': 'profiles' },
    values: { ':read': tariff.version, ':none': 0 },
  }),
  names.release(tariff),
  decrementCount('tariffs'),
  ...trunkMarkers({ ...tariff, trunk_ids: [] }, tariff.trunk_ids),
];

/**
 * Writes the rates of the next version and switches the tariff to it. The item is updated, not replaced, since profiles
 * that begin to use the tariff are counted in it concurrently; with a new currency no profile may use it.
 */
export const nextVersionWrites = (
  before: TariffItem,
  after: Tariff,
  rates: readonly Rate[],
): Write<'tariff' | 'tariff-name' | 'tariff-trunk' | 'tariffchunk'>[] => [
  ...rateWrites(before, after, rates),
  ...trunkMarkers(after, before.trunk_ids),
  ...names.move(before, after),
];

/** The same of a version that has another price list only. */
export const rateWrites = (
  before: TariffItem,
  after: Tariff,
  rates: readonly Rate[],
): Write<'tariff' | 'tariffchunk'>[] => [
  change(tariffRow, after, {
    set: { sms: null, ...storedTariff(after) },
    onlyIf: {
      expression: '#version = :read AND (#currency = :currency OR #profiles = :none)',
      names: { '#version': 'version', '#currency': 'currency', '#profiles': 'profiles' },
      values: { ':read': before.version, ':currency': after.currency, ':none': 0 },
    },
  }),
  ...createParts(after, rates),
];

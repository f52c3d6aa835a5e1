import { packed, unpacked } from '../../../shared/dynamodb/packed.ts';
import { all } from '../../../shared/dynamodb/all.ts';
import { row } from '../../../shared/dynamodb/row.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import type { CompiledTariff } from './compiled-tariff.ts';
import type { Rate } from './rate.ts';
import { chunksOf, ratesOf } from './rate-list.ts';
import type { Tariff } from './tariff.ts';

/** The present version of a tariff, and how many profiles use it: while any does, its currency is fixed. */
export type TariffItem = Tariff & { readonly profiles: number };

/** `tariff#1000`, by id. */
export const tariffRow = row<'tariff', TariffItem, { id: string }>('tariff', { sort: ({ id }) => id });

/** Names are unique in an organization, case ignored. */
export const tariffNameRow = row<'tariff-name', { name: string; owner: string }, { name: string }>('tariff-name', {
  sort: ({ name }) => name,
});

/** Names that differ in case only are the same. */
export const foldedName = (name: string): string => name.toLowerCase();

type VersionKey = { readonly tariff: string; readonly version: number };

/** A part of a version, which never changes: part 0 is the tariff as it was, the others hold its rates by prefix. */
export type TariffPart = VersionKey & { readonly part: number; readonly as?: Tariff; readonly rates?: Uint8Array };

/** `tariffchunk#1000#trf_…#<version>`, part by part. */
export const tariffPartRow = row<'tariffchunk', TariffPart, VersionKey & { part: number }, VersionKey>('tariffchunk', {
  partition: ({ tariff, version }) => [tariff, String(version)],
  sort: ({ part }) => String(part).padStart(6, '0'),
});

/** The parts of a version with these rates. */
export const partsOf = (tariff: Tariff, rates: readonly Rate[]): TariffPart[] => {
  const version: VersionKey = { tariff: tariff.id, version: tariff.version };
  return [
    { ...version, part: 0, as: tariff },
    ...chunksOf(rates).map((chunk, at) => ({ ...version, part: at + 1, rates: packed(chunk) })),
  ];
};

/** The rates of a part. */
export const ratesIn = ({ rates }: TariffPart): Rate[] => (rates === undefined ? [] : ratesOf(unpacked(rates)));

/** A version whole; what never changes may be kept. @param table of the seller */
export async function readVersion(
  table: Pick<Table<'tariffchunk'>, 'query'>,
  { id, version }: Pick<Tariff, 'id' | 'version'>,
): Promise<{ readonly tariff: Tariff; readonly rates: readonly Rate[] }> {
  const parts = await all((after) => table.query(tariffPartRow, { tariff: id, version }, { order: 'asc', ...after }));
  const [tariff] = parts.flatMap(({ as }) => (as === undefined ? [] : [as]));
  if (tariff === undefined) throw new Error(`${id} has no version ${version}`);
  return { tariff, rates: parts.flatMap(ratesIn) };
}

/** The cost tariff of a trunk, which only one has. */
export const tariffTrunkRow = row<
  'tariff-trunk',
  { readonly trunk: string; readonly tariff: string },
  { readonly trunk: string }
>('tariff-trunk', { sort: ({ trunk }) => trunk });

type Version = Pick<Tariff, 'id' | 'version' | 'rate_count'>;
/** Where compiled versions are kept: what is not there yet is loaded. */
type Cache = {
  readonly take: (version: Version, load: () => ReturnType<typeof readVersion>) => Promise<CompiledTariff>;
};

/** The present version of a tariff, compiled; null where there is none. @param table of the seller */
export async function takeTariff(
  table: Pick<Table<'tariff' | 'tariffchunk'>, 'get' | 'query'>,
  id: string,
  cache: Cache,
): Promise<CompiledTariff | null> {
  const present = await table.get(tariffRow, { id });
  return present === undefined ? null : cache.take(present, () => readVersion(table, present));
}

/** What BatchGetItem takes. */
const keysAtOnce = 100;

/** The cost tariffs that name trunks, compiled, by trunk. @param table of the operator, whom carriers charge */
export async function takeCarriers(
  table: Pick<Table<'tariff' | 'tariffchunk' | 'tariff-trunk'>, 'get' | 'getAll' | 'query'>,
  trunks: readonly string[],
  cache: Cache,
): Promise<ReadonlyMap<string, CompiledTariff>> {
  const slices = Array.from({ length: Math.ceil(trunks.length / keysAtOnce) }, (_, at) =>
    trunks.slice(at * keysAtOnce, (at + 1) * keysAtOnce),
  );
  const named = (
    await Promise.all(
      slices.map((slice) =>
        table.getAll(
          tariffTrunkRow,
          slice.map((trunk) => ({ trunk })),
        ),
      ),
    )
  )
    .flat()
    .flatMap((item) => item ?? []);
  const found = await Promise.all(
    named.map(async ({ trunk, tariff }) => [trunk, await takeTariff(table, tariff, cache)] as const),
  );
  return new Map(found.flatMap(([trunk, compiled]) => (compiled === null ? [] : [[trunk, compiled] as const])));
}

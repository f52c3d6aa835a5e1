import { compressText, decompressText } from '#dynamodb/compression.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { row } from '#dynamodb/row.ts';
import type { Table } from '#dynamodb/table.ts';
import { AppError } from '#errors.ts';
import { change, inOrganization, type Write } from '#dynamodb/write.ts';
import { billingProfileRow, hasValue, type BillingProfileItem } from '../rows/billing-profile.ts';
import type { CompiledTariff } from './compiled-tariff.ts';
import type { Rate } from './rate.ts';
import { chunksOf, ratesOf } from './rate-list.ts';
import type { Tariff } from './tariff.ts';

/** The current version of a tariff, and how many profiles use it: while any does, its currency is fixed. */
export type TariffItem = Tariff & { readonly profiles: number };

/** The attributes of a tariff: prices of SMS are one compressed text, as every call reads the item. */
export const storedTariff = (tariff: Tariff): Readonly<Record<string, unknown>> =>
  tariff.sms_rates.length === 0
    ? tariff
    : { ...tariff, sms_rates: [], sms: compressText(JSON.stringify(tariff.sms_rates)) };

/** The tariff of its attributes. The assertion is safe: only `storedTariff` makes them. */
const tariffIn = ({ sms, ...stored }: Readonly<Record<string, unknown>>): TariffItem =>
  (sms instanceof Uint8Array
    ? { ...stored, sms_rates: JSON.parse(decompressText(sms)) as unknown }
    : stored) as TariffItem;

/** `tariff#1000`, by id. */
export const tariffRow = row<'tariff', TariffItem, { id: string }>('tariff', {
  afterClosing: 'tariffs explain charges',
  sort: ({ id }) => id,
  stored: storedTariff,
  restored: tariffIn,
});

/** The marker of a name: names are unique in an organization, whatever their case. */
export const tariffNameRow = row<'tariff-name', { name: string; owner: string }, { name: string }>('tariff-name', {
  afterClosing: 'tariffs explain charges',
  sort: ({ name }) => name,
});

/** The form in which names are compared. */
export const foldedName = (name: string): string => name.toLowerCase();

type VersionKey = { readonly tariff: string; readonly version: number };

/** A part of a version, which never changes: part 0 is the tariff itself, the others are its rates by prefix. */
export type TariffPart = VersionKey & {
  readonly part: number;
  readonly as?: Readonly<Record<string, unknown>>;
  /** Compressed text of `chunksOf`. */
  readonly rates?: Uint8Array;
};

/** `tariffchunk#1000#trf_…#<version>`, by part: rates are compressed, so that 20,000 fit into one transaction. */
export const tariffPartRow = row<'tariffchunk', TariffPart, VersionKey & { part: number }, VersionKey>('tariffchunk', {
  afterClosing: 'tariffs explain charges',
  partition: ({ tariff, version }) => [tariff, String(version)],
  sort: ({ part }) => String(part).padStart(6, '0'),
});

/**
 * A version is written in one transaction, of up to 100 items and 4 MB, with up to 60 markers of trunks
 * (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html). So its rates have up to
 * 30 parts, of 10 MB as text, and 3 MB when compressed.
 */
const stored = { maxParts: 30, maxBytes: 3_000_000 } as const;

/** The parts of a version. @throws AppError LIMIT_EXCEEDED if they do not fit into a transaction */
export const partsOf = (tariff: Tariff, rates: readonly Rate[]): TariffPart[] => {
  const version: VersionKey = { tariff: tariff.id, version: tariff.version };
  const chunks = chunksOf(rates).map((chunk) => compressText(chunk));
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
  if (chunks.length > stored.maxParts || bytes > stored.maxBytes)
    throw new AppError('LIMIT_EXCEEDED', 'The rates of a tariff have at most 10 MB, and 3 MB when compressed');
  return [
    { ...version, part: 0, as: storedTariff(tariff) },
    ...chunks.map((chunk, at) => ({ ...version, part: at + 1, rates: chunk })),
  ];
};

/** The rates of a part. */
export const ratesIn = ({ rates }: TariffPart): Rate[] => (rates === undefined ? [] : ratesOf(decompressText(rates)));

/** A whole version. It never changes, so callers may cache it. @param table of the seller */
export async function readVersion(
  table: Pick<Table<'tariffchunk'>, 'query'>,
  { id, version }: Pick<Tariff, 'id' | 'version'>,
): Promise<{ readonly tariff: Tariff; readonly rates: readonly Rate[] }> {
  const parts = await readToEnd((after) =>
    table.query(tariffPartRow, { tariff: id, version }, { order: 'asc', ...after }),
  );
  const [tariff] = parts.flatMap(({ as }) => (as === undefined ? [] : [tariffIn(as)]));
  if (tariff === undefined) throw new Error(`${id} has no version ${version}`);
  return { tariff, rates: parts.flatMap(ratesIn) };
}

/** The marker of a trunk: at most one cost tariff prices it. */
export const tariffTrunkRow = row<
  'tariff-trunk',
  { readonly trunk: string; readonly tariff: string },
  { readonly trunk: string }
>('tariff-trunk', { afterClosing: 'tariffs explain charges', sort: ({ trunk }) => trunk });

type Version = Pick<Tariff, 'id' | 'version' | 'rate_count'>;
/** A cache of compiled versions; it loads those that it does not have yet. */
type Cache = {
  readonly take: (version: Version, load: () => ReturnType<typeof readVersion>) => Promise<CompiledTariff>;
};

/** The current version of a tariff, compiled; null if there is no such tariff. @param table of the seller */
export async function loadTariff(
  table: Pick<Table<'tariff' | 'tariffchunk'>, 'get' | 'query'>,
  id: string,
  cache: Cache,
): Promise<CompiledTariff | null> {
  const current = await table.get(tariffRow, { id });
  return current === undefined ? null : cache.take(current, () => readVersion(table, current));
}

/** Keys of one BatchGetItem (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html). */
const keysPerBatch = 100;

/** The compiled cost tariff of each trunk that has one. @param table of the operator, whom carriers charge */
export async function loadCostTariffs(
  table: Pick<Table<'tariff' | 'tariffchunk' | 'tariff-trunk'>, 'get' | 'getAll' | 'query'>,
  trunks: readonly string[],
  cache: Cache,
): Promise<ReadonlyMap<string, CompiledTariff>> {
  const batches = Array.from({ length: Math.ceil(trunks.length / keysPerBatch) }, (_slot, batch) => {
    const keys = trunks.slice(batch * keysPerBatch, (batch + 1) * keysPerBatch).map((trunk) => ({ trunk }));
    return table.getAll(tariffTrunkRow, keys);
  });
  const markers = (await Promise.all(batches)).flat().filter((marker) => marker !== undefined);
  const compiled = await Promise.all(
    markers.map(async ({ trunk, tariff }) => [trunk, await loadTariff(table, tariff, cache)] as const),
  );
  return new Map(compiled.flatMap(([trunk, tariff]) => (tariff === null ? [] : [[trunk, tariff] as const])));
}

/** Counts the profiles that use a tariff: while any does, the currency of the tariff is fixed. */
export const countTariffUse = (id: string, profiles: 1 | -1, currency: string): Write<'tariff'> =>
  change(tariffRow, { id }, { add: { profiles }, onlyIf: hasValue('currency', currency) });

/**
 * Takes the tariff off the profile of an organization that is closed, so that its seller can delete the tariff. @param
 * at ISO 8601
 */
export function releaseTariffWrites(
  profile: BillingProfileItem | undefined,
  at: string,
): Write<'billingprofile' | 'tariff'>[] {
  if (profile === undefined || profile.tariffId === null) return [];
  const { organization, parent, tariffId, currency, version } = profile;
  const fields = { set: { tariffId: null, updatedAt: at }, add: { version: 1 }, onlyIf: hasValue('version', version) };
  return [
    ...inOrganization(organization, [change(billingProfileRow, {}, fields)]),
    ...inOrganization(parent ?? organization, [countTariffUse(tariffId, -1, currency)]),
  ];
}

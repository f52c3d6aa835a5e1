import { partOf } from '#schema/call-counts.ts';
import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { mergeSources } from '#dynamodb/merge.ts';
import { readPage, readPointerPage, type Page, type PageRequest } from '#dynamodb/page.ts';
import type { Range, Slice } from '#dynamodb/table.ts';
import { incrementCount } from '#dynamodb/rows/count.ts';
import { deviceRow } from '#dynamodb/rows/device.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { readTrunkFormats, trunkRow } from '#dynamodb/rows/trunk.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { create, type Write } from '#dynamodb/write.ts';
import { AppError, invalidParameter } from '#errors.ts';
import { day } from '#schema/time.ts';
import type { BatchAddition } from '../cdr-ingest/batch-report.ts';
import type { RejectionReport } from '../cdr-ingest/batch-report.ts';
import type { FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import {
  cdrCallRow,
  cdrRejectionRow,
  cdrRow,
  batchCountWrites,
  readCdrs,
  rejectionReportWrite,
  readBatch,
  timeKey,
  type CdrPointer,
} from '../cdr-ingest/row.ts';
import type { TariffCache } from '../cdr-ingest/tariff-cache.ts';
import { readBalance, readPayer, usageRow } from '../charging/row.ts';
import type { PeriodName } from '../schema/period.ts';
import { loadTariff } from '../tariffs/row.ts';
import { countedByRow, countedSinceRow, type Counting } from '../rows/call-count.ts';
import { numberSumsRow, sumsOf } from '../rows/number-sums.ts';
import { halfOf } from '#schema/number-sums.ts';
import type { cdrs } from './contract.ts';
import type { ExportJob } from './export.ts';
import type { OwnerClues, OwnResources } from './record-owner.ts';
import { exportRow, pointersOf, runningExports, wholeCdrs, type Source } from './row.ts';
import type { Filtered, SearchKey } from './search.ts';
import { countedBy, sumItems, sumNumbers, type Cells, type UsageRange } from './usage.ts';

type Reads = Table<ReadName<EffectOf<typeof cdrs>>>;

/** Where to read: the number of shards of an organization's CDRs, the range of call starts, and the order. */
export type CdrRange = {
  readonly shards: number;
  readonly from: string;
  readonly to: string;
  readonly order: 'asc' | 'desc';
};

/** What calls of an organization are charged by now. @param table of the organization */
export const termsStore = (table: Reads) => ({
  payer: () => readPayer(table),
  /** Number formats of trunks, by id. */
  trunkFormats: (trunks: readonly (string | null)[]) => readTrunkFormats(table, distinct(trunks)),
  used: async (period: PeriodName) => ({
    item: await table.get(usageRow, { period }),
    balance: await readBalance(table),
  }),
});

/** A tariff, compiled; null if there is no such tariff. @param table of the seller */
export const tariffOf = (table: Reads, id: string, cache: TariffCache) => loadTariff(table, id, cache);

/** Counts one source after the other, as the first ones may already reach the limit. */
async function sumOf(
  sources: readonly Pick<Source, 'count'>[],
  { from, to, order }: CdrRange,
  limit: number,
): Promise<number> {
  let sum = 0;
  for (const { count } of sources)
    if (sum < limit) sum += await count({ limit: limit - sum, order, between: [from, to] });
  return sum;
}

const distinct = (values: readonly (string | null)[]): string[] => [
  ...new Set(values.filter((value) => value !== null)),
];

/** Those of the ids for which an item is found. */
async function existing<Item>(
  ids: readonly (string | null)[],
  read: (keys: readonly { readonly id: string }[]) => Promise<readonly (Item | undefined)[]>,
): Promise<Set<string>> {
  const wanted = distinct(ids);
  const items = await read(wanted.map((id) => ({ id })));
  return new Set(wanted.filter((_id, at) => items[at] !== undefined));
}

/** The trunks, devices and users among those that records name which the organization of the table has. */
async function readOwnResources(table: Reads, clues: readonly OwnerClues[]): Promise<OwnResources> {
  const [trunks, devices, users] = await Promise.all([
    existing(
      clues.map(({ trunk_id }) => trunk_id),
      (keys) => table.getAll(trunkRow, keys),
    ),
    existing(
      clues.map(({ device_id }) => device_id),
      (keys) => table.getAll(deviceRow, keys),
    ),
    existing(
      clues.map(({ user_id }) => user_id),
      (keys) => table.getAll(userRow, keys),
    ),
  ]);
  return { trunks, devices, users };
}

/** The holders of own numbers, by number, in reach or not. Numbers without a holder are left out. */
async function readHolders(table: Reads, clues: readonly OwnerClues[]): Promise<Map<string, number>> {
  const items = await table.getAll(
    numberRow,
    distinct(clues.map(({ number }) => number)).map((number) => ({ number })),
  );
  return new Map(
    items.flatMap((item) => (item === undefined || item.org_id === null ? [] : [[item.number, item.org_id] as const])),
  );
}

/** What each CDR must be: by its pointer, and as a whole. Undefined: any. */
export type CdrChecks = {
  readonly keep: ((cdr: Filtered) => boolean) | undefined;
  readonly keepWhole?: ((cdr: FiledCdr) => boolean) | undefined;
};

/** Loads the CDRs of pointers that pass their check; undefined in the place of the others. */
const loadWanted =
  (table: Reads, read: (range: Range) => Promise<Slice<CdrPointer>>, keep: (cdr: Filtered) => boolean) =>
  async (range: Range): Promise<Slice<FiledCdr | undefined>> => {
    const slice = await read(range);
    const wanted = slice.items.filter(keep).map(({ id }) => id);
    const cdrs = new Map((await readCdrs(table, wanted)).map((cdr) => [cdr.id, cdr]));
    return { ...slice, items: slice.items.map(({ id }) => cdrs.get(id)) };
  };

export const cdrStore = (table: Reads) => ({
  ownResources: (clues: readonly OwnerClues[]) => readOwnResources(table, clues),
  holders: (clues: readonly OwnerClues[]) => readHolders(table, clues),
  job: (id: string) => table.get(exportRow, { id }),
  get: (id: string) => table.get(cdrRow, { id }),
  filed: (ids: readonly string[]): Promise<FiledCdr[]> => readCdrs(table, ids),
  /** A page of CDRs. They are read through pointers, unless the key has whole CDRs and no filter checks them. */
  page: async (
    request: PageRequest,
    key: SearchKey,
    { range, keep, keepWhole }: CdrChecks & { readonly range: CdrRange },
  ): Promise<Page<FiledCdr>> => {
    const merging = { keyOf: timeKey, order: range.order, between: [range.from, range.to] } as const;
    const whole = keep === undefined ? wholeCdrs(table, key, range.shards) : undefined;
    if (whole !== undefined)
      return readPage(request, {
        read: mergeSources(
          whole.map(({ read }) => read),
          merging,
        ),
        count: (limit) => sumOf(whole, range, limit),
      });
    const { partitions, sources } = await pointersOf(table, key, range.shards);
    const read = mergeSources(partitions, merging);
    if (keepWhole !== undefined)
      return readPointerPage(
        request,
        {
          read: loadWanted(table, read, keep ?? (() => true)),
          keep: (cdr) => cdr !== undefined && keepWhole(cdr),
        },
        async (cdrs) => cdrs.filter((cdr) => cdr !== undefined),
      );
    const count = sources === undefined ? undefined : (limit: number) => sumOf(sources, range, limit);
    return readPointerPage(request, { read, keep, count }, (pointers) =>
      readCdrs(
        table,
        pointers.map(({ id }) => id),
      ),
    );
  },
});

export const batchStore = (table: Reads) => ({
  /** A batch that the organization filed; undefined if it filed none of this name. */
  get: async (batch_id: string) => {
    const [counts, rejections] = await Promise.all([
      readBatch(table, batch_id),
      table.query(cdrRejectionRow, { batch_id }, { limit: 100 }),
    ]);
    const isKnown = Object.keys(counts).length > 0;
    return isKnown ? { counts, rejections: rejections.items.flatMap(({ rejected }) => rejected) } : undefined;
  },
  /** Whether a batch, of whichever organization, has brought CDRs. */
  hasCdrs: async (batch_id: string): Promise<boolean> => {
    const parts = [String(table.organization), 'batch', batch_id];
    return (await table.queryIndex(cdrCallRow, 'GSI2', parts, { limit: 1 })).items.length > 0;
  },
});

/** Writes of a submission: its counts, and the records that were rejected. */
export const submissionWrites = (counted: readonly BatchAddition[], report: RejectionReport | undefined) => [
  ...batchCountWrites(counted),
  ...(report === undefined ? [] : [rejectionReportWrite(report)]),
];

/** Unfinished jobs of an organization. */
const maxExports = 5;
/** Seconds after which a client should try again. */
const retryAfter = 30;

/** Creates a job, unless the organization has too many unfinished ones (RATE_LIMITED). */
export const createExportWrites = (job: ExportJob): Write<'export' | 'count'>[] => [
  create(exportRow, job),
  incrementCount(
    runningExports,
    maxExports,
    new AppError('RATE_LIMITED', `The organization has ${maxExports} unfinished exports; try again later`, {
      retryAfter,
    }),
  ),
];

/** Reads of counters for an answer: 1 MB each, a year by day, or a month of some hundred users. */
const maxCountReads = 18;

/** Reads counters to their end. @throws AppError INVALID_PARAMETER for more than `maxCountReads` */
async function readCounters<Item>(
  read: (after: { readonly after?: string }) => Promise<Slice<Item>>,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let after: { readonly after?: string } = {};
  for (let reads = 1; ; reads += 1) {
    const slice = await read(after);
    items.push(...slice.items);
    if (slice.cursor === undefined) return items;
    if (reads === maxCountReads) throw invalidParameter('from', 'the range has too many counters; ask for fewer days');
    after = { after: slice.cursor };
  }
}

const dayBeside = (date: string, days: number): string =>
  new Date(Date.parse(date) + days * day).toISOString().slice(0, 10);

export const usageStore = (table: Reads) => ({
  /** The sums of a range, and when the platform began to count them. @throws AppError INVALID_PARAMETER */
  sums: async (range: UsageRange): Promise<{ readonly cells: Cells; readonly since: string | null }> => {
    const by = countedBy(range);
    const counting: Counting = by === 'number' ? 'numbers' : 'all';
    const since = table.get(countedSinceRow, { of: counting });
    const read = async (): Promise<Cells> => {
      if (by !== 'number') {
        const within = { between: [range.from, `${range.to}#\uffff`], order: 'asc' } as const;
        const row = countedByRow(by);
        const items = await readCounters((after) => table.query(row, { part: partOf[by] }, { ...after, ...within }));
        return sumItems(items, range);
      }
      // Sums of numbers are by days of UTC, which begin and end within a day of those of any zone.
      const [first, last] = [halfOf(dayBeside(range.from, -1)), halfOf(dayBeside(range.to, 1))];
      const within = { between: [first, `${last}#\uffff`], order: 'asc' } as const;
      const items = await readCounters((after) => table.query(numberSumsRow, { side: 'own' }, { ...after, ...within }));
      return sumNumbers(
        items.flatMap((item) => sumsOf(item, table.organization)),
        range,
      );
    };
    const [cells, begun] = await Promise.all([read(), since]);
    return { cells, since: begun?.since ?? null };
  },
});

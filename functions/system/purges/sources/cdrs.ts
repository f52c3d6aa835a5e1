import { operatorOrganization } from '#dynamodb/rows/organization.ts';
import type { RecordFacts } from '#schema/record-class.ts';
import type { FiledCdr } from '#functions/billing/cdr-ingest/filed-cdr.ts';
import { anonymousCdr, erasedCounts, type ChangedCdr } from '#functions/billing/cdr-ingest/anonymous-cdr.ts';
import {
  cdrInTimeRow,
  deleteCdrWrites,
  overwriteCdrWrites,
  readCdrs,
  shardPart,
} from '#functions/billing/cdr-ingest/row.ts';
import { cdrFacts, isDeletable, termsOf, type Terms } from '#functions/billing/cdr-tasks/slice.ts';
import { wholeSecond } from '#functions/billing/cdr/search.ts';
import { readPayer } from '#functions/billing/charging/row.ts';
import { callCountWrites } from '#functions/billing/rows/call-count.ts';
import { oldest, recordSource, type RecordReads, type RecordSource } from './source.ts';

/** CDRs in one page: each has three items. */
const deletedAtOnce = 32;
/** CDRs in a page that become anonymous: their pointers move, and each may be of a day of its own. */
export const anonymizedAtOnce = 18;

/** Counters have calls of an erased user as ones of none. What was charged for its number stays. */
const anonymousWrites = (changed: readonly ChangedCdr[]) => [
  ...changed.flatMap(([before, after]) => overwriteCdrWrites(before, after)),
  ...callCountWrites(changed[0]?.[0].organization ?? 0, erasedCounts(changed)),
];

/** The CDRs of one shard, oldest first. */
const cdrsOf = (shard: number, terms: Terms, atOnce: number): RecordSource =>
  recordSource<FiledCdr>({
    atOnce,
    slice: async (table, { from, before, ...range }) => {
      const between = [from === null ? '0' : wholeSecond(Date.parse(from)), wholeSecond(Date.parse(before))] as const;
      const partition = [String(table.organization), ...shardPart(shard)];
      const { items, cursor = null } = await table.queryIndex(cdrInTimeRow, 'GSI1', partition, {
        ...oldest(range),
        between,
      });
      const ids = items.map(({ id }) => id);
      return { items: await readCdrs(table, ids), cursor };
    },
    byIds: readCdrs,
    describe: async (cdrs) =>
      cdrs.map((cdr) => ({
        id: cdr.id,
        facts: cdrFacts(cdr) satisfies RecordFacts,
        record: cdr,
        fileBytes: 0,
        isFinished: isDeletable(cdr, terms),
      })),
    deletions: (cdrs) => cdrs.flatMap(deleteCdrWrites),
    anonymous: { of: anonymousCdr, writes: anonymousWrites },
  });

type Reading = {
  readonly now: Date;
  readonly environment: Parameters<typeof termsOf>[2]['environment'];
  /** CDRs in one page. */
  readonly atOnce?: number;
};

/** The CDRs of an organization: a source for each shard. */
export async function cdrSources(
  table: RecordReads,
  { now, environment, atOnce = deletedAtOnce }: Reading,
): Promise<RecordSource[]> {
  const payer = await readPayer(table);
  if (payer === null) return [];
  const terms = termsOf({ ...payer, tariff: null }, operatorOrganization, { now: now.getTime(), environment });
  return Array.from({ length: terms.account.shards }, (_, shard) => cdrsOf(shard, terms, atOnce));
}

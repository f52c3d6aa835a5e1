import { operatorOrganization } from '../../../../shared/dynamodb/rows/organization.ts';
import type { RecordFacts } from '../../../../shared/schema/record-class.ts';
import type { FiledCdr } from '../../../billing/cdr-ingest/filed-cdr.ts';
import { deleteCdrWrites, readCdrs } from '../../../billing/cdr-ingest/row.ts';
import { cdrFacts, isDeletable, termsOf, type Terms } from '../../../billing/cdr-tasks/slice.ts';
import { cdrsAfter } from '../../../billing/cdr-tasks/store.ts';
import { wholeSecond } from '../../../billing/cdr/search.ts';
import { readPayer } from '../../../billing/charging/row.ts';
import { recordSource, type RecordReads, type RecordSource } from './source.ts';

/** CDRs in one page: each has three items. */
const atOnce = 32;

/** The CDRs of one shard, oldest first. */
const cdrsOf = (shard: number, terms: Terms): RecordSource =>
  recordSource<FiledCdr>({
    atOnce,
    slice: async (table, { before, after, limit }) => {
      const pointers = await cdrsAfter(
        table,
        { organization: table.organization, shard, after: after ?? '' },
        { unrated: false, between: ['0', wholeSecond(Date.parse(before))], limit },
      );
      const items = await readCdrs(
        table,
        pointers.map(({ id }) => id),
      );
      return { items, cursor: pointers.length < limit ? null : (pointers.at(-1)?.key ?? null) };
    },
    byIds: readCdrs,
    describe: async (cdrs) =>
      cdrs.map((cdr) => ({
        ...{ id: cdr.id, facts: cdrFacts(cdr) satisfies RecordFacts, record: cdr, fileBytes: 0 },
        isFinished: isDeletable(cdr, terms),
      })),
    deletions: (cdrs) => cdrs.flatMap(deleteCdrWrites),
  });

/** The CDRs of an organization: a source for each shard. */
export async function cdrSources(
  table: RecordReads,
  { now, environment }: { readonly now: Date; readonly environment: Parameters<typeof termsOf>[2]['environment'] },
): Promise<RecordSource[]> {
  const payer = await readPayer(table);
  if (payer === null) return [];
  const terms = termsOf({ ...payer, tariff: null }, operatorOrganization, { now: now.getTime(), environment });
  return Array.from({ length: terms.account.shards }, (_, shard) => cdrsOf(shard, terms));
}

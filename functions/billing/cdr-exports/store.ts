import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { decrementCount } from '#dynamodb/rows/count.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import type { Table } from '#dynamodb/table.ts';
import { change, inOrganization, type Write } from '#dynamodb/write.ts';
import type { ExportJob } from '../cdr/export.ts';
import { exportRow, pointersBehind, runningExports } from '../cdr/row.ts';
import type { Filtered, SearchKey } from '../cdr/search.ts';
import type { FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import { readCdrs } from '../cdr-ingest/row.ts';
import type { cdrExports } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof cdrExports>>>;

/** Keys of one BatchGetItem (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html). */
const cdrsPerBatch = 100;
/** Batches that are read concurrently. */
const concurrentBatches = 5;

/** Some CDRs, and the time key of the last one; undefined: no CDRs follow. */
type ReadCdrs = { readonly cdrs: readonly FiledCdr[]; readonly cursor: string | undefined };

/** @param table of the organization whose job it is */
export const exportStore = (table: Reads) => ({
  get: (id: string) => table.get(exportRow, { id }),
  /** Returns a function that reads the CDRs of a job after a time key; null: from the beginning. */
  reader: async (
    { from, to }: Pick<ExportJob, 'from' | 'to'>,
    key: SearchKey,
    keep: (cdr: Filtered) => boolean,
  ): Promise<(after: string | null) => Promise<ReadCdrs>> => {
    const { charge_shards: shards = 1 } = (await table.get(organizationRow, {})) ?? {};
    const behind = await pointersBehind(table, key, { shards, from, to });
    return async (after) => {
      const { items, cursor } = await behind({
        limit: cdrsPerBatch * concurrentBatches,
        ...(after === null ? {} : { after }),
      });
      const wanted = items.filter(keep);
      const batches = Array.from({ length: Math.ceil(wanted.length / cdrsPerBatch) }, (_batch, at) =>
        wanted.slice(at * cdrsPerBatch, (at + 1) * cdrsPerBatch),
      );
      const cdrs = await Promise.all(
        batches.map((batch) =>
          readCdrs(
            table,
            batch.map(({ id }) => id),
          ),
        ),
      );
      return { cdrs: cdrs.flat(), cursor };
    };
  },
});

/** Stores the state of a job, unless another worker has taken a turn since the read. */
export const updateWrites = (
  { id, org_id, turn }: ExportJob,
  { turn: next, turn_until, status, rows, after, file, written, sha256, error }: ExportJob,
): Write<'export'>[] =>
  inOrganization(org_id, [
    change(
      exportRow,
      { id },
      {
        set: { turn: next, turn_until, status, rows, after, file, written, sha256, error },
        onlyIf: { expression: '#turn = :turn', names: { '#turn': 'turn' }, values: { ':turn': turn } },
      },
    ),
  ]);

/** Counts one unfinished job less. */
export const endWrites = ({ org_id }: ExportJob): Write<'count'>[] =>
  inOrganization(org_id, [decrementCount(runningExports)]);
